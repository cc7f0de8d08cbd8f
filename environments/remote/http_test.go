package remote_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/environments/remote"
)

// served is a server of our own protocol: each session is one of the programs that
// the other tests start.
type served struct {
	kind string
	// before, where not nil, may answer in place of the program; it reports whether
	// it did. It is told how often the request came.
	before func(w http.ResponseWriter, r map[string]any, times int) bool
	// after, where not nil, may keep back an answer to what was done.
	after func(w http.ResponseWriter, r map[string]any, times int) bool

	mu       sync.Mutex
	sessions map[string]*servedSession
	times    map[string]int // by session and id
	headers  http.Header    // of the last request
	address  string
}

type servedSession struct {
	child *child
	said  bytes.Buffer
	last  float64
	reply []byte
}

func (s *served) start(t testing.TB) agent.Object {
	t.Helper()
	s.sessions, s.times = map[string]*servedSession{}, map[string]int{}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	s.address = web.URL
	return agent.MustObject(map[string]any{"url": web.URL + "/"})
}

func (s *served) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.headers = request.Header
	raw, err := io.ReadAll(request.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var r map[string]any
	if json.Unmarshal(raw, &r) != nil || request.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "no request of protocol 1", http.StatusBadRequest)
		return
	}
	name, id := r["session"].(string), r["id"].(float64)
	key := fmt.Sprint(name, " ", id)
	s.times[key]++
	if s.before != nil && s.before(w, r, s.times[key]) {
		return
	}
	if r["cmd"] == "close" {
		delete(s.sessions, name)
		_, _ = fmt.Fprintf(w, `{"id":%v}`, id)
		return
	}
	one := s.sessions[name]
	if one == nil && r["cmd"] == "hello" {
		one = &servedSession{}
		one.child = &child{kind: s.kind, out: bufio.NewWriter(&one.said)}
		s.sessions[name] = one
	}
	if one == nil {
		_, _ = fmt.Fprintf(w, `{"id":%v,"error":{"code":"no_session","message":"never heard of it"}}`, id)
		return
	}
	if id != one.last {
		one.said.Reset()
		one.child.serve(r)
		one.last, one.reply = id, bytes.Clone(one.said.Bytes())
	}
	if s.after != nil && s.after(w, r, s.times[key]) {
		return
	}
	_, _ = w.Write(one.reply)
}

// drop forgets all sessions, as a server does that was started again.
func (s *served) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

