package anthropic_test

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

// events are a stream's events, named after the type in their data.
func events(data ...string) string {
	var b strings.Builder
	for _, d := range data {
		name, _, _ := strings.Cut(strings.TrimPrefix(d, `{"type":"`), `"`)
		fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", name, d)
	}
	return b.String()
}

// The events of the documentation, each as it is sent.
const (
	begins   = `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-test","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"cache_read_input_tokens":80,"output_tokens":1}}}`
	textFrom = `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`
	ping     = `{"type":"ping"}`
	red1     = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{\"colour\":"}}`
	red2     = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\"red\"}"}}`
	textEnds = `{"type":"content_block_stop","index":0}`
	stops    = `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}}`
	ends     = `{"type":"message_stop"}`
	red      = `{"colour":"red"}`
)

func serve(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		io.WriteString(w, body)
	}
}

func whole(content, more string) string {
	return `{"id":"m","type":"message","role":"assistant","model":"claude-test","content":` + content + `,"usage":{"input_tokens":20,"output_tokens":7}` + more + `}`
}

// What servers are known to send for one and the same answer.
func TestAnswersAsTheyAreSent(t *testing.T) {
	const sse = "text/event-stream"
	ended := `,"stop_reason":"end_turn"`
	full := events(begins, textFrom, ping, red1, red2, textEnds, stops, ends)
	for _, test := range []struct {
		name, kind, body string
		text             bool // asked without a schema
	}{
		{"as documented", sse, full, false},
		{"called text", "text/plain; charset=utf-8", full, false},
		{"called JSON", "application/json", full, false},
		{"not called anything", "", full, false},
		{"CRLF", sse, strings.ReplaceAll(full, "\n", "\r\n"), false},
		{"a byte order mark", sse, "\ufeff" + full, false},
		{"comments and empty events", sse, ": hello\n\nevent: ping\ndata:\n\n" + full, false},
		{"single newlines between events", sse, strings.ReplaceAll(full, "\n\n", "\n"), false},
		{"the last event without an empty line", sse, strings.TrimRight(full, "\n"), false},
		{"no names of events", sse, strings.ReplaceAll(strings.ReplaceAll(full, "event: ", ": "), "event:", ":"), false},
		{"no types in the data", sse, strings.ReplaceAll(full, `{"type":"content_block_delta",`, `{`), false},
		{"no end of the message", sse, events(begins, textFrom, red1, red2, textEnds, stops), false},
		{"no reason to stop", sse, events(begins, textFrom, red1, red2, textEnds), false},
		{"no reason to stop, text", sse, events(begins, textFrom, red1, red2, textEnds), true},
		{"blocks that never close", sse, events(begins, textFrom, red1, red2), false},
		{"an end without a reason", sse, events(begins, textFrom, red1, red2, ends), true},
		{"[DONE] in place of an end", sse, events(begins, textFrom, red1, red2) + "data: [DONE]\n\n", true},
		{"deltas of no block", sse, events(begins, red1, red2, stops, ends), false},
		{"text in the start of the block", sse, events(begins, `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"{\"colour\":\"red\"}"}}`, stops, ends), false},
		{"a thought, a citation and deltas that are not known yet", sse, events(begins,
			`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm {x}"}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"abc"}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"Emw="}}`,
			`{"type":"content_block_stop","index":1}`,
			`{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"{\"colour\":\"red\"}"}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"no"}}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"new_delta","text":"no"}}`,
			`{"type":"content_block_stop","index":2}`, `{"type":"new_event","index":2,"text":"no"}`, stops, ends), false},
		{"blocks of a tool of the server", sse, events(begins,
			`{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"red\"}"}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"no"}]}}`,
			`{"type":"content_block_stop","index":1}`,
			strings.ReplaceAll(textFrom, `"index":0`, `"index":2`), strings.ReplaceAll(red1, `"index":0`, `"index":2`), strings.ReplaceAll(red2, `"index":0`, `"index":2`), stops, ends), false},
		{"a tool that nobody asked for", sse, events(begins,
			`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"act","input":{}}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"colour\":\"red\"}"}}`,
			`{"type":"content_block_stop","index":0}`, strings.ReplaceAll(stops, "end_turn", "tool_use"), ends), false},
		{"a tool whose input comes at once", sse, events(begins,
			`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"act","input":{"colour":"red"}}}`, stops, ends), false},
		{"one JSON object where a stream was asked for", "application/json", whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, ended), false},
		{"one JSON object, called a stream", sse, whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, ended), false},
		{"one JSON object as the only event", sse, "data: " + whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, ended) + "\n\n", false},
		{"no type", "application/json", strings.Replace(whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, ended), `"type":"message",`, "", 1), false},
		{"content as text", "application/json", whole(`"{\"colour\":\"red\"}"`, ended), false},
		{"content as one block", "application/json", whole(`{"type":"text","text":"{\"colour\":\"red\"}"}`, ended), false},
		{"odd blocks beside the text", "application/json", whole(`[null,7,{"type":"image","source":{}},{"type":"text","text":null},{"type":7},{"type":"text","text":"{\"colour\":"},{"type":"text","text":"\"red\"}"}]`, ended), false},
		{"the input of a tool as text", "application/json", whole(`[{"type":"tool_use","name":"act","input":"{\"colour\":\"red\"}"}]`, ended), false},
		{"stop_reason null", "application/json", whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, `,"stop_reason":null`), false},
		{"stop_reason of another kind", "application/json", whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, `,"stop_reason":"new_reason"`), false},
		{"stop_reason a number", "application/json", whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, `,"stop_reason":7`), false},
		{"a stop sequence", "application/json", whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, `,"stop_reason":"stop_sequence","stop_sequence":"x"`), false},
		{"a turn that pauses after the answer", "application/json", whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, `,"stop_reason":"pause_turn"`), false},
		{"an error that is empty", "application/json", strings.Replace(whole(`[{"type":"text","text":"{\"colour\":\"red\"}"}]`, ended), "{", `{"error":{},`, 1), false},
		{"no usage", "application/json", `{"content":[{"type":"text","text":"{\"colour\":\"red\"}"}],"stop_reason":"end_turn"}`, false},
		{"usage null", "application/json", `{"content":[{"type":"text","text":"{\"colour\":\"red\"}"}],"stop_reason":"end_turn","usage":null}`, false},
		{"usage as text", "application/json", `{"content":[{"type":"text","text":"{\"colour\":\"red\"}"}],"stop_reason":"end_turn","usage":"20"}`, false},
		{"a model that is a number", "application/json", `{"model":7,"content":[{"type":"text","text":"{\"colour\":\"red\"}"}],"stop_reason":"end_turn"}`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, streams := range []bool{true, false} {
				c, calls := client(t, serve(test.kind, test.body))
				var told string
				got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
					if streams {
						r.OnText = func(text string) { told = text }
					}
					if test.text {
						r.Schema = nil
					}
				}))
				if err != nil || got.Text != red || got.Truncated || got.Usage.Calls != 1 || got.Model == "" || calls.Load() != 1 {
					t.Errorf("streamed %v: %+v, %v after %d calls", streams, got, err, calls.Load())
				}
				if streams && told != red {
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
		{"all of it", `{"input_tokens":20,"cache_read_input_tokens":80,"cache_creation_input_tokens":5,"output_tokens":7}`, agent.Usage{TokensIn: 105, TokensCached: 80, TokensOut: 7, Calls: 1}},
		{"the largest number", `{"input_tokens":9223372036854775807,"cache_read_input_tokens":9223372036854775807,"output_tokens":7}`, agent.Usage{TokensOut: 7, Calls: 1}},
		{"larger than any", `{"input_tokens":1e400,"output_tokens":7}`, agent.Usage{TokensOut: 7, Calls: 1}},
		{"below zero", `{"input_tokens":-5,"cache_read_input_tokens":-1,"output_tokens":7}`, agent.Usage{TokensOut: 7, Calls: 1}},
		{"text", `{"input_tokens":"20","output_tokens":7}`, agent.Usage{TokensIn: 20, TokensOut: 7, Calls: 1}},
		{"lists", `{"input_tokens":[20],"output_tokens":7}`, agent.Usage{TokensOut: 7, Calls: 1}},
		{"null", `null`, agent.Usage{Calls: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := `{"content":[{"type":"text","text":"{\"colour\":\"red\"}"}],"stop_reason":"end_turn","usage":` + test.usage + `}`
			c, _ := client(t, serve("application/json", body))
			if got, err := c.Generate(t.Context(), ask()); err != nil || got.Usage != test.want {
				t.Errorf("got %+v, %v", got.Usage, err)
			}
			c, _ = client(t, serve("text/event-stream", events(strings.Replace(begins, `{"input_tokens":20,"cache_read_input_tokens":80,"output_tokens":1}`, "null", 1), textFrom, red1, red2,
				`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":`+test.usage+`}`, ends)))
			if got, err := c.Generate(t.Context(), ask(streamed)); err != nil || got.Usage != test.want {
				t.Errorf("streamed: got %+v, %v", got.Usage, err)
			}
		})
	}
}

