package remote_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/environments/remote"
)

// program is the configuration and the options of one of the test's programs.
func program(t testing.TB, kind string) (agent.Object, remote.Options) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return agent.MustObject(map[string]any{"command": []string{self}}),
		// A program with the race detector would sleep a second before it ends.
		remote.Options{Env: append(os.Environ(), childVariable+"="+kind, "GORACE=atexit_sleep_ms=0"), CloseTimeout: 5 * time.Second}
}

func begin(t *testing.T, kind string, change func(*remote.Options)) (agent.Environment, agent.State) {
	t.Helper()
	config, o := program(t, kind)
	if change != nil {
		change(&o)
	}
	env := open(t, config, o)
	state, err := env.Reset(t.Context(), agent.Task{Purpose: "count", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return env, state
}

var add = agent.NewAction("add")

// TestMisbehaviour has a program go wrong in its second step: the step fails
// with what happened, and the next task finds a fresh program.
func TestMisbehaviour(t *testing.T) {
	short := func(o *remote.Options) { o.AnswerTimeout = 2 * time.Second }
	tests := []struct {
		name   string
		kind   string
		change func(*remote.Options)
		code   agent.Code
		want   []string
	}{
		{"dies", "dies", nil, agent.CodeUnavailable, []string{"exit status 7", "asked to step", "Traceback", "oh no"}},
		{"is killed", "is killed", nil, agent.CodeUnavailable, []string{"signal: killed"}},
		{"prints junk", "prints junk", nil, agent.CodeUnavailable, []string{`"debug: adding one"`, "print to standard error instead"}},
		{"floods", "floods", nil, agent.CodeUnavailable, []string{"flood"}},
		{"floods one line", "floods one line", nil, agent.CodeUnavailable, []string{"a line of more than 16777216 bytes"}},
		{"is late", "is late", short, agent.CodeTimeout, []string{"did not answer \"step\" within 2s (timeout_seconds)", "the child is late begins"}},
		{"closes its input", "closes its input", short, agent.CodeTimeout, []string{"did not answer"}},
		{"closes its output", "closes its output", short, agent.CodeTimeout, []string{"did not answer"}},
		{"half an object", `answers {"id":ID,"obs`, nil, agent.CodeUnavailable, []string{"not a valid JSON object"}},
		{"a list", `answers [1]`, nil, agent.CodeUnavailable, []string{"standard output, which is for answers only"}},
		{"two objects", `answers {"id":ID}{"id":ID}`, nil, agent.CodeUnavailable, []string{"one JSON object in one line"}},
		{"bad UTF-8", "answers {\"id\":ID,\"observation\":\"\xff\"}", nil, agent.CodeUnavailable, []string{"UTF-8"}},
		{"too deep", `answers {"id":ID,"state":{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}}`, nil, agent.CodeUnavailable, []string{"nested deeper"}},
		{"no id", `answers {"observation":"x"}`, nil, agent.CodeUnavailable, []string{`without "id"`}},
		{"another id", `answers {"id":1,"observation":"x"}`, nil, agent.CodeUnavailable, []string{"the id 1 to request 4"}},
		{"an id of text", `answers {"id":"ID","observation":"x"}`, nil, agent.CodeUnavailable, []string{`"id" must be a whole number, got the string`}},
		{"no observation", `answers {"id":ID}`, nil, agent.CodeUnavailable, []string{`"observation" is missing`}},
		{"reserved key", `answers {"id":ID,"observation":"x","state":{"_error":"x"}}`, nil, agent.CodeUnavailable, []string{"_error", "reserved"}},
		{"no legal", `answers {"id":ID,"observation":"x","judge":{"success":false}}`, nil, agent.CodeUnavailable, []string{`"legal" is missing or empty`}},
		{"unknown legal", `answers {"id":ID,"observation":"x","legal":[{"name":"fly"}],"judge":{"success":false}}`, nil, agent.CodeUnavailable, []string{`unknown action "fly"`, "add, ask"}},
		{"mistyped legal", `answers {"id":ID,"observation":"x","legal":[{"name":"ask","params":{"n":"1"}}],"judge":{"success":false}}`, nil, agent.CodeUnavailable, []string{"must be of type integer"}},
		{"doubled legal", `answers {"id":ID,"observation":"x","legal":[{"name":"add"},{"name":"add","params":{}}],"judge":{"success":false}}`, nil, agent.CodeUnavailable, []string{"twice"}},
		{"DONE is legal", `answers {"id":ID,"observation":"x","legal":[{"name":"DONE"}],"judge":{"success":false}}`, nil, agent.CodeUnavailable, []string{"never listed"}},
		{"many legal", `answers {"id":ID,"observation":"x","legal":[` + strings.Repeat(`{"name":"add"},`, 1000) + `{"name":"add"}],"judge":{"success":false}}`, nil, agent.CodeUnavailable, []string{"lists 1001 actions; at most 1000"}},
		{"10,000 legal", `answers {"id":ID,"observation":"x","legal":[MANY],"judge":{"success":false}}`, nil, agent.CodeUnavailable, []string{"lists 10000 actions; at most 1000"}},
		{"a score of NaN", `answers {"id":ID,"observation":"x","done":true,"judge":{"success":true,"score":NaN}}`, nil, agent.CodeUnavailable, []string{`write one JSON object`}},
		{"a huge score", `answers {"id":ID,"observation":"x","done":true,"judge":{"success":true,"score":1e300}}`, nil, agent.CodeUnavailable, []string{`"judge.score" is 1e+300; it must be 0 to 1`}},
		{"cut by a text", `answers {"id":ID,"observation":"x","truncated":"yes","judge":{"success":true}}`, nil, agent.CodeUnavailable, []string{`"truncated" must be true or false, got the string "yes"`}},
		{"no judge", `answers {"id":ID,"observation":"x","legal":[{"name":"add"}]}`, nil, agent.CodeUnavailable, []string{`"judge.success" is missing`}},
		{"a score too high", `answers {"id":ID,"observation":"x","done":true,"judge":{"success":true,"score":2}}`, nil, agent.CodeUnavailable, []string{`"judge.score" is 2`}},
		{"a reward without bounds", `answers {"id":ID,"observation":"x","done":true,"judge":{"success":true,"reward":1e999}}`, nil, agent.CodeUnavailable, []string{`judge.reward`}},
		{"state of text", `answers {"id":ID,"observation":"x","state":"x"}`, nil, agent.CodeUnavailable, []string{`"state" must be an object, got the string "x"`}},
		{"large state", "sends a large state", nil, agent.CodeUnavailable, []string{"at most 8388608"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env, state := begin(t, test.kind, test.change)
			state, err := env.Execute(t.Context(), add, state)
			if err != nil {
				t.Fatalf("the good step: %v", err)
			}
			_, err = env.Execute(t.Context(), add, state)
			if agent.CodeOf(err) != test.code {
				t.Errorf("code %s (%v), want %s", agent.CodeOf(err), err, test.code)
			}
			for _, want := range test.want {
				if !strings.Contains(agent.MessageOf(err), want) {
					t.Errorf("got %q, want %q in it", agent.MessageOf(err), want)
				}
			}
			if strings.ContainsRune(agent.MessageOf(err), '\x1b') {
				t.Errorf("the message %q commands a terminal", agent.MessageOf(err))
			}
			if _, err := env.Execute(t.Context(), add, state); agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(err.Error(), "next task starts it again") {
				t.Errorf("asked once more it says %v", err)
			}
			again, err := env.Reset(t.Context(), agent.Task{Purpose: "count", Seed: 1})
			if err != nil || again.Summary != "The counter is at 0." {
				t.Errorf("the next task begins with %q, %v", again.Summary, err)
			}
			if _, err := env.Execute(t.Context(), add, again); err != nil {
				t.Errorf("the fresh program's step: %v", err)
			}
		})
	}
}

// TestStrayLines holds that a line too many is never taken for an answer.
func TestStrayLines(t *testing.T) {
	env, state := begin(t, "speaks twice", nil)
	state, err := env.Execute(t.Context(), add, state)
	if err != nil {
		t.Fatal(err)
	}
	if state, err = env.Execute(t.Context(), add, state); err != nil || state.Summary != "one" {
		t.Fatalf("got %q, %v, want the first line", state.Summary, err)
	}
	if _, err := env.Execute(t.Context(), add, state); err == nil {
		t.Error("the second line was taken for an answer to the next request")
	}
	config, o := program(t, "talks unasked")
	unasked := open(t, config, o)
	if _, err := unasked.Reset(t.Context(), agent.Task{Purpose: "count"}); err == nil || !strings.Contains(err.Error(), "one line for each request") {
		t.Errorf("got %v, want what is wrong", err)
	}
}

// TestRefusal holds that a program's own error is a step's result and the
// program goes on.
func TestRefusal(t *testing.T) {
	for kind, want := range map[string]struct {
		code agent.Code
		text string
	}{
		"refuses":                {agent.CodeInvalid, "the counter is stuck[31m"},
		"refuses without a word": {agent.CodeUnavailable, "the program refused without a reason"},
	} {
		env, state := begin(t, kind, nil)
		state, err := env.Execute(t.Context(), add, state)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // it stands where it stood, and is asked again
			if _, err := env.Execute(t.Context(), add, state); agent.CodeOf(err) != want.code || agent.MessageOf(err) != want.text {
				t.Errorf("%s: got %v", kind, err)
			}
		}
	}
}

func TestHello(t *testing.T) {
	const head = `{"id":1,"protocol":1,"name":"x","description":"x",`
	tests := []struct{ name, kind, want string }{
		{"dies", "dies at once", "SyntaxError: nothing works"},
		{"no JSON", "hello hi", "standard output, which is for answers only"},
		{"another protocol", `hello {"id":1,"protocol":2}`, "speaks protocol 1"},
		{"no name", `hello {"id":1,"protocol":1}`, `"name"`},
		{"odd name", `hello {"id":1,"protocol":1,"name":"a b","description":"x"}`, `"name"`},
		{"no description", `hello {"id":1,"protocol":1,"name":"a"}`, `"description"`},
		{"no actions", `hello ` + head + `"actions":[]}`, `"actions" lists 0`},
		{"doubled", `hello ` + head + `"actions":[{"name":"a"},{"name":"a"}]}`, "announced twice"},
		{"reserved", `hello ` + head + `"actions":[{"name":"DONE"}]}`, "reserved"},
		{"nameless", `hello ` + head + `"actions":[{}]}`, "action name"},
		{"odd type", `hello ` + head + `"actions":[{"name":"a","params":[{"name":"p","type":"str"}]}]}`, `has the type "str"`},
		{"odd role", `hello ` + head + `"actions":[{"name":"a","params":[{"name":"p","type":"string","role":"x"}]}]}`, `has the role "x"`},
		{"enum of numbers", `hello ` + head + `"actions":[{"name":"a","params":[{"name":"p","type":"integer","enum":["1"]}]}]}`, "can't have an enum"},
		{"doubled param", `hello ` + head + `"actions":[{"name":"a","params":[{"name":"p","type":"string"},{"name":"p","type":"string"}]}]}`, "twice"},
		{"doubled value", `hello ` + head + `"actions":[{"name":"a","params":[{"name":"p","type":"string","enum":["u","u"]}]}]}`, "twice"},
		{"odd pointer", `hello ` + head + `"actions":[{"name":"a"}],"state":{"things":"things"}}`, "JSON pointer"},
		{"odd vocabulary", `hello ` + head + `"actions":[{"name":"a"}],"state":{"vocabulary":{"colour":[""]}}}`, "vocabulary"},
		{"actions of text", `hello ` + head + `"actions":"all"}`, `"actions" must be a list, got the string "all"`},
		{"refuses", `hello {"id":1,"error":{"message":"not today"}}`, "not today"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, o := program(t, test.kind)
			_, err := remote.New(config, o)
			if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	config, o := program(t, "silent from the start")
	o.StartTimeout = 200 * time.Millisecond
	if _, err := remote.New(config, o); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), "timeout_seconds, here more than 0, up to 600") {
		t.Errorf("a silent program: %v, want that it fails and names the setting", err)
	}
}

// TestIsNotStartedForEver holds that a program that can go on from a state, but
// does not come up again, is started a few times and no more.
func TestIsNotStartedForEver(t *testing.T) {
	starts := filepath.Join(t.TempDir(), "starts")
	env, state := begin(t, "starts once", func(o *remote.Options) {
		o.Env = append(o.Env, startsVariable+"="+starts)
	})
	state, err := env.Execute(t.Context(), add, state)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for range 8 {
		_, err := env.Execute(t.Context(), add, state)
		if err == nil {
			t.Fatal("a program that does not run has answered")
		}
		said = append(said, err.Error())
	}
	if raw, err := os.ReadFile(starts); err != nil || len(raw) != 4 {
		t.Errorf("it was started %d times, %v, want once and three times more", len(raw), err)
	}
	if !strings.Contains(said[7], "started 3 times without a good hello and is not started again in this run") || !strings.Contains(said[7], "exit status 1") {
		t.Errorf("it said %q", said)
	}
}

// TestAnotherWorld holds that a restarted program must be the same world.
func TestAnotherWorld(t *testing.T) {
	env, state := begin(t, "another each time", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := env.Execute(ctx, add, state); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if _, err := env.Execute(t.Context(), add, state); err != nil {
		t.Errorf("a request that was never sent has ended the program: %v", err)
	}
}

// TestPowers holds that exactly the announced powers are there.
func TestPowers(t *testing.T) {
	for bits := range 32 {
		list := []string{"legal"}
		for i, name := range []string{"verify", "potential", "picture", "restore", "judge"} {
			if bits&(1<<i) != 0 {
				list = append(list, name)
			}
		}
		config, o := program(t, "powers "+strings.Join(list, ","))
		env := open(t, config, o)
		_, v := env.(agent.Verifier)
		_, p := env.(agent.Potential)
		_, d := env.(agent.Picturer)
		_, r := env.(agent.Restorer)
		_, j := env.(agent.Judge)
		_, c := env.(io.Closer)
		_, w := env.(interface{ Timeout() time.Duration })
		for i, has := range []bool{v, p, d, r, j} {
			if has != (bits&(1<<i) != 0) {
				t.Errorf("%v: power %d is %v", list, i, has)
			}
		}
		if !c || !w {
			t.Errorf("%v: no Closer, or no Timeout", list)
		}
	}
}

func TestConforms(t *testing.T) {
	for _, kind := range []string{"powers verify", "powers legal,verify,potential,picture,restore", "powers legal,verify,stateless"} {
		t.Run(kind, func(t *testing.T) {
			config, o := program(t, kind)
			fresh := fewOpen(t, func() agent.Environment { return open(t, config, o) })
			conformance.Environment(t, fresh, agent.Task{Purpose: "count", Seed: 1})
		})
	}
}

// fewOpen closes the oldest of many environments: the suite makes some
// hundred, and uses a few at a time.
func fewOpen(t *testing.T, fresh func() agent.Environment) func() agent.Environment {
	t.Helper()
	var opened []agent.Environment
	return func() agent.Environment {
		if len(opened) == 4 {
			if err := opened[0].(io.Closer).Close(); err != nil {
				t.Error(err)
			}
			opened = opened[1:]
		}
		env := fresh()
		opened = append(opened, env)
		return env
	}
}

// TestRestart holds that a program that can go on from a state is started
// again in mid-episode.
func TestRestart(t *testing.T) {
	for _, kind := range []string{"powers restore,verify", "powers stateless,verify"} {
		env, state := begin(t, kind, nil)
		for range 3 {
			var err error
			if state, err = env.Execute(t.Context(), add, state); err != nil {
				t.Fatal(err)
			}
		}
		other, _ := begin(t, kind, nil)
		if err := other.(agent.Restorer).Restore(t.Context(), agent.Task{Purpose: "count"}, state); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		after, err := other.Execute(t.Context(), add, state)
		if err != nil || after.Summary != "The counter is at 4." {
			t.Errorf("%s: got %q, %v, want 4", kind, after.Summary, err)
		}
	}
	env, state := begin(t, "powers restore,verify,wrongly", nil)
	if err := env.(agent.Restorer).Restore(t.Context(), agent.Task{Purpose: "count"}, state); err == nil || !strings.Contains(err.Error(), "another state") {
		t.Errorf("got %v, want that it restored another state", err)
	}
}

// TestGivenState begins in a state that a person wrote down.
func TestGivenState(t *testing.T) {
	given := agent.State{Data: `{"value":42}`, Summary: "The counter is at 42."}
	env, _ := begin(t, "powers restore,verify,legal", nil)
	if err := env.(agent.Restorer).Restore(t.Context(), agent.Task{Purpose: "count"}, given); err != nil {
		t.Fatal(err)
	}
	if n := len(env.(agent.Legal).LegalActions(given)); n != 3 {
		t.Errorf("%d legal actions in the given state, want 3", n)
	}
	if after, err := env.Execute(t.Context(), add, given); err != nil || after.Summary != "The counter is at 43." {
		t.Errorf("got %q, %v", after.Summary, err)
	}
	stateless, _ := begin(t, "powers stateless,verify", nil)
	if err := stateless.(agent.Restorer).Restore(t.Context(), agent.Task{Purpose: "count"}, given); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("got %v, want CodeInvalid", err)
	}
}

// TestNothingLeaks holds that the judgement and the hidden part are on no side
// that an actor sees, and that the verdict knows them.
func TestNothingLeaks(t *testing.T) {
	env, state := begin(t, "powers verify,potential", nil)
	state, err := env.Execute(t.Context(), add, state)
	if err != nil {
		t.Fatal(err)
	}
	seen := state.Data.String() + state.Summary + env.(agent.Describer).Describe().Text
	for _, secret := range []string{"sesame", "score", "0.01", "success", "reward"} {
		if strings.Contains(seen, secret) {
			t.Errorf("%q can be seen in %q", secret, seen)
		}
	}
	verdict, err := env.(agent.Verifier).Verify(t.Context(), state)
	if err != nil || verdict.Success || verdict.Score != 0.01 || verdict.Reward == nil || *verdict.Reward != -0.5 {
		t.Errorf("verdict %+v, %v", verdict, err)
	}
	if phi, err := env.(agent.Potential).Potential(state.WithError("x")); err != nil || phi != 0.1 {
		t.Errorf("Φ %v, %v, want 0.1", phi, err)
	}
}

// TestJudge holds that a program says at the end what it did not say before.
func TestJudge(t *testing.T) {
	for kind, want := range map[string]string{"powers judge,legal": "", "powers judge,stateless": "", "powers judge,restore": "", "powers judge,wrongly": "must be 0 to 1"} {
		env, first := begin(t, kind, nil)
		state := first
		for range 2 {
			var err error
			if state, err = env.Execute(t.Context(), add, state); err != nil {
				t.Fatal(err)
			}
		}
		if _, verifies := env.(agent.Verifier); verifies {
			t.Errorf("%s: it tells before the end", kind)
		}
		verdict, err := env.(agent.Judge).Judge(t.Context(), state)
		if want != "" {
			if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), want) {
				t.Errorf("%s: got %v", kind, err)
			}
			continue
		}
		if err != nil || !verdict.Success || verdict.Score != .25 || verdict.Reward == nil || *verdict.Reward != 2 {
			t.Errorf("%s: judged %+v, %v", kind, verdict, err)
		}
		if _, err := env.(agent.Judge).Judge(t.Context(), first); (err == nil) != strings.Contains(kind, "st") {
			t.Errorf("%s: of an earlier state: %v", kind, err)
		}
	}
}

