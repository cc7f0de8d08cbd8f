package gemini_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

const red = `{"colour":"red"}`

func serve(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		io.WriteString(w, body)
	}
}

func streamed(r *chat.Request) { r.OnText = func(string) {} }

func whole(*chat.Request) {}

// says is a piece of an answer with these parts.
func says(parts, more string) string {
	return `{"candidates":[{"content":{"parts":[` + parts + `],"role":"model"}` + more + `,"index":0}],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":7},"modelVersion":"gemini-test"}`
}

// events are a stream's events, as the API sends them.
func events(data ...string) string {
	return "data: " + strings.Join(data, "\r\n\r\ndata: ") + "\r\n\r\n"
}

// What servers are known to send for one and the same answer.
func TestAnswersAsTheyAreSent(t *testing.T) {
	const sse, stop = "text/event-stream", `,"finishReason":"STOP"`
	first, second := says(`{"text":"{\"colour\":"}`, ""), says(`{"text":"\"red\"}"}`, stop)
	one := says(`{"text":"{\"colour\":\"red\"}"}`, stop)
	end := `{"candidates":[{"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":7}}`
	full := events(first, second)
	for _, test := range []struct{ name, kind, body string }{
		{"as documented", sse, full},
		{"called JSON", "application/json", full},
		{"called text", "text/plain", full},
		{"not called anything", "", full},
		{"LF", sse, strings.ReplaceAll(full, "\r\n", "\n")},
		{"a byte order mark", sse, "\ufeff" + full},
		{"comments and empty events", sse, ": hello\n\ndata:\n\ndata: {}\n\n" + full},
		{"single newlines between events", sse, strings.ReplaceAll(full, "\r\n\r\n", "\n")},
		{"the last event without an empty line", sse, strings.TrimSpace(full)},
		{"[DONE] at the end", sse, full + "data: [DONE]\n\n"},
		{"[DONE] without a reason", sse, events(first, says(`{"text":"\"red\"}"}`, "")) + "data: [DONE]\n\n"},
		{"no reason at all", sse, events(first, says(`{"text":"\"red\"}"}`, ""))},
		{"a reason of its own event", sse, events(first, says(`{"text":"\"red\"}"}`, ""), end)},
		{"a reason in each event", sse, events(says(`{"text":"{\"colour\":"}`, stop), second)},
		{"a reason in an empty first event", sse, events(end, first, second)},
		{"a reason that is not specified", sse, events(first, says(`{"text":"\"red\"}"}`, `,"finishReason":"FINISH_REASON_UNSPECIFIED"`))},
		{"a list in place of events", "application/json", "[" + first + "\n,\r\n" + second + "\n]\n"},
		{"a list of one", "application/json", "[" + one + "]"},
		{"a line for each piece", "application/x-ndjson", first + "\n" + second + "\n"},
		{"one JSON object", "application/json", one},
		{"one JSON object, called a stream", sse, one},
		{"one JSON object over many lines", "application/json", strings.ReplaceAll(one, ",", ",\n  ")},
		{"thoughts", sse, events(says(`{"text":"thinking {x}","thought":true}`, ""), says(`{"text":"{\"colour\":\"red\"}","thoughtSignature":"abc="}`, stop))},
		{"parts of other kinds", sse, events(says(`{"inlineData":{"mimeType":"image/png","data":""}},{"executableCode":{"code":"x"}},null,{"text":null},{"text":"{\"colour\":\"red\"}"}`, stop))},
		{"a function that nobody asked for", sse, events(says(`{"functionCall":{"name":"act","args":{"colour":"red"}}}`, stop))},
		{"two candidates", "application/json", `{"candidates":[{"content":{"parts":[{"text":"{\"colour\":\"red\"}"}]},"finishReason":"STOP"},{"content":{"parts":[{"text":"no"}]}}]}`},
		{"no usage and no model", "application/json", `{"candidates":[{"content":{"parts":[{"text":"{\"colour\":\"red\"}"}]},"finishReason":"STOP"}]}`},
		{"usage as text", "application/json", `{"candidates":[{"content":{"parts":[{"text":"{\"colour\":\"red\"}"}]},"finishReason":"STOP"}],"usageMetadata":"none","modelVersion":7}`},
		{"an error that is null", "application/json", strings.Replace(one, "{", `{"error":null,"promptFeedback":{"blockReason":"BLOCK_REASON_UNSPECIFIED"},`, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, streams := range []bool{true, false} {
				c, calls := client(t, serve(test.kind, test.body))
				var told string
				got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
					if streams {
						r.OnText = func(text string) { told = text }
					}
				}))
				if err != nil || got.Text != red || got.Truncated || got.Usage.Calls != 1 || got.Model == "" || calls.Load() != 1 {
					t.Errorf("streamed %v: %+v, %v after %d calls", streams, got, err, calls.Load())
				}
				if streams && told != red && !strings.Contains(test.name, "function") {
					t.Errorf("told %q", told)
				}
			}
		})
	}
}

