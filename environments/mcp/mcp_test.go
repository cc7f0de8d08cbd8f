package mcp_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/agent/files"
	"purposeagent/environments/mcp"
)

// program is the configuration and the options of one of the test's servers.
func program(t testing.TB, kind string, more map[string]any) (agent.Object, mcp.Options) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	config := map[string]any{"command": []string{self}}
	maps.Copy(config, more)
	return agent.MustObject(config),
		mcp.Options{Env: append(os.Environ(), childVariable+"="+kind, "GORACE=atexit_sleep_ms=0"), CloseTimeout: 5 * time.Second, ProbeTimeout: 10 * time.Second}
}

func open(t testing.TB, config agent.Object, o mcp.Options) agent.Environment {
	t.Helper()
	env, err := mcp.New(config, o)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { _ = env.(io.Closer).Close() })
	return env
}

func begin(t testing.TB, env agent.Environment) agent.State {
	t.Helper()
	state, err := env.Reset(t.Context(), agent.Task{Purpose: "keep notes", Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func notesEnv(t testing.TB, more map[string]any) (agent.Environment, agent.State) {
	t.Helper()
	config, o := program(t, "sdk notes", more)
	env := open(t, config, o)
	return env, begin(t, env)
}

func do(t testing.TB, env agent.Environment, state agent.State, name string, params map[string]any) agent.State {
	t.Helper()
	after, err := env.Execute(t.Context(), agent.Action{Name: name, Params: agent.MustObject(params)}, state)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return after
}

func refused(t testing.TB, env agent.Environment, state agent.State, code agent.Code, want, name string, params map[string]any) {
	t.Helper()
	_, err := env.Execute(t.Context(), agent.Action{Name: name, Params: agent.MustObject(params)}, state)
	if agent.CodeOf(err) != code || !strings.Contains(agent.MessageOf(err), want) {
		t.Errorf("%s: got %s %v, want %s with %q in it", name, agent.CodeOf(err), err, code, want)
	}
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %s", part, agent.Clip(text, 3000))
		}
	}
}

// over serves the notes over Streamable HTTP: with sessions as revisions before
// 2026-07-28 have them, or without.
func over(t testing.TB, stateless bool) string {
	t.Helper()
	server := notesServer("notes")
	web := httptest.NewServer(sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, &sdk.StreamableHTTPOptions{Stateless: stateless}))
	t.Cleanup(func() { closeWeb(web, server) })
	return web.URL
}

// closeWeb closes a server over HTTP with the sessions that nobody ended.
func closeWeb(web *httptest.Server, server *sdk.Server) {
	web.CloseClientConnections()
	web.Close()
	for s := range server.Sessions() {
		_ = s.Close()
	}
}

// TestTools plays one episode over each transport and in each revision.
func TestTools(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string]map[string]any{
		"a program":                         {"command": []string{self}},
		"a program, old revision":           {"command": []string{self}, "protocol": "2025-11-25"},
		"a program, new revision":           {"command": []string{self}, "protocol": "2026-07-28"},
		"over HTTP, old revision":           {"url": over(t, false)},
		"over HTTP, new revision":           {"url": over(t, true)},
		"over HTTP, new server, old client": {"url": over(t, true), "protocol": "2025-11-25"},
	} {
		t.Run(name, func(t *testing.T) {
			_, o := program(t, "sdk notes", nil)
			env := open(t, agent.MustObject(more), o)
			state := begin(t, env)
			contains(t, state.Summary, "Connected to the MCP server notes")
			contains(t, state.Data.String(), `"uri":"notes://all"`, `"uri":"notes://{title}"`)
			contains(t, agent.DescriptionOf(env).Text, "notes (Notes)", "Keeps notes.")
			state = do(t, env, state, "add_note", map[string]any{"title": "milk", "text": "two bottles"})
			contains(t, state.Data.String(), `"structured":{"titles":["milk"]}`)
			contains(t, state.Summary, `add_note two bottles milk answered: {"titles":["milk"]}`)
			refused(t, env, state, agent.CodeInvalid, `there is a note "milk" already`, "add_note", map[string]any{"title": "milk"})
			state = do(t, env, state, "read_resource", map[string]any{"uri": "notes://all"})
			contains(t, state.Data.String(), `"text":"milk"`)
			refused(t, env, state, agent.CodeInvalid, "refused to read notes://x", "read_resource", map[string]any{"uri": "notes://x"})
			state = do(t, env, state, "list_notes", nil)
			do(t, env, state, "delete_note", map[string]any{"title": "milk"})
		})
	}
}