func TestPicture(t *testing.T) {
	env, state := begin(t, "draws", nil)
	if svg, err := env.(agent.Picturer).Picture(state); err != nil || !strings.Contains(svg, "<text>0</text>") {
		t.Errorf("got %q, %v", svg, err)
	}
	env, state = begin(t, "draws a script", nil)
	if _, err := env.(agent.Picturer).Picture(state); err == nil || !strings.Contains(err.Error(), "<script>") {
		t.Errorf("got %v, want a refusal", err)
	}
}

// TestStandardErrorIsBounded holds that much of it neither blocks the program
// nor fills the log.
func TestStandardErrorIsBounded(t *testing.T) {
	var log lockedBuffer
	env, state := begin(t, "floods standard error", func(o *remote.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	for range 2 {
		var err error
		if state, err = env.Execute(t.Context(), add, state); err != nil {
			t.Fatal(err)
		}
	}
	if err := env.(io.Closer).Close(); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	if len(text) > 100_000 || !strings.Contains(text, "the rest is not logged") {
		t.Errorf("%d bytes were logged", len(text))
	}
}

// TestEndsWithItsFamily holds that a program that will not go, and what it has
// started, are ended.
func TestEndsWithItsFamily(t *testing.T) {
	var log lockedBuffer
	env, _ := begin(t, "never ends with family", func(o *remote.Options) {
		o.CloseTimeout = 100 * time.Millisecond
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	for range 2 { // closing again does nothing
		if err := env.(io.Closer).Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := env.Reset(t.Context(), agent.Task{Purpose: "count"}); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Errorf("a closed environment began a task: %v", err)
	}
	found := regexp.MustCompile(`family (\d+)`).FindStringSubmatch(log.String())
	if found == nil {
		t.Fatalf("the program told of no family: %s", log.String())
	}
	pid, _ := strconv.Atoi(found[1])
	for syscall.Kill(pid, 0) == nil && !zombie(pid) { // it was told to end; the test's time limit is the judge
		if t.Context().Err() != nil {
			t.Fatalf("process %d was left behind", pid)
		}
		runtime.Gosched()
	}
}

// zombie reports whether the process has ended and only waits to be reaped, by
// whoever adopted it.
func zombie(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || regexp.MustCompile(`\) [ZX] `).Match(raw)
}

func TestDrawPurpose(t *testing.T) {
	config, o := program(t, "powers purpose")
	if p, err := remote.DrawPurpose(config, o, 7); err != nil || p != "reach 7" {
		t.Errorf("got %q, %v", p, err)
	}
	config, o = program(t, "powers legal")
	if _, err := remote.DrawPurpose(config, o, 7); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("got %v, want that nobody says a purpose", err)
	}
}

// TestCancelled holds that a request is given up with its context.
func TestCancelled(t *testing.T) {
	env, state := begin(t, "is late", nil)
	state, err := env.Execute(t.Context(), add, state)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := env.Execute(ctx, add, state); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