func TestUsageIsBounded(t *testing.T) {
	for _, test := range []struct {
		name, usage string
		want        agent.Usage
	}{
		{"all of it", `{"promptTokenCount":100,"cachedContentTokenCount":80,"candidatesTokenCount":7,"thoughtsTokenCount":3,"toolUsePromptTokenCount":5}`, agent.Usage{TokensIn: 105, TokensCached: 80, TokensOut: 10, Calls: 1}},
		{"more cached than sent", `{"promptTokenCount":100,"cachedContentTokenCount":800,"candidatesTokenCount":7}`, agent.Usage{TokensIn: 100, TokensCached: 100, TokensOut: 7, Calls: 1}},
		{"the largest number", `{"promptTokenCount":9223372036854775807,"candidatesTokenCount":7}`, agent.Usage{TokensOut: 7, Calls: 1}},
		{"larger than any", `{"promptTokenCount":1e400,"candidatesTokenCount":7}`, agent.Usage{TokensOut: 7, Calls: 1}},
		{"below zero", `{"promptTokenCount":-5,"candidatesTokenCount":7}`, agent.Usage{TokensOut: 7, Calls: 1}},
		{"text", `{"promptTokenCount":"100","candidatesTokenCount":null}`, agent.Usage{TokensIn: 100, Calls: 1}},
		{"null", `null`, agent.Usage{Calls: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := `{"candidates":[{"content":{"parts":[{"text":"{\"colour\":\"red\"}"}]},"finishReason":"STOP"}],"usageMetadata":` + test.usage + `}`
			for _, change := range []func(*chat.Request){streamed, whole} {
				c, _ := client(t, serve("application/json", body))
				if got, err := c.Generate(t.Context(), ask(change)); err != nil || got.Usage != test.want {
					t.Errorf("got %+v, %v", got.Usage, err)
				}
			}
		})
	}
}

// The reason why a model gave no answer is told in plain words, with the server's
// name for it and its message.
func TestOddEnds(t *testing.T) {
	ended := func(reason, more string) string {
		return `{"candidates":[{"content":{},"finishReason":"` + reason + `"` + more + `,"index":0}],"usageMetadata":{"promptTokenCount":9}}`
	}
	for _, test := range []struct {
		name, body, says string
		calls            int64
	}{
		{"safety", ended("SAFETY", ""), "its answer was stopped by a safety filter (SAFETY)", 1},
		{"safety after some words", says(`{"text":"{\"col"}`, `,"finishReason":"SAFETY"`), "a safety filter (SAFETY)", 1},
		{"recitation", ended("RECITATION", ""), "too close to a text that it learned from (RECITATION)", 1},
		{"language", ended("LANGUAGE", ""), "does not support the language (LANGUAGE)", 1},
		{"a list of words", ended("BLOCKLIST", ""), "blocked (BLOCKLIST)", 1},
		{"prohibited", ended("PROHIBITED_CONTENT", ""), "prohibited (PROHIBITED_CONTENT)", 1},
		{"private data", ended("SPII", ""), "private data of a person (SPII)", 1},
		{"a function call", ended("MALFORMED_FUNCTION_CALL", `,"finishMessage":"Malformed function call: print(x)"`), "wrote the call wrongly (MALFORMED_FUNCTION_CALL): Malformed function call: print(x)", 3},
		{"a tool", ended("UNEXPECTED_TOOL_CALL", ""), "a tool that it was not given (UNEXPECTED_TOOL_CALL)", 3},
		{"other", ended("OTHER", ""), "does not name (OTHER)", 3},
		{"one that is not known yet", ended("NEW_REASON", `,"finishMessage":"Something new."`), "(NEW_REASON): Something new.", 1},
		{"a blocked prompt", `{"promptFeedback":{"blockReason":"SAFETY","safetyRatings":[]},"usageMetadata":{"promptTokenCount":9}}`, "the prompt was stopped by a safety filter (SAFETY)", 1},
		{"a blocked prompt with a message", `{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT","blockReasonMessage":"Not here."}}`, "(PROHIBITED_CONTENT): Not here.", 1},
		{"a prompt blocked for what is not known yet", `{"promptFeedback":{"blockReason":"NEW_BLOCK"}}`, "(NEW_BLOCK)", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, change := range []func(*chat.Request){streamed, whole} {
				c, calls := client(t, serve("application/json", test.body))
				_, err := c.Generate(t.Context(), ask(change))
				none, ok := errors.AsType[*agent.NoAnswer](err)
				if !ok || none.Why != agent.NoAnswerRefused || agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), "refused to answer: ") || !strings.Contains(agent.MessageOf(err), test.says) || calls.Load() != test.calls {
					t.Errorf("after %d calls: %v", calls.Load(), err)
				}
			}
		})
	}
	// What ends oddly by chance is asked again.
	c, calls := client(t, serve("", ended("MALFORMED_FUNCTION_CALL", "")), reply(200, part(red, "STOP")))
	if got, err := c.Generate(t.Context(), ask()); err != nil || got.Text != red || calls.Load() != 2 {
		t.Errorf("after %d calls: %+v, %v", calls.Load(), got, err)
	}
}

