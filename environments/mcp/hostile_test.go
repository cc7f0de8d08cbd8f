package mcp_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/mcp"
)

// TestMisbehaviour has a server go wrong in a call: the step fails with what
// happened, and the next task finds the server again.
func TestMisbehaviour(t *testing.T) {
	for _, test := range []struct {
		kind string
		code agent.Code
		want []string
	}{
		{"dies", agent.CodeUnavailable, []string{"the server bad ended (exit status 7)", "Traceback: oh [31mno", "asked to call go; whether that was done is not known"}},
		{"is killed", agent.CodeUnavailable, []string{"signal: killed"}},
		{"never answers", agent.CodeTimeout, []string{"did not answer within 1s when it was asked to call go", "whether it was done is not known", "the child never answers begins"}},
		{"prints junk", agent.CodeUnavailable, []string{`wrote "debug: calling" to standard output`, "standard error instead"}},
		{"half a message", agent.CodeUnavailable, []string{"no message of JSON-RPC"}},
		{"no JSON-RPC", agent.CodeUnavailable, []string{`sent "{\"hello\":\"world\"}"`, "no message of JSON-RPC"}},
		{"nonsense", agent.CodeUnavailable, []string{"failed when it was asked to call go"}},
		{"odd content", agent.CodeUnavailable, []string{"failed when it was asked to call go"}},
		{"floods", agent.CodeUnavailable, []string{"floods us"}},
		{"50 MB", agent.CodeUnavailable, []string{"sent a message of more than 16777216 bytes"}},
		{"another id", agent.CodeTimeout, []string{"did not answer"}},
		{"closes its output", agent.CodeTimeout, []string{"did not answer"}},
		{"deep", agent.CodeUnavailable, []string{"no message of JSON-RPC that can be read"}},
		{"refuses", agent.CodeInvalid, []string{"refused to call go: not [31mtoday"}},
		{"needs input", agent.CodeInvalid, []string{"the tool go asks a person for input"}},
		{"is broken", agent.CodeUnavailable, []string{"refused to call go: stack trace"}},
	} {
		t.Run(test.kind, func(t *testing.T) {
			config, o := program(t, test.kind, nil)
			o.AnswerTimeout = time.Second
			if test.code != agent.CodeTimeout {
				o.AnswerTimeout = time.Minute
			}
			env := open(t, config, o)
			state := begin(t, env)
			for range 2 { // and once more, by a new process where it has to be
				_, err := env.Execute(t.Context(), agent.NewAction("go"), state)
				if agent.CodeOf(err) != test.code {
					t.Errorf("code %s (%v), want %s", agent.CodeOf(err), err, test.code)
				}
				contains(t, agent.MessageOf(err), test.want...)
				if strings.ContainsRune(agent.MessageOf(err), '\x1b') || len(agent.MessageOf(err)) > 5000 {
					t.Errorf("the message %q commands a terminal, or is long", agent.Clip(agent.MessageOf(err), 200))
				}
			}
			if again := begin(t, env); again.Summary != state.Summary {
				t.Errorf("the next task begins with %q", again.Summary)
			}
		})
	}
}

// TestOddAnswers are answers that are unusual, and no fault.
func TestOddAnswers(t *testing.T) {
	for kind, want := range map[string]string{
		"asks back": "go answered: asked",
		"a batch":   "go answered: batched",
		"5 MB":      "bytes are left out]",
	} {
		config, o := program(t, kind, nil)
		env := open(t, config, o)
		state := do(t, env, begin(t, env), "go", nil)
		contains(t, state.Summary+state.Data.String(), want)
		if len(state.Data) > 20_000 {
			t.Errorf("%s: the state has %d bytes", kind, len(state.Data))
		}
	}
}

