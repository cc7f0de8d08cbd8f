package openenv

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"purposeagent/agent"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echoSchema is the action of OpenEnv's echo server.
const echoSchema = `{"additionalProperties":false,"properties":{"metadata":{"additionalProperties":true,"type":"object"},"message":{"description":"Message to echo back","type":"string"}},"required":["message"],"title":"DemoAction","type":"object"}`

// server is an OpenEnv server whose sessions a test plays.
type server struct {
	schema   string
	session  func(t *testing.T, conn *websocket.Conn)
	sessions atomic.Int32
}

func (s *server) start(t *testing.T, change func(*Config)) (*Env, error) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/schema", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintf(w, `{"action":%s}`, s.schema) })
	mux.HandleFunc("/metadata", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"name":"Demo Env","description":"It echoes.\u001b[31m"}`)
	})
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		u := websocket.Upgrader{}
		conn, err := u.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		s.sessions.Add(1)
		s.session(t, conn)
	})
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	c := Config{URL: "ws" + strings.TrimPrefix(web.URL, "http") + "/ws", Timeout: 2 * time.Second, Success: "reward", Least: 1}
	if change != nil {
		change(&c)
	}
	e, err := New(c)
	if e != nil {
		t.Cleanup(func() { _ = e.Close() })
	}
	return e, err
}

// replayed plays a written session: what is sent must be what was sent then.
func replayed(file string) func(*testing.T, *websocket.Conn) {
	return func(t *testing.T, conn *websocket.Conn) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(string(raw)) {
			text := strings.TrimSpace(line)
			switch {
			case strings.HasPrefix(text, "> "):
				_, got, err := conn.ReadMessage()
				if err != nil {
					t.Errorf("instead of %s: %v", text, err)
					return
				}
				if !sameJSON(got, []byte(text[2:])) {
					t.Errorf("sent %s, then it was %s", got, text)
				}
			case strings.HasPrefix(text, "< "):
				if err := conn.WriteMessage(websocket.TextMessage, []byte(text[2:])); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// TestRecordedSession goes through a session that was written down.
func TestRecordedSession(t *testing.T) {
	s := &server{schema: echoSchema, session: replayed("testdata/echo-0.10.0.txt")}
	e, err := s.start(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	specs := e.Actions()
	if len(specs) != 1 || specs[0].Name != "demo" || len(specs[0].Params) != 1 || specs[0].Params[0].Name != "message" || specs[0].Params[0].Optional {
		t.Fatalf("actions %+v", specs)
	}
	if text := e.Describe().Text; !strings.Contains(text, "It echoes.") || strings.Contains(text, "\x1b") {
		t.Errorf("described as %q", text)
	}
	state, err := e.Reset(t.Context(), agent.Task{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	verdict := func() agent.Verdict {
		v, err := e.Verify(t.Context(), state)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := verdict(); v.Success || state.Summary != "Demo Env environment ready!" {
		t.Errorf("%+v at the start: %s", v, state.Summary)
	}
	first := state
	if state, err = e.Execute(t.Context(), agent.NewAction("demo", "message", "hi"), state); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); v.Success || v.Reward == nil || *v.Reward != .2 || strings.Contains(state.Data.String(), "reward") {
		t.Errorf("%+v, %s", v, state.Data)
	}
	if _, err := e.Execute(t.Context(), agent.NewAction("demo", "message", "back"), first); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), "can't go back") {
		t.Errorf("an earlier state: %v", err)
	}
	if state, err = e.Execute(t.Context(), agent.NewAction("demo", "message", "a longer one"), state); err != nil {
		t.Fatal(err)
	}
	if v := verdict(); !v.Success || v.Score != 1 {
		t.Errorf("%+v at the end", v)
	}
	if _, ok := agent.Environment(e).(agent.Restorer); ok {
		t.Error("it says that it can be entered again")
	}
}

// answering answers each message in turn, and keeps silent after the last answer.
func answering(answers ...string) func(*testing.T, *websocket.Conn) {
	return func(_ *testing.T, conn *websocket.Conn) {
		for _, a := range answers {
			if _, _, err := conn.ReadMessage(); err != nil {
				return
			}
			if a == "hang up" {
				return
			}
			if conn.WriteMessage(websocket.TextMessage, []byte(a)) != nil {
				return
			}
		}
		_, _, _ = conn.ReadMessage()
		_, _, _ = conn.ReadMessage()
	}
}

const ready = `{"type":"observation","data":{"observation":{"text":"ready"},"reward":null,"done":false}}`

// TestBadServers holds that whatever a server answers is an error in words, that a
// refusal leaves the session as it is, and that after anything else it is over.
func TestBadServers(t *testing.T) {
	for name, tt := range map[string]struct {
		answer, want string
		code         agent.Code
		goesOn       bool
	}{
		"a refusal":         {`{"type":"error","data":{"message":"Invalid message","code":"VALIDATION_ERROR","errors":[{"type":"missing","loc":["message"],"msg":"Field required"}]}}`, "message: Field required missing", agent.CodeInvalid, true},
		"a failed step":     {`{"type":"error","data":{"message":"it broke","code":"EXECUTION_ERROR"}}`, "it broke", agent.CodeInvalid, true},
		"no room":           {`{"type":"error","data":{"message":"full","code":"CAPACITY_REACHED"}}`, "max_concurrent_envs", agent.CodeUnavailable, false},
		"an odd error":      {`{"type":"error","data":7}`, "can't be read", agent.CodeUnavailable, false},
		"nonsense":          {`hello`, "no message of OpenEnv", agent.CodeUnavailable, false},
		"another message":   {`{"type":"state","data":{}}`, `type \"state\"`, agent.CodeUnavailable, false},
		"no observation":    {`{"type":"observation","data":{"reward":1}}`, "can't be used", agent.CodeUnavailable, false},
		"NaN":               {`{"type":"observation","data":{"observation":{},"reward":NaN}}`, "no message of OpenEnv", agent.CodeUnavailable, false},
		"a huge reward":     {`{"type":"observation","data":{"observation":{},"reward":1e999}}`, "can't be read", agent.CodeUnavailable, false},
		"the reserved name": {`{"type":"observation","data":{"observation":{"_error":"x"}}}`, "reserved name", agent.CodeUnavailable, false},
		"a large state":     {`{"type":"observation","data":{"observation":{"x":"` + strings.Repeat("a", 300<<10) + `"}}}`, "at most", agent.CodeUnavailable, false},
		"50 MB":             {`{"type":"observation","data":{"observation":{"x":"` + strings.Repeat("a", 50<<20) + `"}}}`, "more than 8388608 bytes", agent.CodeUnavailable, false},
		"the end":           {"hang up", "broke off", agent.CodeUnavailable, false},
		"silence":           {"", "did not answer step within", agent.CodeTimeout, false},
	} {
		t.Run(name, func(t *testing.T) {
			answers := []string{ready, tt.answer, ready}
			if tt.answer == "" {
				answers = answers[:1]
			}
			s := &server{schema: echoSchema, session: answering(answers...)}
			e, err := s.start(t, func(c *Config) {
				if tt.answer == "" {
					c.Timeout = 100 * time.Millisecond
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			state, err := e.Reset(t.Context(), agent.Task{})
			if err != nil {
				t.Fatal(err)
			}
			say := agent.NewAction("demo", "message", "x")
			_, err = e.Execute(t.Context(), say, state)
			if agent.CodeOf(err) != tt.code || !strings.Contains(agent.MessageOf(err), strings.ReplaceAll(tt.want, `\"`, `"`)) {
				t.Errorf("got %v %v, want %s: %s", agent.CodeOf(err), err, tt.code, tt.want)
			}
			_, err = e.Execute(t.Context(), say, state)
			if tt.goesOn != (err == nil) || !tt.goesOn && !strings.Contains(err.Error(), "session with the server is over") {
				t.Errorf("after it: %v", err)
			}
			if _, err := e.Reset(t.Context(), agent.Task{}); err != nil || s.sessions.Load() != 2 {
				t.Errorf("another episode: %v, %d sessions", err, s.sessions.Load())
			}
		})
	}
}

// TestRewards reads what a reward may be.
func TestRewards(t *testing.T) {
	for text, want := range map[string]float64{"1.5": 1.5, "-2": -2, "true": 1, "false": 0} {
		var r reward
		if err := json.Unmarshal([]byte(text), &r); err != nil || r.value == nil || *r.value != want {
			t.Errorf("%s is read as %v (%v)", text, r.value, err)
		}
	}
	for _, text := range []string{`"1"`, `[1]`, `{}`, `1e999`} {
		var r reward
		if err := json.Unmarshal([]byte(text), &r); err == nil {
			t.Errorf("%s is read as %v", text, *r.value)
		}
	}
}

func TestStoppedWhileAsking(t *testing.T) {
	s := &server{schema: echoSchema, session: answering(ready)}
	e, err := s.start(t, func(c *Config) { c.Timeout = time.Minute })
	if err != nil {
		t.Fatal(err)
	}
	state, err := e.Reset(t.Context(), agent.Task{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := e.Execute(ctx, agent.NewAction("demo", "message", "x"), state); err == nil || ctx.Err() == nil {
		t.Errorf("got %v", err)
	}
}

// TestSchemas reads what servers announce.
func TestSchemas(t *testing.T) {
	for name, tt := range map[string]struct{ schema, want, sent string }{
		"an enumeration": {`{"title":"SnakeAction","properties":{"move":{"type":"string","enum":["up","down"]}},"required":["move"]}`,
			"snake(move string[up down])", `{"move":"up"}`},
		"a range":         {`{"title":"GridAction","properties":{"cell":{"type":"integer","minimum":0,"maximum":2}},"required":["cell"]}`, "grid(cell integer)", `{"cell":0}`},
		"several forms":   {`{"oneOf":[{"$ref":"#/$defs/A"},{"$ref":"#/$defs/B"}],"$defs":{"A":{"properties":{"type":{"const":"list_tools"}}},"B":{"properties":{"type":{"const":"call"},"n":{"type":"boolean"}},"required":["n"]}}}`, "list_tools() call(n boolean)", `{"type":"list_tools"}`},
		"an enum by name": {`{"properties":{"d":{"$ref":"#/$defs/D"}},"required":["d"],"$defs":{"D":{"type":"string","enum":["n","s"]}}}`, "act(d string[n s])", `{"d":"n"}`},
		"a list":          {`{"title":"X","properties":{"all":{"type":"array"}},"required":["all"]}`, "x(all string)", ""},
		"text or nothing": {`{"title":"X","properties":{"t":{"anyOf":[{"type":"string"},{"type":"null"}]}}}`, "x(t? string)", `{}`},
		"a reserved name": {`{"title":"DONE","properties":{}}`, "done()", `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parseSchema(json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range s.specs {
				var params []string
				for _, p := range a.Params {
					mark, enum := "", ""
					if p.Optional {
						mark = "?"
					}
					if len(p.Enum) > 0 {
						enum = fmt.Sprint(p.Enum)
					}
					params = append(params, p.Name+mark+" "+p.Type+enum)
				}
				got = append(got, a.Name+"("+strings.Join(params, ", ")+")")
			}
			if text := strings.Join(got, " "); text != tt.want {
				t.Errorf("read as %s, want %s", text, tt.want)
			}
			legal := s.legal(agent.State{Data: `{}`})
			if tt.sent == "" {
				if legal != nil {
					t.Errorf("it lists %v", legal)
				}
				return
			}
			if len(legal) == 0 {
				t.Fatal("it lists nothing")
			}
			if raw, err := s.data(legal[0]); err != nil || !sameJSON(raw, []byte(tt.sent)) {
				t.Errorf("sends %s (%v), want %s", raw, err, tt.sent)
			}
		})
	}
	for name, schema := range map[string]string{"none": ``, "no object": `7`, "no such form": `{"oneOf":[{"$ref":"#/$defs/A"}]}`, "too large": `{"title":"` + strings.Repeat("a", maxSchema) + `"}`} {
		if _, err := parseSchema(json.RawMessage(schema)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	masked, err := parseSchema(json.RawMessage(`{"title":"G","properties":{"cell":{"type":"integer"}},"required":["cell"]}`))
	if err != nil {
		t.Fatal(err)
	}
	if legal := masked.legal(agent.State{Data: `{"legal_actions":[1,4,"x"]}`}); len(legal) != 2 || legal[1].Param("cell") != "4" {
		t.Errorf("by the observation it lists %v", legal)
	}
}

func FuzzSchema(f *testing.F) {
	f.Add([]byte(echoSchema), `{"legal_actions":[1]}`)
	f.Add([]byte(`{"oneOf":[{"$ref":"#/$defs/A"}],"$defs":{"A":{"properties":{"type":{"const":"x"}}}}}`), `{}`)
	f.Fuzz(func(t *testing.T, raw []byte, seen string) {
		s, err := parseSchema(raw)
		if err != nil {
			return
		}
		data, err := agent.ParseObject([]byte(seen))
		if err != nil {
			return
		}
		for _, a := range s.legal(agent.State{Data: data}) {
			if err := agent.CheckAction(s.specs, a); err != nil {
				t.Fatalf("it lists %s, which it does not announce: %v", a.Label(), err)
			}
			if _, err := s.data(a); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkStep(b *testing.B) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/schema":
			_, _ = fmt.Fprintf(w, `{"action":%s}`, echoSchema)
		case "/metadata":
			_, _ = fmt.Fprint(w, `{}`)
		default:
			u := websocket.Upgrader{}
			conn, err := u.Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					return
				}
				if conn.WriteMessage(websocket.TextMessage, []byte(ready)) != nil {
					return
				}
			}
		}
	}))
	defer web.Close()
	e, err := New(Config{URL: "ws" + strings.TrimPrefix(web.URL, "http") + "/ws", Timeout: time.Second, Success: "reward"})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	state, err := e.Reset(b.Context(), agent.Task{})
	for b.Loop() {
		if err != nil {
			b.Fatal(err)
		}
		state, err = e.Execute(b.Context(), agent.NewAction("demo", "message", "x"), state)
	}
}
