package wire

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
)

func testServer(t testing.TB, change ...func(*Config)) *Server {
	t.Helper()
	cfg := Config{Provider: "openai", Model: "m", BaseURL: "http://127.0.0.1:1/v1", Key: "secret-key", Now: func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }}
	for _, f := range change {
		f(&cfg)
	}
	s, err := NewServer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestErrorBodies(t *testing.T) {
	for _, test := range []struct {
		name, body, message, param string
		status                     int
	}{
		{"OpenAI", `{"error":{"message":"no","type":"invalid_request_error","param":"seed","code":null}}`, "no", "seed", 400},
		{"text", `{"error":"model not found"}`, "model not found", "", 0},
		{"xAI", `{"code":"Client specified an invalid argument","error":"too long"}`, "too long", "", 0},
		{"TGI", `{"error":"Input validation error","error_type":"validation"}`, "Input validation error", "", 422},
		{"vLLM", `{"object":"error","message":"bad","type":"BadRequestError","param":null,"code":400}`, "bad", "", 400},
		{"FastAPI", `{"detail":[{"loc":["body","messages",0,"seed"],"msg":"Extra inputs are not permitted","type":"extra_forbidden"}]}`, "seed: Extra inputs are not permitted", "seed", 0},
		{"FastAPI text", `{"detail":"Not Found"}`, "Not Found", "", 0},
		{"Mistral", `{"object":"error","message":{"detail":[{"loc":["body","temperature"],"msg":"too high","type":"x"}]},"type":"invalid_request_error"}`, "temperature: too high", "temperature", 400},
		{"Google list", `[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]`, "bad", "", 400},
		{"Cohere", `{"message":"bad"}`, "bad", "", 0},
		{"Cloudflare", `{"success":false,"errors":[{"code":7003,"message":"no route"}]}`, "no route", "", 0},
		{"OpenRouter", `{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"{\"error\":{\"message\":\"slow down\"}}"}}}`, "Provider returned error: slow down", "", 429},
		{"JSON in a string", `{"error":"{\"error\":{\"message\":\"inner\",\"code\":503}}"}`, "inner", "", 503},
		{"a string", `"plain"`, "plain", "", 0},
		{"a page", `<html><head><title>502 Bad Gateway</title></head><body>x</body></html>`, "502 Bad Gateway", "", 0},
		{"a page without a title", `<h1>Nope</h1>`, "Nope", "", 0},
		{"words", "Too Many Requests\n", "Too Many Requests", "", 0},
		{"a mark", "\ufeff{\"error\":\"x\"}", "x", "", 0},
		{"nothing", "", "", "", 0},
		{"null", `{"error":null}`, "", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			said := ErrorOf([]byte(test.body))
			if said.Message != test.message || said.Param != test.param || said.Status() != test.status {
				t.Errorf("got %+v, status %d", said, said.Status())
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		why    agent.NoAnswerReason
		code   agent.Code
		says   string
	}{
		{"a wrong key", 401, `{"error":"no"}`, agent.NoAnswerDenied, agent.CodeDenied, "does not accept the key"},
		{"a wrong key as 400", 400, `{"error":{"message":"API key not valid. Please pass a valid API key."}}`, agent.NoAnswerDenied, agent.CodeDenied, "does not accept the key"},
		{"no credit", 400, `{"error":{"message":"Your credit balance is too low to access the API"}}`, agent.NoAnswerDenied, agent.CodeDenied, "no credit left: Your credit"},
		{"payment", 402, `{"error":{"message":"Insufficient Balance"}}`, agent.NoAnswerDenied, agent.CodeDenied, "Insufficient Balance"},
		{"a usage limit as 400", 400, `{"error":{"message":"You have reached your specified API usage limits. You will regain access on 2027-01-01 at 00:00 UTC."}}`, agent.NoAnswerLimited, agent.CodeRateLimited, "regain access"},
		{"an unknown model", 404, `{"error":{"message":"The model x does not exist"}}`, agent.NoAnswerDown, agent.CodeUnavailable, "check the name"},
		{"a router without an endpoint", 404, `{"error":{"message":"No endpoints found matching your data policy.","code":404}}`, agent.NoAnswerRefused, agent.CodeInvalid, "data policy"},
		{"a wrong address", 404, `404 page not found`, agent.NoAnswerDown, agent.CodeUnavailable, "check the address: 404 page"},
		{"throttled", 429, `{"message":"Too many tokens, please wait before trying again."}`, agent.NoAnswerLimited, agent.CodeRateLimited, "slow down"},
		{"overloaded", 529, `{"error":{"message":"Overloaded"}}`, agent.NoAnswerDown, agent.CodeUnavailable, "Overloaded"},
		{"not implemented", 501, `{"error":{"message":"no"}}`, agent.NoAnswerRefused, agent.CodeUnavailable, "does not support"},
		{"another refusal", 422, `{"detail":"nope"}`, agent.NoAnswerRefused, agent.CodeInvalid, "refused the request (422): nope"},
		{"the key comes back", 400, `{"error":"bad secret-key\u202e here"}`, agent.NoAnswerRefused, agent.CodeInvalid, "bad [key] here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := testServer(t).Refused(test.status, http.Header{}, []byte(test.body)).noAnswer("openai:m")
			if n.Why != test.why || agent.CodeOf(n) != test.code || !strings.Contains(agent.MessageOf(n), test.says) {
				t.Errorf("got %s, %s, %q", n.Why, agent.CodeOf(n), agent.MessageOf(n))
			}
		})
	}
}

func TestErrorsInA200(t *testing.T) {
	for _, test := range []struct {
		name, body string
		why        agent.NoAnswerReason
		retry      bool
	}{
		{"a limit", `{"error":{"message":"Rate limit exceeded","code":429}}`, agent.NoAnswerLimited, true},
		{"no key", `{"error":{"message":"No auth credentials found","code":401}}`, agent.NoAnswerDenied, false},
		{"a type", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, agent.NoAnswerDown, true},
		{"without a code", `{"error":"upstream gone"}`, agent.NoAnswerDown, true},
		{"a detail", `{"detail":[{"loc":["body","seed"],"msg":"bad"}],"status":422}`, agent.NoAnswerRefused, false},
		{"an address without a version", `{"error":"Unexpected endpoint or method. (POST /chat/completions)"}`, agent.NoAnswerDown, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := testServer(t).Told([]byte(test.body))
			if n := f.noAnswer("m"); n.Why != test.why || f.Retry != test.retry {
				t.Errorf("got %s, retry %v: %v", n.Why, f.Retry, n)
			}
		})
	}
}