func (s *served) begin(t *testing.T, o remote.Options) (agent.Environment, agent.State) {
	t.Helper()
	env := open(t, s.start(t), o)
	state, err := env.Reset(t.Context(), agent.Task{Purpose: "count", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return env, state
}

func TestServerConforms(t *testing.T) {
	for _, kind := range []string{"powers verify", "powers legal,verify,judge,potential,picture,restore", "powers legal,verify,stateless"} {
		t.Run(kind, func(t *testing.T) {
			s := &served{kind: kind}
			config := s.start(t)
			fresh := fewOpen(t, func() agent.Environment { return open(t, config, remote.Options{}) })
			conformance.Environment(t, fresh, agent.Task{Purpose: "count", Seed: 1})
		})
	}
}

func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// TestLostAnswers holds that a step whose answer is lost is done once: it is asked
// for again.
func TestLostAnswers(t *testing.T) {
	for name, lose := range map[string]func(http.ResponseWriter){
		"the connection breaks": hangUp,
		"an answer breaks off": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"id":`))
		},
		"it is busy":      func(w http.ResponseWriter) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a proxy is late": func(w http.ResponseWriter) { w.WriteHeader(http.StatusGatewayTimeout) },
	} {
		t.Run(name, func(t *testing.T) {
			s := &served{kind: "powers verify", after: func(w http.ResponseWriter, _ map[string]any, times int) bool {
				if times < 3 { // what was asked is done, and the first two answers are lost
					lose(w)
				}
				return times < 3
			}}
			env, state := s.begin(t, remote.Options{})
			for n := range 3 {
				var err error
				if state, err = env.Execute(t.Context(), add, state); err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprintf("The counter is at %d.", n+1); state.Summary != want {
					t.Errorf("%q, want %q", state.Summary, want)
				}
			}
		})
	}
}

// TestMisbehavingServers has a server go wrong in its second step: the step fails
// with what happened, and the next task finds it well again.
func TestMisbehavingServers(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	write := func(text string) func(http.ResponseWriter, any) {
		return func(w http.ResponseWriter, id any) {
			_, _ = io.WriteString(w, strings.ReplaceAll(text, "ID", fmt.Sprint(id)))
		}
	}
	status := func(code int, location string) func(http.ResponseWriter, any) {
		return func(w http.ResponseWriter, _ any) {
			w.Header().Set("Location", location)
			w.WriteHeader(code)
		}
	}
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, id any)
		code   agent.Code
		want   string
	}{
		"nonsense":      {write("hello"), agent.CodeUnavailable, `answered "step" with "hello", which is no JSON object`},
		"a page":        {write("<html>\x1b[31m"), agent.CodeUnavailable, "no JSON object"},
		"nothing":       {write(""), agent.CodeUnavailable, "no JSON object"},
		"half":          {write(`{"id":ID,"obs`), agent.CodeUnavailable, "not a valid JSON object"},
		"another id":    {write(`{"id":1}`), agent.CodeUnavailable, "the id 1 to request"},
		"NaN":           {write(`{"id":ID,"observation":"x","done":true,"judge":{"success":true,"score":NaN}}`), agent.CodeUnavailable, "write one JSON object"},
		"other actions": {write(`{"id":ID,"observation":"x","legal":[{"name":"subtract"}],"judge":{"success":true}}`), agent.CodeUnavailable, `unknown action "subtract"`},
		"a refusal":     {write(`{"id":ID,"error":{"code":"invalid","message":"the counter is stuck"}}`), agent.CodeInvalid, "the counter is stuck"},
		"silence": {func(http.ResponseWriter, any) { time.Sleep(700 * time.Millisecond) }, agent.CodeTimeout,
			`did not answer "step" within 500ms (timeout_seconds)`},
		"a drip": {func(w http.ResponseWriter, _ any) {
			for range 7 {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
				time.Sleep(100 * time.Millisecond)
			}
		}, agent.CodeTimeout, "did not answer"},
		"no connection":      {func(w http.ResponseWriter, _ any) { hangUp(w) }, agent.CodeUnavailable, "can't be reached (EOF); start it"},
		"50 MB":              {write(strings.Repeat(" ", 50<<20)), agent.CodeUnavailable, "more than 16777216 bytes"},
		"a redirect to self": {status(http.StatusTemporaryRedirect, "/"), agent.CodeUnavailable, `sends us on to "/", which is not followed`},
		"a redirect":         {status(http.StatusFound, other.URL), agent.CodeUnavailable, "which is not followed"},
		"not here":           {status(http.StatusNotFound, ""), agent.CodeUnavailable, "the status 404 instead of 200"},
		"always busy":        {status(http.StatusBadGateway, ""), agent.CodeUnavailable, "the status 502"},
		"huge headers":       {status(http.StatusFound, strings.Repeat("x", 1<<20)), agent.CodeUnavailable, "can't be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			steps := map[any]int{}
			s := &served{kind: "powers legal,verify", before: func(w http.ResponseWriter, r map[string]any, times int) bool {
				if r["cmd"] == "step" && times == 1 {
					steps[r["session"]]++
				}
				if r["cmd"] != "step" || steps[r["session"]] == 1 {
					return false
				}
				test.answer(w, r["id"])
				return true
			}}
			limit := 10 * time.Second
			if test.code == agent.CodeTimeout {
				limit = 500 * time.Millisecond
			}
			env, state := s.begin(t, remote.Options{AnswerTimeout: limit})
			state, err := env.Execute(t.Context(), add, state)
			if err != nil {
				t.Fatalf("the good step: %v", err)
			}
			_, err = env.Execute(t.Context(), add, state)
			if agent.CodeOf(err) != test.code || !strings.Contains(agent.MessageOf(err), test.want) || strings.ContainsRune(agent.MessageOf(err), '\x1b') {
				t.Errorf("got %s %v, want %s: %s", agent.CodeOf(err), err, test.code, test.want)
			}
			again, err := env.Reset(t.Context(), agent.Task{Purpose: "count", Seed: 1})
			if err != nil || again.Summary != "The counter is at 0." {
				t.Errorf("the next task begins with %q, %v", again.Summary, err)
			}
		})
	}
	if elsewhere > 0 {
		t.Errorf("%d requests were sent on", elsewhere)
	}
}

// TestServerStartedAgain holds that a run goes on where the protocol can, and else
// says why not.
func TestServerStartedAgain(t *testing.T) {
	for kind, goesOn := range map[string]bool{"powers restore,verify": true, "powers stateless,verify": true, "powers verify": false} {
		s := &served{kind: kind}
		env, state := s.begin(t, remote.Options{})
		state, err := env.Execute(t.Context(), add, state)
		if err != nil {
			t.Fatal(err)
		}
		s.drop()
		if _, err := env.Execute(t.Context(), add, state); err == nil || !strings.Contains(err.Error(), "the session is over there: never heard of it") {
			t.Errorf("%s: got %v, want that the session is over", kind, err)
		}
		after, err := env.Execute(t.Context(), add, state)
		if (err == nil) != goesOn || goesOn && after.Summary != "The counter is at 2." {
			t.Errorf("%s: then %q, %v", kind, after.Summary, err)
		}
		if _, err := env.Reset(t.Context(), agent.Task{Purpose: "count", Seed: 1}); err != nil {
			t.Errorf("%s: another task: %v", kind, err)
		}
	}
}

// TestHeaders holds that stored secrets are sent and not told.
func TestHeaders(t *testing.T) {
	s := &served{kind: "plain", before: func(w http.ResponseWriter, r map[string]any, _ int) bool {
		if r["cmd"] == "step" {
			http.Error(w, "your key hush-hush is not known", http.StatusForbidden)
		}
		return r["cmd"] == "step"
	}}
	config := s.start(t).Map()
	config["headers"] = map[string]any{"Authorization": "Bearer ${KEY}"}
	secret := func(name string) (string, error) {
		if name != "KEY" {
			return "", agent.Errorf(agent.CodeNotFound, "there is no secret %q", name)
		}
		return "hush-hush", nil
	}
	env := open(t, agent.MustObject(config), remote.Options{Secret: secret})
	state, err := env.Reset(t.Context(), agent.Task{Purpose: "count"})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.headers.Get("Authorization"); got != "Bearer hush-hush" {
		t.Errorf("sent %q", got)
	}
	if _, err := env.Execute(t.Context(), add, state); err == nil || strings.Contains(err.Error(), "hush-hush") || !strings.Contains(err.Error(), "[secret KEY]") {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{"${OTHER}": `there is no secret "OTHER"`, "a\nb": "can't be a header"} {
		config["headers"] = map[string]any{"X-Key": text}
		_, err := remote.New(agent.MustObject(config), remote.Options{Secret: secret})
		if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(fmt.Sprint(fieldsOf(err)), want) {
			t.Errorf("%q: got %v %v, want %s", text, err, fieldsOf(err), want)
		}
	}
}

// fieldsOf are the messages of an error by property.
func fieldsOf(err error) map[string]string {
	if e, ok := errors.AsType[*agent.Error](err); ok {
		return e.Fields
	}
	return nil
}

// TestAddresses holds which addresses are taken.
func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"http://169.254.169.254/":     "where clouds keep the metadata of machines",
		"http://10.1.2.3/":            "--allow-private-hosts",
		"http://[fd00:ec2::254]/":     "where clouds keep",
		"http://[::ffff:10.1.2.3]/":   "--allow-private-hosts",
		"http://0.0.0.0:1/":           "--allow-private-hosts",
		"http://user:word@127.0.0.1/": "no name and no password",
		"ftp://127.0.0.1/":            "must be an address such as",
		"http://":                     "must be an address such as",
		"http://127.0.0.1:1/":         "can't be reached",
	} {
		_, err := remote.New(agent.MustObject(map[string]any{"url": address}), remote.Options{})
		if text := agent.MessageOf(err) + fmt.Sprint(fieldsOf(err)); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(text, want) {
			t.Errorf("%s: got %s, want %s", address, text, want)
		}
	}
}

// TestExamineServer has servers examined that keep the protocol and that do not.
func TestExamineServer(t *testing.T) {
	for _, test := range []struct {
		name, kind string
		change     func(s *served)
		broken     string
	}{
		{"a good one", "powers legal,verify,restore,purpose,judge", nil, ""},
		{"one without powers", "powers purpose", nil, ""},
		{"does it twice", "powers legal,verify,purpose", func(s *served) {
			s.before = func(_ http.ResponseWriter, r map[string]any, _ int) bool {
				if one := s.sessions[r["session"].(string)]; one != nil {
					one.last = 0 // it remembers no answer
				}
				return false
			}
		}, "a request that is sent again is answered as before, and not done twice"},
		{"one episode for all", "powers legal,verify,purpose", func(s *served) {
			shared := &child{kind: "powers legal,verify,purpose"}
			s.before = func(_ http.ResponseWriter, r map[string]any, _ int) bool {
				if one := s.sessions[r["session"].(string)]; one != nil {
					shared.out, one.child = one.child.out, shared
				}
				return false
			}
		}, "an episode in one session leaves those in others alone"},
		{"closes nothing", "powers legal,verify,purpose", func(s *served) {
			s.before = func(w http.ResponseWriter, r map[string]any, _ int) bool {
				if r["cmd"] == "close" {
					_, _ = fmt.Fprintf(w, `{"id":%v}`, r["id"])
				}
				return r["cmd"] == "close"
			}
		}, "a session is over when it is told to close"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &served{kind: test.kind}
			if test.change != nil {
				test.change(s)
			}
			broken, powers := "", []remote.Power(nil)
			sound := remote.Examine(t.Context(), s.start(t), remote.Options{}, "", 1, func(f remote.Finding) {
				if f.Err != nil && broken == "" {
					broken = f.Promise
				}
				powers = append(powers, f.Powers...)
				t.Log(f.Promise, f.Note, f.Err)
			})
			if sound != (test.broken == "") || broken != test.broken {
				t.Errorf("sound %v, broken %q, want %q", sound, broken, test.broken)
			}
			for _, p := range powers {
				if p.Has != strings.Contains(test.kind, p.Name) || p.Has == (p.How != "") {
					t.Errorf("told of a power %+v", p)
				}
			}
			if len(powers) < 7 {
				t.Errorf("told of %d powers", len(powers))
			}
		})
	}
}