// TestOddBeginnings are servers that can't be used at all.
func TestOddBeginnings(t *testing.T) {
	for kind, want := range map[string]string{
		"dies at once":     "ModuleNotFoundError: nothing works",
		"silent":           "did not answer within 2s when it was asked to connect",
		"odd version":      `unsupported protocol version: "1999-01-01"`,
		"no initialize":    "failed when it was asked to connect",
		"500 tools":        "the server offers 501 tools, and at most 100 can be actions: name those that are needed",
		"2500 tools":       "lists more than 2000 tools",
		"endless list":     "more than 100 pages",
		"list of nonsense": "failed when it was asked to list its tools",
	} {
		t.Run(kind, func(t *testing.T) {
			config, o := program(t, kind, map[string]any{"protocol": "2025-11-25"})
			o.StartTimeout, o.AnswerTimeout = 2*time.Second, 2*time.Second
			if kind != "silent" {
				o.StartTimeout, o.AnswerTimeout = time.Minute, time.Minute
			}
			env, err := mcp.New(config, o)
			if err == nil {
				_ = env.(io.Closer).Close()
			}
			if agent.CodeOf(err) != agent.CodeInvalid {
				t.Errorf("got %v", err)
			}
			contains(t, err.Error(), want)
		})
	}
	config, o := program(t, "500 tools", map[string]any{"tools": []string{"tool7", "tool499"}})
	if got := open(t, config, o).Actions(); len(got) != 2 {
		t.Errorf("%d actions of the two that were named", len(got))
	}
}

// TestNames holds that no tool is taken for an action of ours, or for another.
func TestNames(t *testing.T) {
	config, o := program(t, "odd names", nil)
	env := open(t, config, o)
	var got []string
	for _, s := range env.Actions() {
		got = append(got, s.Name)
	}
	if want := []string{"go", "tool_DONE", "tool_done", "tool_NO_ACTION", "a_b", "tool_a_b", "tool_a_b_2", "_7up", "tool", "read_resource"}; !slices.Equal(got, want) {
		t.Errorf("actions %q, want %q", got, want)
	}
	state := begin(t, env)
	contains(t, state.Data.String(), "The tool go can't be used: it is offered twice.")
	do(t, env, state, "tool_DONE", nil)
}

// TestSchemas holds that a tool with a wrong schema is refused by itself.
func TestSchemas(t *testing.T) {
	config, o := program(t, "odd schemas", nil)
	env := open(t, config, o)
	if got := env.Actions(); len(got) != 1 || got[0].Name != "go" {
		t.Errorf("the actions are %+v", got)
	}
	state := begin(t, env)
	for _, name := range []string{"text", "list", "typo", "fetches", "null", "deep", "large", "none"} {
		contains(t, state.Data.String(), "The tool "+name+" can't be used: it has ")
	}
	do(t, env, state, "go", nil)
}

// TestProbe holds that finding out the revision harms no server of before: it is
// done by a process of its own, once.
func TestProbe(t *testing.T) {
	for kind, want := range map[string]int{"plain": 2, "old and exits": 2, "old and silent": 2} { // the probe, and the session
		t.Run(kind, func(t *testing.T) {
			starts := filepath.Join(t.TempDir(), "starts")
			config, o := program(t, kind, nil)
			o.Env, o.Eras = append(o.Env, startsFile+"="+starts), mcp.NewEras()
			if kind == "old and silent" {
				o.ProbeTimeout = 300 * time.Millisecond
			}
			for i := range 2 {
				env := open(t, config, o)
				do(t, env, begin(t, env), "go", nil)
				raw, err := os.ReadFile(starts)
				if err != nil || len(raw) != want+i {
					t.Errorf("it was started %d times, %v; want %d: the probe is remembered", len(raw), err, want+i)
				}
			}
		})
	}
}

// lines keeps what is logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestNeverEnds holds that a server that does not want to end is ended, with what
// it started.
func TestNeverEnds(t *testing.T) {
	config, o := program(t, "never ends", map[string]any{"protocol": "2025-11-25"})
	logged := &lines{}
	o.Logger, o.CloseTimeout = slog.New(slog.NewTextHandler(logged, nil)), 100*time.Millisecond
	env := open(t, config, o)
	do(t, env, begin(t, env), "go", nil)
	if err := env.(io.Closer).Close(); err != nil {
		t.Error(err)
	}
	found := regexp.MustCompile(`family (\d+)`).FindStringSubmatch(logged.String())
	if found == nil {
		t.Fatalf("it logged %s", logged)
	}
	pid, _ := strconv.Atoi(found[1])
	if err := syscall.Kill(pid, 0); err == nil && !ended(pid) {
		t.Errorf("process %d, which it started, is still there", pid)
	}
}