func TestOverflowWords(t *testing.T) {
	for _, test := range []struct {
		name, words string
		want        bool
	}{
		{"OpenAI", "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.", true},
		{"vLLM", "The decoder prompt (length 5000) is longer than the maximum model length of 4096.", true},
		{"llama.cpp", "the request exceeds the available context size, try increasing it", true},
		{"LM Studio", "The number of tokens to keep from the initial prompt is greater than the context length", true},
		{"Ollama", "input length exceeds the context length", true},
		{"TGI", "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 3900 `inputs` tokens and 2048 `max_new_tokens`", true},
		{"Bedrock", "Input is too long for requested model.", true},
		{"Anthropic", "prompt is too long: 212000 tokens > 200000 maximum", true},
		{"Gemini", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", true},
		{"xAI", "This model's maximum prompt length is 900 but the request contains 1500 tokens.", true},
		{"Mistral", "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", true},
		{"Cohere", "too many tokens: total number of tokens in the prompt cannot exceed 4081", true},
		{"Groq", "Please reduce the length of the messages or completion.", true},
		{"DeepSeek", "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens", true},
		{"Together", "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000", true},
		{"other words", "Your prompt does not fit into this model", true},
		{"other words again", "The sequence is longer than this model can take: please shorten your prompt", true},
		{"a quota", "Your input tokens exceed the quota of this account", false},
		{"an account's budget", "the tokens of this key are over the limit of its budget", false},
		{"numbers alone", "tokens: 32800 > 32768", true},
		{"numbers in other words", "Got 5,000 tokens; at most 4,096 tokens are allowed", true},
		{"a minute's limit", "Rate limit reached: Limit 6000 tokens per minute, Used 5900, Requested 500", false},
		{"beyond a minute's limit at once", "Request too large for model x on tokens per minute (TPM): Limit 6000, Requested 7000", true},
		{"the answer's bound", "max_tokens is too large: 9000. This model supports at most 4096 completion tokens", false},
		{"something else", "temperature must be between 0 and 2", false},
		{"words of its own", "Der Text ist zu lang fuer das Modell", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := testServer(t, func(c *Config) { c.OverflowWords = []string{"zu lang"} })
			f := s.Refused(400, nil, []byte(`{"error":{"message":`+quoted(test.words)+`}}`))
			if f.Overflow != test.want || errors.Is(f.Err, agent.ErrContextOverflow) != test.want {
				t.Errorf("got %v: %v", f.Overflow, f.Err)
			}
		})
	}
}

func quoted(text string) string {
	raw, _ := Encode(text)
	return strings.TrimSpace(string(raw))
}