func TestAnnotations(t *testing.T) {
	destructive := func(more map[string]any) []string {
		env, _ := notesEnv(t, more)
		var names []string
		for _, s := range env.Actions() {
			if s.Destructive {
				names = append(names, s.Name)
			}
		}
		slices.Sort(names)
		return names
	}
	if got, want := destructive(nil), []string{"delete_note", "env", "judge", "picture", "reset_notes", "slow"}; !slices.Equal(got, want) {
		t.Errorf("%v may destroy something, want %v: what says nothing of itself may", got, want)
	}
	if got, want := destructive(map[string]any{"harmless": []string{"env", "judge", "picture"}, "tools": []string{"env", "judge", "picture", "slow"}}), []string{"slow"}; !slices.Equal(got, want) {
		t.Errorf("%v may destroy something, want %v", got, want)
	}
	if got := destructive(map[string]any{"harmless": []string{"*"}}); len(got) > 0 {
		t.Errorf("%v may destroy something, and all are harmless", got)
	}
}

// TestParams holds how schemas become parameters, and parameters arguments.
func TestParams(t *testing.T) {
	env, state := notesEnv(t, nil)
	i := slices.IndexFunc(env.Actions(), func(s agent.ActionSpec) bool { return s.Name == "order" })
	var got []string
	for _, p := range env.Actions()[i].Params {
		text := p.Name + " " + p.Type
		if p.Optional {
			text += " optional"
		}
		got = append(got, text)
	}
	if want := []string{"count integer", "size string", "to string", "extras string optional", "fast boolean optional"}; !slices.Equal(got, want) {
		t.Errorf("params %q, want %q", got, want)
	}
	contains(t, env.Actions()[i].Params[2].Description, `As JSON, by this schema: {`, `"street"`)
	good := map[string]any{"count": 2.0, "size": "L", "to": `{"street":"Elm","number":7}`, "fast": true, "extras": `["a","b"]`}
	state = do(t, env, state, "order", good)
	contains(t, state.Data.String(), `{\"size\":\"L\",\"count\":2,\"fast\":true,\"extras\":[\"a\",\"b\"],\"to\":{\"street\":\"Elm\",\"number\":7}}`)
	for name, test := range map[string]struct {
		param string
		value any
		want  string
	}{
		"no JSON":             {"to", "Elm 7", `parameter "to" must be JSON`},
		"JSON and more":       {"to", `{} {}`, `parameter "to" must be JSON`},
		"two members":         {"to", `1,"value":2`, `parameter "to" must be JSON`},
		"the wrong kind":      {"to", `[]`, "to: got array, want object"},
		"a missing member":    {"to", `{"street":"Elm"}`, "missing property 'number'"},
		"the wrong kind in a": {"extras", `[1]`, "extras.0: got number, want string"},
		"half a number":       {"count", 2.5, "must be of type integer"},
		"a number as text":    {"count", "2", "must be of type integer"},
	} {
		t.Run(name, func(t *testing.T) {
			params := map[string]any{}
			maps.Copy(params, good)
			params[test.param] = test.value
			refused(t, env, state, agent.CodeInvalid, test.want, "order", params)
		})
	}
	refused(t, env, state, agent.CodeInvalid, `needs the parameter "to"`, "order", map[string]any{"count": 1, "size": "L"})
	refused(t, env, state, agent.CodeInvalid, "DONE ends a run", agent.Done, nil)
}