// Every other way in which there is no answer is an agent.NoAnswer too, with its
// code and the server's words.
func TestNoAnswers(t *testing.T) {
	fault := func(status int, state, message, details string) string {
		return fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":%q,"details":[%s]}}`, status, message, state, details)
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		why     agent.NoAnswerReason
		code    agent.Code
		says    string
		calls   int64
	}{
		{"a key that is no key", reply(400, fault(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}`)), agent.NoAnswerDenied, agent.CodeDenied, "GEMINI_API_KEY", 1},
		{"an expired key", reply(400, fault(400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.", `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}`)), agent.NoAnswerDenied, agent.CodeDenied, "API key expired", 1},
		{"a leaked key", reply(403, fault(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key.", "")), agent.NoAnswerDenied, agent.CodeDenied, "reported as leaked", 1},
		{"a list of errors", reply(403, "["+fault(403, "PERMISSION_DENIED", "Generative Language API has not been used in project 1 before or it is disabled.", "")+"]"), agent.NoAnswerDenied, agent.CodeDenied, "has not been used", 1},
		{"a place that is not served", reply(400, fault(400, "FAILED_PRECONDITION", "User location is not supported for the API use.", "")), agent.NoAnswerRefused, agent.CodeInvalid, "User location is not supported", 1},
		{"no credit", reply(429, fault(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted. Please go to AI Studio to manage your project and billing.", "")), agent.NoAnswerDenied, agent.CodeDenied, "credits are depleted", 1},
		{"a wrong request", reply(400, fault(400, "INVALID_ARGUMENT", "contents is not specified", "")), agent.NoAnswerRefused, agent.CodeInvalid, "contents is not specified", 1},
		{"down", reply(503, fault(503, "UNAVAILABLE", "The model is overloaded.", "")), agent.NoAnswerDown, agent.CodeUnavailable, "overloaded", 3},
		{"a page of HTML", reply(404, "<html><title>Error 404 (Not Found)!!1</title></html>"), agent.NoAnswerDown, agent.CodeUnavailable, "check", 1},
		{"HTML with 200", serve("text/html", "<html>Log in</html>"), agent.NoAnswerDown, agent.CodeUnavailable, "It says: Log in", 3},
		{"an error with 200", reply(200, fault(401, "UNAUTHENTICATED", "no", "")), agent.NoAnswerDenied, agent.CodeDenied, "key", 1},
		{"an error as an event", serve("text/event-stream", events(part("r", ""), fault(503, "UNAVAILABLE", "The model is overloaded.", ""))), agent.NoAnswerDown, agent.CodeUnavailable, "overloaded", 3},
		{"an error by the name of its event", serve("text/event-stream", "event: error\ndata: {\"code\":503,\"message\":\"The model is overloaded.\"}\n\n"), agent.NoAnswerDown, agent.CodeUnavailable, "overloaded", 3},
		{"an error in a list", serve("application/json", "["+part("r", "")+","+fault(429, "RESOURCE_EXHAUSTED", "slow", "")+"]"), agent.NoAnswerLimited, agent.CodeRateLimited, "slow", 3},
		{"half an answer", serve("application/json", `{"candidates":[{"content":{"parts":[{"te`), agent.NoAnswerCut, agent.CodeUnavailable, "in the middle", 3},
		{"nothing with 200", serve("application/json", ""), agent.NoAnswerDown, agent.CodeUnavailable, "gave no answer", 3},
		{"an empty object", serve("application/json", "{}"), agent.NoAnswerDown, agent.CodeUnavailable, "gave no answer", 3},
		{"no candidates", serve("application/json", `{"candidates":[],"usageMetadata":{"promptTokenCount":9},"modelVersion":"m"}`), agent.NoAnswerCut, agent.CodeUnavailable, "", 3},
		{"no content", serve("application/json", `{"candidates":[{"finishReason":"STOP","index":0}]}`), agent.NoAnswerCut, agent.CodeUnavailable, "(STOP)", 3},
		{"nothing but thoughts", serve("application/json", says(`{"text":"hm","thought":true}`, `,"finishReason":"MAX_TOKENS"`)), agent.NoAnswerRefused, agent.CodeInvalid, "tokens on thinking", 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, change := range []func(*chat.Request){streamed, whole} {
				c, calls := client(t, test.handler)
				_, err := c.Generate(t.Context(), ask(change))
				none, ok := errors.AsType[*agent.NoAnswer](err)
				if !ok || none.Model != "gemini:gemini-test" || none.Why != test.why || agent.CodeOf(err) != test.code || !strings.Contains(agent.MessageOf(err), test.says) {
					t.Errorf("got %#v: %v", none, err)
				}
				if calls.Load() != test.calls && test.name != "a page of HTML" {
					t.Errorf("%d calls, want %d", calls.Load(), test.calls)
				}
			}
		})
	}
}

func TestOverflow(t *testing.T) {
	for _, text := range []string{
		"The input token count (1196265) exceeds the maximum number of tokens allowed (1048576).",
		"The input token count exceeds the maximum number of tokens allowed 1048575.",
		"Unable to submit request because the input token count is 1050000 but model only supports up to 1048576.",
	} {
		c, calls := client(t, reply(400, fmt.Sprintf(`{"error":{"code":400,"message":%q,"status":"INVALID_ARGUMENT"}}`, text)))
		_, err := c.Generate(t.Context(), ask(streamed))
		if none, ok := errors.AsType[*agent.NoAnswer](err); !ok || none.Why != agent.NoAnswerRefused || !errors.Is(err, agent.ErrContextOverflow) || calls.Load() != 1 {
			t.Errorf("%s: after %d calls: %v", text, calls.Load(), err)
		}
	}
}

// The wait that the server asks for in its error is kept: a short one here, a long
// one by whoever asked.
func TestWaits(t *testing.T) {
	slow := func(delay string) http.HandlerFunc {
		return reply(429, `{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[
			{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},
			{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"`+delay+`"}]}}`)
	}
	c, calls := client(t, slow("0.150000001s"), reply(200, part(red, "STOP")))
	began := time.Now()
	if got, err := c.Generate(t.Context(), ask()); err != nil || got.Text != red || calls.Load() != 2 || time.Since(began) < 150*time.Millisecond {
		t.Errorf("after %d calls and %v: %+v, %v", calls.Load(), time.Since(began), got, err)
	}
	c, calls = client(t, slow("3600s"))
	_, err := c.Generate(t.Context(), ask())
	if none, ok := errors.AsType[*agent.NoAnswer](err); !ok || none.Why != agent.NoAnswerLimited || none.After != time.Hour || agent.CodeOf(err) != agent.CodeRateLimited || calls.Load() != 1 {
		t.Errorf("after %d calls: %v", calls.Load(), err)
	}
}

// What an answer of no use cost is counted, each time that it was asked.
func TestRefusalsAreCounted(t *testing.T) {
	c, _ := client(t, reply(200, part("", "OTHER")))
	if got, err := c.Generate(t.Context(), ask()); err == nil || got.Usage != (agent.Usage{TokensIn: 300, TokensCached: 240, TokensOut: 30, Calls: 3}) {
		t.Errorf("%+v, %v", got.Usage, err)
	}
}

func TestTruncated(t *testing.T) {
	c, calls := client(t, reply(200, part(`{"colour":`, "MAX_TOKENS")))
	if got, err := c.Generate(t.Context(), ask(streamed)); err != nil || !got.Truncated || got.Text != `{"colour":` || calls.Load() != 1 {
		t.Errorf("after %d calls: %+v, %v", calls.Load(), got, err)
	}
}

// A server that reads a part of a long prompt without a word is told of.
func TestPromptsThatWereCut(t *testing.T) {
	c, _ := client(t, reply(200, part(red, "STOP")))
	got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
		r.Messages = append(r.Messages, chat.Message{Role: chat.RoleUser, Text: strings.Repeat("many words ", 2000)})
	}))
	if err != nil || !strings.Contains(got.Warning, "read far less than was sent") {
		t.Errorf("%+v, %v", got, err)
	}
}

// An answer without an end is not read without an end.
func TestEndlessAnswers(t *testing.T) {
	piece := says(fmt.Sprintf(`{"text":%q}`, strings.Repeat("words ", 10000)), "")
	c, calls := client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 1000 {
			if _, err := fmt.Fprintf(w, "data: %s\n\n", piece); err != nil {
				return
			}
		}
	})
	if _, err := c.Generate(t.Context(), ask(streamed)); !strings.Contains(agent.MessageOf(err), "larger than 10 MB") || calls.Load() != 1 {
		t.Errorf("after %d calls: %v", calls.Load(), err)
	}
}