func TestWaits(t *testing.T) {
	for _, test := range []struct {
		name   string
		header http.Header
		body   string
		want   time.Duration
	}{
		{"seconds", http.Header{"Retry-After": {"3600"}}, "", time.Hour},
		{"days", http.Header{"Retry-After": {"259200"}}, "", 72 * time.Hour},
		{"milliseconds", http.Header{"Retry-After-Ms": {"1500"}}, "", 1500 * time.Millisecond},
		{"a span", http.Header{"Retry-After": {"1m12.5s"}}, "", 72500 * time.Millisecond},
		{"a date", http.Header{"Retry-After": {"Mon, 30 Nov 2026 12:10:00 GMT"}}, "", 10 * time.Minute},
		{"a date that is over", http.Header{"Retry-After": {"Mon, 30 Nov 2020 12:10:00 GMT"}}, "", 0},
		{"no number", http.Header{"Retry-After": {"-1"}, "Retry-After-Ms": {"NaN"}}, "", 0},
		{"a moment in seconds", http.Header{"X-Ratelimit-Reset": {"1796040060"}}, "", time.Minute},
		{"a moment in milliseconds", http.Header{"X-Ratelimit-Reset": {"1796040060000"}}, "", time.Minute},
		{"the limit that is used up", http.Header{"X-Ratelimit-Remaining-Requests": {"10"}, "X-Ratelimit-Reset-Requests": {"1h"}, "X-Ratelimit-Remaining-Tokens": {"0"}, "X-Ratelimit-Reset-Tokens": {"7.66s"}}, "", 7660 * time.Millisecond},
		{"Anthropic's date", http.Header{"Anthropic-Ratelimit-Requests-Remaining": {"0"}, "Anthropic-Ratelimit-Requests-Reset": {"2026-11-30T12:00:30Z"}}, "", 30 * time.Second},
		{"RetryInfo", nil, `{"error":{"message":"quota","details":[{"@type":"x"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}`, 34500 * time.Millisecond},
		{"in the body, in milliseconds", nil, `{"error":{"message":"slow","retry_after_ms":250}}`, 250 * time.Millisecond},
		{"headers in the body", nil, `{"error":{"message":"limit","metadata":{"headers":{"X-RateLimit-Reset":"1796040060000"}}}}`, time.Minute},
		{"words", nil, `{"error":{"message":"Rate limit reached. Please try again in 20s."}}`, 20 * time.Second},
		{"words with parts", nil, `{"error":{"message":"Please try again in 1m12.5s. Visit us."}}`, 72500 * time.Millisecond},
		{"long words", nil, `{"error":{"message":"Retry after 2 hours and 5 minutes"}}`, 125 * time.Minute},
		{"a date in words", nil, `{"error":{"message":"You will regain access on 2026-12-01 at 00:00 UTC."}}`, 12 * time.Hour},
		{"no wait in words", nil, `{"error":{"message":"try again with one of 20 models"}}`, 0},
		{"nothing", nil, ``, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := http.Header{}
			for name, values := range test.header {
				header[http.CanonicalHeaderKey(name)] = values
			}
			if got := testServer(t).Refused(429, header, []byte(test.body)).After; got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCounts(t *testing.T) {
	for raw, want := range map[string]Count{"12": 12, "12.0": 12, `"12"`: 12, "null": 0, "-5": 0, "9223372036854775807": 0, "1e300": 0, `"x"`: 0, "{}": 0, "true": 0, `[1]`: 0} {
		var got struct{ N Count }
		if err := Decode([]byte(`{"N":`+raw+`}`), &got); err != nil || got.N != want {
			t.Errorf("%s: got %d, %v", raw, got.N, err)
		}
	}
	if u := UsageOf(100, 20, 90000); u.TokensCached != 100 || u.TokensIn != 100 || u.TokensOut != 20 || u.Calls != 1 {
		t.Errorf("%+v", u)
	}
}

// A prompt that was cut in silence is told once.
func TestUnread(t *testing.T) {
	usage := func(in int64) agent.Usage { return agent.Usage{TokensIn: in, Calls: 1} }
	for _, test := range []struct {
		name  string
		calls [][2]int // bytes and tokens
		want  bool     // of the last
	}{
		{"read", [][2]int{{8000, 2000}}, false},
		{"far less", [][2]int{{80000, 2048}}, true},
		{"short", [][2]int{{800, 10}}, false},
		{"not told", [][2]int{{80000, 0}}, false},
		{"the same for more", [][2]int{{9000, 2048}, {19000, 2048}}, true},
		{"the same for the same", [][2]int{{9000, 2048}, {9010, 2048}}, false},
		{"once", [][2]int{{80000, 2048}, {80000, 2048}}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := testServer(t)
			var got string
			for _, c := range test.calls {
				got = s.Unread(c[0], usage(int64(c[1])))
			}
			if (got != "") != test.want || test.want && !strings.HasPrefix(got, "the server read far less than was sent") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestRoom(t *testing.T) {
	s := testServer(t, func(c *Config) { c.ThinkingTokens = 9000 })
	var seen []int
	for s.MoreRoom(s.Room()) {
		seen = append(seen, s.Room())
	}
	if len(seen) != 3 || seen[0] != 2048 || seen[2] != 9000 {
		t.Errorf("%v", seen)
	}
	for s.LessRoom(s.Room()) {
		seen = append(seen, s.Room())
	}
	if last := seen[len(seen)-1]; last != 0 || s.MoreRoom(0) {
		t.Errorf("%v: the room grows beyond a limit that was met", seen)
	}
	if testServer(t, func(c *Config) { c.ThinkingTokens = -1 }).MoreRoom(0) {
		t.Error("no room is no room")
	}
}