// TestProgress holds that a call that tells of progress is waited for, and one
// that stops telling is given up.
func TestProgress(t *testing.T) {
	config, o := program(t, "sdk notes", map[string]any{"tools": []string{"slow"}})
	o.AnswerTimeout = time.Second
	env := open(t, config, o)
	state := begin(t, env)
	state = do(t, env, state, "slow", map[string]any{"times": 15, "ends": true})
	contains(t, state.Summary, "slow is done")
	refused(t, env, state, agent.CodeTimeout, "did not answer within 1s when it was asked to call slow, and the connection was ended; whether it was done is not known. The last that it told of was 1 of 20: digging", "slow", map[string]any{"times": 1})
	do(t, env, state, "slow", map[string]any{"times": 1, "ends": true}) // connected anew
}

// TestBoundedResults holds that what is long is cut, and what is no text is named.
func TestBoundedResults(t *testing.T) {
	env, state := notesEnv(t, map[string]any{"keep": 2, "result_bytes": 500})
	for range 4 {
		state = do(t, env, state, "picture", nil)
	}
	contains(t, state.Data.String(), "[image image/png, 8 bytes]", "… [cut: 19526 of 20026 bytes are left out]")
	var seen struct {
		Results []struct{ Text string }
	}
	if err := state.Data.Decode(&seen); err != nil || len(seen.Results) != 2 || len(state.Data) > 1400 {
		t.Errorf("%d results in %d bytes, %v", len(seen.Results), len(state.Data), err)
	}
}

// TestFiles holds that what an actor is told of by a mark is there for people.
func TestFiles(t *testing.T) {
	env, state := notesEnv(t, map[string]any{"result_bytes": 500})
	store := &files.Memory{}
	desk := files.NewDesk(store)
	if _, err := env.Execute(desk.With(t.Context()), agent.NewAction("picture"), state); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range desk.Take() {
		content, err := store.Content(t.Context(), f.Hash)
		if err != nil || len(content) != f.Size {
			t.Errorf("%s has %d bytes, %v", f.Name, len(content), err)
		}
		names = append(names, f.Name+" "+f.Type)
	}
	if want := []string{"answer-1.png image/png", "answer-2.txt text/plain; charset=utf-8"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

// TestSecrets holds that a secret reaches the server and nobody else.
func TestSecrets(t *testing.T) {
	config, o := program(t, "sdk notes", map[string]any{"env": map[string]string{"NOTES_TOKEN": "x-${notes}", "PLAIN": "yes"}})
	o.Secret = func(name string) (string, error) {
		if name != "notes" {
			return "", agent.Errorf(agent.CodeNotFound, "there is no secret %q", name)
		}
		return `s3cret"value`, nil
	}
	env := open(t, config, o)
	state := do(t, env, begin(t, env), "env", nil)
	contains(t, state.Data.String(), "NOTES_TOKEN=x-[secret notes]", `"token":"x-[secret notes]"`, "PLAIN=yes")
	if strings.Contains(state.Data.String()+state.Summary, "s3cret") {
		t.Error("the secret is in the state")
	}
	config, o = program(t, "sdk notes", map[string]any{"env": map[string]string{"NOTES_TOKEN": "${other}"}})
	for _, lookup := range []func(string) (string, error){nil, func(string) (string, error) { return "", agent.Errorf(agent.CodeNotFound, "there is none") }} {
		o.Secret = lookup
		if _, err := mcp.New(config, o); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), "NOTES_TOKEN names a secret that can't be used") {
			t.Errorf("got %v", err)
		}
	}
}