// ended reports whether a process has ended and waits for whoever inherited it.
func ended(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(raw), ") Z ")
}

// TestHostileWeb has servers over HTTP go wrong.
func TestHostileWeb(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, id string)
		code   agent.Code
		want   string
	}{
		"an error":   {func(w http.ResponseWriter, _ string) { http.Error(w, "no", http.StatusInternalServerError) }, agent.CodeUnavailable, "Internal Server Error"},
		"no session": {func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusNotFound) }, agent.CodeUnavailable, "that was not done"},
		"no JSON":    {func(w http.ResponseWriter, _ string) { reply(w, "application/json", "hello") }, agent.CodeUnavailable, "failed when it was asked to call go"},
		"a page":     {func(w http.ResponseWriter, _ string) { reply(w, "text/html", "<p>") }, agent.CodeUnavailable, "text/html"},
		"50 MB":      {func(w http.ResponseWriter, _ string) { reply(w, "application/json", strings.Repeat(" ", 50<<20)) }, agent.CodeUnavailable, "more than 16777216 bytes"},
		"50 MB streamed": {func(w http.ResponseWriter, _ string) {
			reply(w, "text/event-stream", "data: "+strings.Repeat("x", 50<<20))
		}, agent.CodeUnavailable, "call go"},
		"breaks off": {func(w http.ResponseWriter, _ string) {
			reply(w, "text/event-stream", "data: {\"jsonrpc\"")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, agent.CodeUnavailable, "terminated without response"},
		"never answers": {func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.(http.Flusher).Flush()
			time.Sleep(3 * time.Second)
		}, agent.CodeTimeout, "did not answer within 1s"},
		"floods": {func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Type", "text/event-stream")
			line := []byte(`data: {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"` + strings.Repeat("x", 10_000) + `"}}` + "\n\n")
			for range 1 << 20 {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}, agent.CodeUnavailable, "floods us"},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { badWeb(w, r, test.answer) }))
			t.Cleanup(web.Close)
			o := mcp.Options{AnswerTimeout: time.Minute, StartTimeout: time.Minute, CloseTimeout: time.Second}
			if test.code == agent.CodeTimeout {
				o.AnswerTimeout = time.Second
			}
			env := open(t, agent.MustObject(map[string]any{"url": web.URL, "protocol": "2025-11-25"}), o)
			state := begin(t, env)
			refused(t, env, state, test.code, test.want, "go", nil)
			begin(t, env) // connected anew where it has to be
		})
	}
	for name, address := range map[string]string{"nobody there": "http://127.0.0.1:1/mcp"} {
		_, err := mcp.New(agent.MustObject(map[string]any{"url": address}), mcp.Options{})
		if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func reply(w http.ResponseWriter, kind, text string) {
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, text)
}

// badWeb is a server that goes wrong in a call.
func badWeb(w http.ResponseWriter, r *http.Request, answer func(w http.ResponseWriter, id string)) {
	raw, _ := io.ReadAll(r.Body)
	id := regexp.MustCompile(`"id":(\d+)`).FindSubmatch(raw)
	switch text := string(raw); {
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case id == nil:
		w.WriteHeader(http.StatusAccepted)
	case strings.Contains(text, `"initialize"`):
		w.Header().Set("Mcp-Session-Id", "one")
		reply(w, "application/json", `{"jsonrpc":"2.0","id":`+string(id[1])+`,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"bad","version":"1"}}}`)
	case strings.Contains(text, `"tools/list"`):
		reply(w, "application/json", `{"jsonrpc":"2.0","id":`+string(id[1])+`,"result":{"tools":[{"name":"go","inputSchema":{"type":"object"}}]}}`)
	default:
		answer(w, string(id[1]))
	}
}