func streamed(r *chat.Request) { r.OnText = func(string) {} }

// Every way in which there is no answer is an agent.NoAnswer, with its code and
// the server's words.
func TestNoAnswers(t *testing.T) {
	fault := func(status int, kind, message string, headers ...string) http.HandlerFunc {
		return reply(status, fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, kind, message), headers...)
	}
	inside := func(kind, message string) http.HandlerFunc {
		return serve("text/event-stream", events(begins, fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q}}`, kind, message)))
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		why     agent.NoAnswerReason
		code    agent.Code
		says    string
		calls   int64
	}{
		{"no credit", fault(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits."), agent.NoAnswerDenied, agent.CodeDenied, "credit balance is too low", 1},
		{"a spend limit", fault(400, "invalid_request_error", "You have reached your specified API usage limits. You will regain access on 2027-01-01 at 00:00 UTC."), "", "", "You have reached your specified API usage limits", 1},
		{"billing", fault(402, "billing_error", "Check your payment details."), agent.NoAnswerDenied, agent.CodeDenied, "payment details", 1},
		{"no permission", fault(403, "permission_error", "Your API key does not have permission"), agent.NoAnswerDenied, agent.CodeDenied, "does not have permission", 1},
		{"slow down", fault(429, "rate_limit_error", "slow", "Retry-After", "120"), agent.NoAnswerLimited, agent.CodeRateLimited, "slow", 1},
		{"a timeout of theirs", fault(504, "timeout_error", "timed out"), agent.NoAnswerDown, agent.CodeUnavailable, "timed out", 3},
		{"a wrong request", fault(400, "invalid_request_error", "messages: at least one message is required"), agent.NoAnswerRefused, agent.CodeInvalid, "at least one message", 1},
		{"a page of HTML with 400", reply(400, "<html><h1>Bad request</h1></html>", "Content-Type", "text/html"), agent.NoAnswerRefused, agent.CodeInvalid, "400", 1},
		{"plain words with 503", reply(503, "upstream connect error", "Content-Type", "text/plain"), agent.NoAnswerDown, agent.CodeUnavailable, "503", 3},
		{"HTML with 200", serve("text/html", "<html>Log in</html>"), agent.NoAnswerDown, agent.CodeUnavailable, "It says: Log in", 3},
		{"nothing with 200", serve("application/json", ""), "", agent.CodeUnavailable, "", 3},
		{"half an answer", serve("application/json", `{"type":"message","content":[{"type":"text","te`), agent.NoAnswerCut, agent.CodeUnavailable, "in the middle", 3},
		{"a stream of pings", serve("text/event-stream", events(ping, ping)), "", agent.CodeUnavailable, "", 3},
		{"an error with 200", serve("application/json", `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`), agent.NoAnswerDenied, agent.CodeDenied, "key", 1},
		{"an error with 200 and a code", serve("application/json", `{"error":{"code":401,"message":"no key"}}`), agent.NoAnswerDenied, agent.CodeDenied, "key", 1},
		{"overloaded in mid-stream", inside("overloaded_error", "Overloaded"), agent.NoAnswerDown, agent.CodeUnavailable, "Overloaded", 3},
		{"an error of theirs in mid-stream", inside("api_error", "Internal server error"), agent.NoAnswerDown, agent.CodeUnavailable, "Internal server error", 3},
		{"an error that is not known yet in mid-stream", inside("new_error", "Something new"), agent.NoAnswerDown, agent.CodeUnavailable, "Something new", 3},
		{"slow down in mid-stream", inside("rate_limit_error", "slow"), agent.NoAnswerLimited, agent.CodeRateLimited, "slow", 3},
		{"no credit in mid-stream", inside("billing_error", "no credit"), agent.NoAnswerDenied, agent.CodeDenied, "no credit", 1},
		{"a refusal", reply(200, answer("I can't", "refusal")), agent.NoAnswerRefused, agent.CodeInvalid, "refused to answer: I can't", 1},
		{"a refusal that says why", reply(200, whole(`[]`, `,"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":"It asks for an exploit."}`)), agent.NoAnswerRefused, agent.CodeInvalid, "refused to answer: It asks for an exploit.", 1},
		{"a refusal without a word", reply(200, whole(`[]`, `,"stop_reason":"refusal"`)), agent.NoAnswerRefused, agent.CodeInvalid, "refused to answer, and did not say why", 1},
		{"a turn that pauses before the answer", reply(200, whole(`[{"type":"server_tool_use","name":"web_search","input":{}}]`, `,"stop_reason":"pause_turn"`)), agent.NoAnswerCut, agent.CodeUnavailable, "pause_turn", 3},
		{"an empty answer", reply(200, whole(`[]`, `,"stop_reason":"end_turn"`)), agent.NoAnswerCut, agent.CodeUnavailable, "end_turn", 3},
		{"nothing but thoughts", reply(200, whole(`[{"type":"thinking","thinking":"hm","signature":"x"}]`, `,"stop_reason":"max_tokens"`)), agent.NoAnswerRefused, agent.CodeInvalid, "tokens on thinking", 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, change := range [](func(*chat.Request)){streamed, func(*chat.Request) {}} {
				c, calls := client(t, test.handler)
				_, err := c.Generate(t.Context(), ask(change))
				none, ok := errors.AsType[*agent.NoAnswer](err)
				if !ok || none.Model != "anthropic:claude-test" || test.why != "" && none.Why != test.why || test.code != "" && agent.CodeOf(err) != test.code || !strings.Contains(agent.MessageOf(err), test.says) {
					t.Errorf("got %#v: %v", none, err)
				}
				if err != nil && strings.HasSuffix(strings.TrimSpace(agent.MessageOf(err)), ":") {
					t.Errorf("a message without an end: %q", agent.MessageOf(err))
				}
				if calls.Load() != test.calls {
					t.Errorf("%d calls, want %d", calls.Load(), test.calls)
				}
			}
		})
	}
}

// However a server says that the prompt is too long, the roles are told, which
// shorten it.
func TestOverflow(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
	}{
		{"a prompt", `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}`, 400},
		{"a prompt and its answer", "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"input length and `max_tokens` exceed context limit: 196778 + 21333 > 200000, decrease input length or `max_tokens` and try again\"}}", 400},
		{"a request", `{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}`, 413},
		{"a proxy", `<html>Request Entity Too Large</html>`, 413},
		{"in a stream", events(begins, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}`), 200},
		{"of the window, before a word", whole(`[]`, `,"stop_reason":"model_context_window_exceeded"`), 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, calls := client(t, reply(test.status, test.body))
			_, err := c.Generate(t.Context(), ask(streamed))
			if none, ok := errors.AsType[*agent.NoAnswer](err); !ok || none.Why != agent.NoAnswerRefused || !errors.Is(err, agent.ErrContextOverflow) || calls.Load() != 1 {
				t.Errorf("after %d calls: %v", calls.Load(), err)
			}
		})
	}
}

// What an answer of no use cost is counted.
func TestRefusalsAreCounted(t *testing.T) {
	c, _ := client(t, reply(200, answer("I can't", "refusal")))
	if got, err := c.Generate(t.Context(), ask()); err == nil || got.Usage != (agent.Usage{TokensIn: 100, TokensCached: 80, TokensOut: 7, Calls: 1}) {
		t.Errorf("%+v, %v", got.Usage, err)
	}
}

func TestTruncated(t *testing.T) {
	for _, reason := range []string{"max_tokens", "model_context_window_exceeded"} {
		c, _ := client(t, reply(200, answer(`{"colour":`, reason)))
		if got, err := c.Generate(t.Context(), ask()); err != nil || !got.Truncated || got.Text != `{"colour":` {
			t.Errorf("%s: %+v, %v", reason, got, err)
		}
	}
}

// A wait that the server asks for is kept: a short one here, a long one by whoever
// asked.
func TestWaits(t *testing.T) {
	slow := func(headers ...string) http.HandlerFunc {
		return reply(429, `{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}`, headers...)
	}
	c, calls := client(t, slow("Retry-After", "3600"))
	_, err := c.Generate(t.Context(), ask())
	if none, ok := errors.AsType[*agent.NoAnswer](err); !ok || none.Why != agent.NoAnswerLimited || none.After != time.Hour || calls.Load() != 1 {
		t.Errorf("after %d calls: %v", calls.Load(), err)
	}
	c, calls = client(t, slow("Retry-After-Ms", "120"), reply(200, answer(red, "end_turn")))
	began := time.Now()
	if got, err := c.Generate(t.Context(), ask()); err != nil || got.Text != red || calls.Load() != 2 || time.Since(began) < 120*time.Millisecond {
		t.Errorf("after %d calls and %v: %+v, %v", calls.Load(), time.Since(began), got, err)
	}
}

// A server that reads a part of a long prompt without a word is told of.
func TestPromptsThatWereCut(t *testing.T) {
	c, _ := client(t, reply(200, answer(red, "end_turn")))
	got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
		r.Messages = append(r.Messages, chat.Message{Role: chat.RoleUser, Text: strings.Repeat("many words ", 2000)})
	}))
	if err != nil || !strings.Contains(got.Warning, "read far less than was sent") {
		t.Errorf("%+v, %v", got, err)
	}
}

// An answer without an end is not read without an end.
func TestEndlessAnswers(t *testing.T) {
	for _, test := range []struct{ name, event string }{
		{"one block", fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%q}}`, strings.Repeat("words ", 10000))},
		{"blocks", strings.Repeat(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`+"\n\ndata: ", 1000) + ping},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, calls := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				for range 1000 {
					if _, err := fmt.Fprintf(w, "data: %s\n\n", test.event); err != nil {
						return
					}
				}
			})
			if _, err := c.Generate(t.Context(), ask(streamed)); !strings.Contains(agent.MessageOf(err), "larger than 10 MB") || calls.Load() != 1 {
				t.Errorf("after %d calls: %v", calls.Load(), err)
			}
		})
	}
}
