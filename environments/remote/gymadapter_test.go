package remote_test

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments/remote"
)

// gym is the configuration of one of testdata's environments behind the
// adapter of docs/remote.
func gym(t *testing.T, name string, arguments ...string) agent.Object {
	t.Helper()
	path, err := exec.CommandContext(t.Context(), "python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatal("this test needs python3; scripts/setup-tests.sh installs it")
	}
	script, err := filepath.Abs("testdata/fake_envs.py")
	if err != nil {
		t.Fatal(err)
	}
	return agent.MustObject(map[string]any{"command": append([]string{strings.TrimSpace(string(path)), script, name}, arguments...), "timeout_seconds": 60})
}

// labels lists actions as people read them.
func labels(actions []agent.Action) string {
	all := make([]string, len(actions))
	for i, a := range actions {
		all[i] = a.Label()
	}
	return strings.Join(all, "; ")
}

// TestGymAdapter plays one episode in each environment and holds what can be
// seen, done and judged in it.
func TestGymAdapter(t *testing.T) {
	type moment struct{ state, legal, end string } // end: "", "over" or "cut"
	tests := []struct {
		name, env string
		arguments []string
		purpose   string // "" where the environment draws it
		do        []agent.Action
		first     moment
		last      moment
		verdict   agent.Verdict
	}{
		{name: "discrete", env: "Lake", purpose: "x", do: []agent.Action{agent.NewAction("action_1")},
			first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"4"}`, "", "over"}, verdict: agent.Verdict{Success: true, Score: 1}},
		{name: "with names", env: "Lake", arguments: []string{"--actions", "left,right", "--parts", "cell", "--numbers", "cell"}, purpose: "x", do: []agent.Action{agent.NewAction("left")},
			first: moment{`{"cell":3}`, "left; right", ""}, last: moment{`{"cell":2}`, "left; right", ""}},
		{name: "with rules of its own", env: "Lake", arguments: []string{"--success", "steps == 2", "--score", "steps / 2"}, purpose: "x", do: []agent.Action{agent.NewAction("action_0")},
			first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"2"}`, "action_0; action_1", ""}, verdict: agent.Verdict{Score: .5}},
		{name: "a mask", env: "Masked", purpose: "x", do: []agent.Action{agent.NewAction("action_0"), agent.NewAction("action_0")},
			first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"1"}`, "action_1", ""}},
		{name: "a mask of nothing, which hides nothing", env: "Nothing", purpose: "x",
			first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"3"}`, "action_0; action_1", ""}},
		{name: "a cut", env: "Cut", purpose: "x", do: []agent.Action{agent.NewAction("action_0"), agent.NewAction("action_1"), agent.NewAction("action_0")},
			first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"2"}`, "", "cut"}},
		{name: "an end where the cut is", env: "Cut", purpose: "x", do: []agent.Action{agent.NewAction("action_0"), agent.NewAction("action_0"), agent.NewAction("action_0")},
			first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"0"}`, "", "over"}},
		{name: "the older form", env: "Old", purpose: "x", do: []agent.Action{agent.NewAction("action_0"), agent.NewAction("action_1")},
			first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"3"}`, "", "cut"}},
		{name: "a mission", env: "Mission", first: moment{`{"observation":"3"}`, "action_0; action_1", ""}, last: moment{`{"observation":"3"}`, "action_0; action_1", ""}},
		{name: "parts of every kind", env: "Robot", arguments: []string{"--success", "info.get('won')", "--numbers", "hand_0"}, purpose: "x",
			do:    []agent.Action{agent.NewAction("act", "arm", "-1", "legs_0", "1", "legs_1", "2", "lamp_0", "0")},
			first: moment{`{"hand_0":7,"hand_1":"1","lamps_0":false,"lamps_1":true,"note":"nothing","place_0":1.23,"place_1":null,"weight":3}`, "24", ""},
			last:  moment{`{"hand_0":7,"hand_1":"1","lamps_0":false,"lamps_1":true,"note":"arm -1 legs [1, 2] lamp [0]","place_0":1.23,"place_1":null,"weight":3}`, "24", ""}, verdict: agent.Verdict{Success: true, Score: 1}},
		{name: "a subclass", env: "Walker", do: []agent.Action{agent.NewAction("walk", "cell", "c2")},
			first: moment{`{"place":"c3"}`, `walk c2; walk c4`, ""}, last: moment{`{"place":"c2"}`, `walk c1; walk c3`, ""}, verdict: agent.Verdict{Score: .5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := gym(t, test.env, test.arguments...)
			env := open(t, config, remote.Options{})
			task := agent.Task{Purpose: test.purpose, Seed: 8}
			if task.Purpose == "" {
				var err error
				if task.Purpose, err = remote.DrawPurpose(config, remote.Options{}, task.Seed); err != nil {
					t.Fatal(err)
				}
			}
			state, err := env.Reset(t.Context(), task)
			if err != nil {
				t.Fatal(err)
			}
			check := func(state agent.State, want moment) {
				t.Helper()
				legal := env.(agent.Legal).LegalActions(state)
				got := moment{state: state.Data.String(), legal: labels(legal)}
				switch {
				case env.(agent.Truncater).Truncated(state):
					got.end = "cut"
				case env.IsTerminal(state):
					got.end = "over"
				}
				if want.legal == "24" && len(legal) == 24 {
					got.legal = "24"
				}
				if got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
			}
			check(state, test.first)
			for _, action := range test.do {
				if state, err = env.Execute(t.Context(), action, state); err != nil {
					t.Fatal(err)
				}
			}
			check(state, test.last)
			verdict, err := env.(agent.Verifier).Verify(t.Context(), state)
			if err != nil || verdict.Success != test.verdict.Success || verdict.Score != test.verdict.Score {
				t.Errorf("judged %+v (%v), want %+v", verdict, err, test.verdict)
			}
		})
	}
}

// TestGymAdapterRefuses holds what the adapter says of what it can't serve.
func TestGymAdapterRefuses(t *testing.T) {
	tests := []struct {
		name, env string
		arguments []string
		want      string
	}{
		{"an image", "Camera", nil, "is an image of (64, 48, 3): 9216 numbers are no state that rules can speak of (at most 64). Subclass Adapter and override state()"},
		{"an endless action", "Wheel", nil, "the actions are of the kind Box, which has no end of values"},
		{"too many actions", "Many", nil, "there are 2500 actions at once; at most 1000 can be offered"},
		{"an unknown space", "Odd", nil, "a space of the kind Sequence is not known here"},
		{"too few names of actions", "Lake", []string{"--actions", "left"}, "there are 2 actions and --actions names 1"},
		{"too many names of parts", "Lake", []string{"--parts", "a,b"}, "the observation has 1 parts and --parts names 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := remote.New(gym(t, test.env, test.arguments...), remote.Options{})
			if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

// TestGymAdapterKeepsItsPromises has the adapter examined, with and without the
// power to go on from a state.
func TestGymAdapterKeepsItsPromises(t *testing.T) {
	for _, test := range []struct {
		name, env string
		arguments []string
		purpose   string
	}{
		{"plain", "Masked", nil, "go right"},
		{"a mission", "Mission", nil, ""},
		{"replayed", "Lake", []string{"--replay"}, "go right"},
		{"a subclass, replayed", "Walker", []string{"--replay"}, ""},
		{"parts of every kind", "Robot", nil, "x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			remote.Examine(t.Context(), gym(t, test.env, test.arguments...), remote.Options{}, test.purpose, 7, func(f remote.Finding) {
				if f.Err != nil {
					t.Errorf("%s: %v", f.Promise, f.Err)
				}
			})
		})
	}
}

// gymServer starts one of testdata's environments behind the adapter's HTTP server,
// and returns its address.
func gymServer(t testing.TB, name string, arguments ...string) string {
	t.Helper()
	server := exec.Command("python3", append([]string{"testdata/fake_envs.py", name, "--http", "0"}, arguments...)...) // it is ended below
	server.Stderr = t.Output()
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "serving protocol 1 at "))
}

// TestGymAdapterServes has the adapter examined as a server.
func TestGymAdapterServes(t *testing.T) {
	config := agent.MustObject(map[string]any{"url": gymServer(t, "Lake", "--replay"), "timeout_seconds": 60})
	if !remote.Examine(t.Context(), config, remote.Options{}, "go right", 7, func(f remote.Finding) {
		if f.Err != nil {
			t.Errorf("%s: %v", f.Promise, f.Err)
		}
	}) {
		t.Error("it is not sound")
	}
	broken := agent.MustObject(map[string]any{"url": gymServer(t, "Broken"), "timeout_seconds": 60})
	env := open(t, broken, remote.Options{})
	state, err := env.Reset(t.Context(), agent.Task{Purpose: "x", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.Execute(t.Context(), agent.NewAction("action_0"), state); agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(err.Error(), "the environment broke") {
		t.Errorf("got %v, want that it broke", err)
	}
	if _, err := env.Reset(t.Context(), agent.Task{Purpose: "x", Seed: 1}); err != nil {
		t.Errorf("another episode: %v", err)
	}
}

// TestGymAdapterPurposes holds that a purpose is drawn without touching an
// episode in progress, and that another purpose than the environment's own is
// refused.
func TestGymAdapterPurposes(t *testing.T) {
	config, pool := gym(t, "Mission"), remote.NewPool(0, 0)
	defer func() { _ = pool.Close() }()
	env := open(t, config, remote.Options{Pool: pool})
	for seed := range int64(3) {
		purpose, err := remote.DrawPurpose(config, remote.Options{Pool: pool}, seed)
		if want := "go from " + string(rune('0'+seed)); err != nil || purpose != want {
			t.Errorf("got %q, %v, want %q", purpose, err, want)
		}
	}
	if _, err := env.Reset(t.Context(), agent.Task{Purpose: "go home", Seed: 7}); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), "go from 7") {
		t.Errorf("got %v, want that only its own purpose is judged", err)
	}
}