// TestHeaders holds that headers go to the configured server, and to no other.
func TestHeaders(t *testing.T) {
	var others []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { others = append(others, r.Header.Get("X-Key")) }))
	t.Cleanup(other.Close)
	server, sends := notesServer("notes"), false
	inner := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, nil)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("X-Key") != "Bearer s3cret":
			http.Error(w, "who are you? "+r.Header.Get("X-Key"), http.StatusUnauthorized)
		case sends:
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		default:
			inner.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() { closeWeb(web, server) })
	key := "s3cret"
	o := mcp.Options{Secret: func(string) (string, error) { return key, nil }, CloseTimeout: time.Second}
	config := agent.MustObject(map[string]any{"url": web.URL, "headers": map[string]string{"X-Key": "Bearer ${k}"}})
	env := open(t, config, o)
	state := do(t, env, begin(t, env), "list_notes", nil)
	sends = true
	refused(t, env, state, agent.CodeUnavailable, "sends us on to another address", "list_notes", nil)
	if len(others) > 0 {
		t.Errorf("another server was asked, with the key %q", others)
	}
	sends, key = false, "another"
	if _, err := mcp.New(config, o); agent.CodeOf(err) != agent.CodeInvalid || strings.Contains(err.Error(), "another") || !strings.Contains(err.Error(), "Unauthorized") {
		t.Errorf("got %v", err)
	}
}

// TestListChanges holds what becomes of tools that change in mid-run.
func TestListChanges(t *testing.T) {
	for _, follow := range []bool{false, true} {
		config, o := program(t, "sdk changing", map[string]any{"later_tools": follow})
		env := open(t, config, o)
		state := do(t, env, begin(t, env), "add_note", map[string]any{"title": "a"})
		refused(t, env, state, agent.CodeInvalid, "no longer offers the tool delete_note", "delete_note", map[string]any{"title": "a"})
		refused(t, env, state, agent.CodeInvalid, "has changed the arguments of the tool list_notes", "list_notes", nil)
		if !follow {
			refused(t, env, state, agent.CodeInvalid, "unknown action", "call_tool", nil)
			continue
		}
		state = do(t, env, state, "call_tool", map[string]any{"tool": "later"})
		contains(t, state.Summary, "call_tool later answered: later was called")
		refused(t, env, state, agent.CodeInvalid, "was there from the beginning", "call_tool", map[string]any{"tool": "add_note", "arguments": `{"title":"b"}`})
		refused(t, env, state, agent.CodeInvalid, `offers no tool "x"`, "call_tool", map[string]any{"tool": "x"})
	}
}

// TestListChangesAreTold holds that the actor is told of them in the next step.
func TestListChangesAreTold(t *testing.T) {
	config, o := program(t, "sdk changing", nil)
	env := open(t, config, o)
	state := do(t, env, begin(t, env), "add_note", map[string]any{"title": "a"})
	state = do(t, env, state, "add_note", map[string]any{"title": "b"})
	contains(t, state.Data.String(), "The server no longer offers delete_note.", "The server has changed the arguments of list_notes", "The server now also offers later, which other runs can use.")
}

// TestResetAndJudge holds the optional conventions.
func TestResetAndJudge(t *testing.T) {
	env, state := notesEnv(t, map[string]any{"reset": map[string]any{"tool": "reset_notes", "arguments": map[string]any{"seed": "$seed"}}, "judge": map[string]any{"tool": "judge"}})
	for _, s := range env.Actions() {
		if s.Name == "judge" || s.Name == "reset_notes" {
			t.Errorf("%s is an action", s.Name)
		}
	}
	check := func(state agent.State, want agent.Verdict) {
		t.Helper()
		got, err := env.(agent.Verifier).Verify(t.Context(), state)
		if err != nil || got.Success != want.Success || got.Score != want.Score || got.Reward == nil || *got.Reward != 1 {
			t.Errorf("the verdict is %+v, %v", got, err)
		}
		if strings.Contains(state.Data.String()+state.Summary, "score") {
			t.Error("the actor sees the verdict")
		}
	}
	check(state, agent.Verdict{Success: true, Score: 1}) // two notes by the seed
	state = do(t, env, state, "add_note", map[string]any{"title": "third"})
	if !env.IsTerminal(state) {
		t.Error("the judge said that it is over")
	}
	refused(t, env, state, agent.CodeInvalid, "the episode is over", "list_notes", nil)
	again := begin(t, env)
	if again.Data != state.Data && env.IsTerminal(again) {
		t.Error("it was not reset")
	}
}

func TestJudgeBeside(t *testing.T) {
	config, o := program(t, "meta", map[string]any{"judge": map[string]any{"meta": "example.org/reward"}})
	env := open(t, config, o)
	state := do(t, env, begin(t, env), "go", nil)
	got, err := env.(agent.Verifier).Verify(t.Context(), state)
	if err != nil || got.Success || got.Score != 0.5 || got.Reward == nil || *got.Reward != 0.5 {
		t.Errorf("the verdict is %+v, %v", got, err)
	}
	config, o = program(t, "odd meta", map[string]any{"judge": map[string]any{"meta": "example.org/reward"}})
	env = open(t, config, o)
	refused(t, env, begin(t, env), agent.CodeUnavailable, "go was done, and what it is worth is not known: the server bad: its judge gave the score 7", "go", nil)
}

func TestExpectedCalls(t *testing.T) {
	env, state := notesEnv(t, map[string]any{"expected_calls": []map[string]any{
		{"tool": "add_note", "arguments": map[string]any{"title": "a"}}, {"tool": "delete_note", "arguments": map[string]any{"title": "a"}}, {"tool": "env", "at_most": 0}}})
	verdict := func() agent.Verdict {
		v, err := env.(agent.Verifier).Verify(t.Context(), state)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	refused(t, env, state, agent.CodeInvalid, "there is no note", "delete_note", map[string]any{"title": "a"}) // does not count
	if v := verdict(); v.Success || v.Score != 0 {
		t.Errorf("at first: %+v", v)
	}
	state = do(t, env, state, "add_note", map[string]any{"title": "a"})
	state = do(t, env, state, "list_notes", nil)
	if v := verdict(); v.Success || v.Score != 0.5 {
		t.Errorf("after one of two: %+v", v)
	}
	state = do(t, env, state, "delete_note", map[string]any{"title": "a"})
	if v := verdict(); !v.Success || v.Score != 1 {
		t.Errorf("after both: %+v", v)
	}
	state = do(t, env, state, "env", nil)
	if v := verdict(); v.Success || v.Score != 0 {
		t.Errorf("after what was forbidden: %+v", v)
	}
}

// TestSimulator runs the suite of environments on a server whose calls have no
// effect outside of it.
func TestSimulator(t *testing.T) {
	tools := []string{"add_note", "delete_note", "list_notes"}
	for name, more := range map[string]map[string]any{
		"a new process for each task": {"simulator": true, "tools": tools},
		"a tool that resets":          {"simulator": true, "tools": tools, "reset": map[string]any{"tool": "reset_notes"}, "judge": map[string]any{"tool": "judge"}},
	} {
		t.Run(name, func(t *testing.T) {
			config, o := program(t, "sdk notes", more)
			o.Eras = mcp.NewEras()
			conformance.Environment(t, func() agent.Environment { return open(t, config, o) })
		})
	}
}

// TestGoingOn holds what becomes of a run whose server was lost: a simulator is
// brought back to where it stood, and elsewhere no call is made twice.
func TestGoingOn(t *testing.T) {
	for _, simulator := range []bool{true, false} {
		config, o := program(t, "sdk notes", map[string]any{"simulator": simulator})
		first := open(t, config, o)
		if outside := first.(agent.Outside).ActsOutside(); outside == simulator {
			t.Errorf("acts outside: %v", outside)
		}
		state := do(t, first, begin(t, first), "add_note", map[string]any{"title": "a"})
		_ = first.(io.Closer).Close()
		refused(t, first, state, agent.CodeUnavailable, "the environment was closed", "list_notes", nil)
		second := open(t, config, o)
		if err := second.(agent.Restorer).Restore(t.Context(), agent.Task{Purpose: "keep notes", Seed: 2}, state); err != nil {
			t.Fatal(err)
		}
		after := do(t, second, state, "list_notes", nil)
		want := `{"titles":[]}` // the memory of the process is gone, and its call was not made again
		if simulator {
			want = `{"titles":["a"]}`
		}
		contains(t, after.Summary, "list_notes answered: "+want)
	}
}

func TestConfig(t *testing.T) {
	for name, test := range map[string]struct {
		config      map[string]any
		field, want string
	}{
		"nothing":                {map[string]any{}, "command", "say which server"},
		"both":                   {map[string]any{"command": []string{"x"}, "url": "http://x/"}, "url", "one of the two"},
		"no address":             {map[string]any{"url": "file:///etc/passwd"}, "url", "must be an address"},
		"a password":             {map[string]any{"url": "http://u:p@127.0.0.1/"}, "url", "name a secret"},
		"no program":             {map[string]any{"command": []string{"no-such-server-anywhere"}}, "command", "there is no program"},
		"no folder":              {map[string]any{"command": []string{"true"}, "dir": "/no/such"}, "dir", "there is no folder"},
		"odd variable":           {map[string]any{"command": []string{"x"}, "env": map[string]string{"A=B": "x"}}, "env", "can't be a variable"},
		"odd header":             {map[string]any{"url": "http://x/", "headers": map[string]string{"X": "a\nb"}}, "headers", "can't be a header"},
		"the protocol's header":  {map[string]any{"url": "http://x/", "headers": map[string]string{"mcp-session-id": "x"}}, "headers", "belongs to the protocol"},
		"two judges":             {map[string]any{"command": []string{"x"}, "judge": map[string]any{"tool": "a", "meta": "b"}}, "judge", "one of the two"},
		"no time":                {map[string]any{"command": []string{"x"}, "timeout_seconds": 0}, "timeout_seconds", "must be 1 to 600"},
		"a call without a tool":  {map[string]any{"command": []string{"x"}, "expected_calls": []map[string]any{{}}}, "expected_calls", `no "tool"`},
		"another revision":       {map[string]any{"command": []string{"x"}, "protocol": "2024-11-05"}, "protocol", "must be auto"},
		"too many tools":         {map[string]any{"command": []string{"x"}, "tools": make([]string, 101)}, "tools", "at most 100"},
		"an answer of two bytes": {map[string]any{"command": []string{"x"}, "result_bytes": 2}, "result_bytes", "must be 200"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mcp.New(agent.MustObject(test.config), mcp.Options{})
			fieldSays(t, err, test.field, test.want)
		})
	}
	for field, value := range map[string]any{"tools": []string{"x"}, "harmless": []string{"x"}, "reset": map[string]any{"tool": "x"}, "judge": map[string]any{"tool": "x"}, "expected_calls": []map[string]any{{"tool": "x"}}} {
		config, o := program(t, "plain", map[string]any{field: value})
		_, err := mcp.New(config, o)
		fieldSays(t, err, field, `the server has no tool "x"; it has go`)
	}
}

func fieldSays(t testing.TB, err error, field, want string) {
	t.Helper()
	e, ok := errors.AsType[*agent.Error](err)
	if !ok || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields[field], want) {
		t.Errorf("%s: got %v", field, err)
	}
}

// TestCancelled holds that a call that is broken off ends at once.
func TestCancelled(t *testing.T) {
	env, state := notesEnv(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		time.Sleep(20 * time.Millisecond) // somewhere in the call; at any other moment the same has to hold
		cancel()
	}()
	if _, err := env.Execute(ctx, agent.Action{Name: "slow", Params: agent.MustObject(map[string]any{"times": 0})}, state); err == nil || ctx.Err() == nil {
		t.Errorf("got %v", err)
	}
	do(t, env, state, "list_notes", nil)
}
