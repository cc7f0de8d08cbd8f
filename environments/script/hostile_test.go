package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"purposeagent/agent"
)

// written is a configuration with a whole script, some names of which are replaced.
func written(lines map[string]string, limits map[string]any) agent.Object {
	parts := map[string]string{
		"top":         "",
		"actions":     `actions = ["go"]`,
		"reset":       "def reset(task):\n    return {\"n\": 0}",
		"execute":     "def execute(action, state):\n    state[\"n\"] += 1\n    return state",
		"is_terminal": "def is_terminal(state):\n    return state[\"n\"] > 3",
		"outcome":     "def outcome(state):\n    return state[\"n\"] > 3",
		"more":        "",
	}
	maps.Copy(parts, lines)
	var b strings.Builder
	for _, name := range []string{"top", "actions", "reset", "execute", "is_terminal", "outcome", "more"} {
		b.WriteString(parts[name] + "\n")
	}
	config := map[string]any{"script": b.String()}
	maps.Copy(config, limits)
	return agent.MustObject(config)
}

// body is a function execute of these lines.
func body(lines ...string) map[string]string {
	return map[string]string{"execute": "def execute(action, state):\n    " + strings.Join(lines, "\n    ") + "\n    return state"}
}

// hostile are scripts whose first step goes wrong, and what is said of it.
var hostile = []struct {
	name   string
	lines  map[string]string
	limits map[string]any
	want   []string // all in the message
	code   agent.Code
}{
	{"an endless loop", body("while True:", `    state["n"] += 1`), map[string]any{"steps": 10000}, []string{"line 7: took more than 10000 steps", "(in execute)"}, agent.CodeTimeout},
	{"an endless loop of slow steps", body("x = list(range(20000))", "while True:", "    y = sorted(x)"), map[string]any{"timeout_seconds": 1}, []string{"took longer than 1s", "line 8"}, agent.CodeTimeout},
	{"one step without an end", body(`x = "a" * 10000000`, `y = x.count("a" * 5000000 + "b" + "a" * 4000000)`, "for i in range(100000):", `    x.replace("a", "b")`), map[string]any{"timeout_seconds": 1}, []string{"took longer than 1s"}, agent.CodeTimeout},
	{"a list of 16 GB", body("x = [0] * 1000000000"), nil, []string{"128 MB of memory"}, agent.CodeInvalid},
	{"a list of a range", body("x = list(range(1000000000))"), nil, []string{"128 MB of memory"}, agent.CodeInvalid},
	{"a text of 10 GB, doubled", body(`x = "a"`, "for i in range(40):", "    x += x"), nil, []string{"128 MB of memory"}, agent.CodeInvalid},
	{"a text of 10 GB at once", body(`x = "0123456789" * 1000000000`), nil, []string{"line 6: excessive repeat"}, agent.CodeInvalid},
	{"a dict bomb", body("x = {}", "for i in range(100000000):", `    x[i] = "0123456789" * (100 + i % 2)`), map[string]any{"steps": 100000000, "timeout_seconds": 10, "memory_mb": 32}, []string{"32 MB of memory"}, agent.CodeInvalid},
	{"a dict in itself, many times", body(`x = {"a": 1}`, "for i in range(40):", `    x = {"a": x, "b": x}`, `state["x"] = x`), nil, []string{"line 5: state is larger than"}, agent.CodeInvalid},
	{"a state in itself", body(`state["x"] = state`), nil, []string{"nested deeper than", "or holds itself"}, agent.CodeInvalid},
	{"a shift by a billion", body("x = 1 << 1000000000"), nil, []string{"line 6: shift count too large"}, agent.CodeInvalid},
	{"a number squared over and over", body("x = 3", "for i in range(60):", "    x = x * x"), map[string]any{"timeout_seconds": 1}, nil, ""},
	{"a huge whole number in the state", body(`state["n"] = 1 << 80`), nil, []string{`state["n"] is a whole number that is too large`}, agent.CodeInvalid},
	{"recursion", map[string]string{"top": "def f(n):\n    return f(n + 1)", "execute": "def execute(action, state):\n    return f(0)"}, nil, []string{"called recursively"}, agent.CodeInvalid},
	{"a deeply nested text", body("x = []", "for i in range(300000):", "    x = [x]", "y = str(x)"), map[string]any{"steps": 10000000, "timeout_seconds": 1}, []string{"was ended"}, ""}, // by time, or by depth
	{"a deeply nested key", body("x = ()", "for i in range(600000):", "    x = (x,)", "y = {x: 1}"), map[string]any{"steps": 10000000, "timeout_seconds": 10}, []string{"nested too deeply"}, agent.CodeInvalid},
	{"a deeply nested state", body("x = []", "for i in range(100):", "    x = [x]", `state["x"] = x`), nil, []string{"nested deeper than 60 levels"}, agent.CodeInvalid},
	{"NaN", body(`state["n"] = float("nan")`), nil, []string{`line 5: state["n"] is NaN, which no state can hold (in execute)`}, agent.CodeInvalid},
	{"infinity", body(`state["n"] = [1.0, float("-inf")]`), nil, []string{`state["n"][1] is -Inf`}, agent.CodeInvalid},
	{"a function in the state", body(`state["n"] = len`), nil, []string{`state["n"] is a builtin_function_or_method`}, agent.CodeInvalid},
	{"a key that is a number", body(`state[3] = 1`), nil, []string{`state has the key 3; keys of a state are texts: write "3"`}, agent.CodeInvalid},
	{"a state that is too large", body(`state["x"] = "y" * 300000`), nil, []string{"262144"}, agent.CodeInvalid},
	{"a hidden part that is too large", body(`state["hidden"] = {"x": ["y" * 200000, "z" * 200000]}`), nil, []string{"hidden part", "at most 262144 are allowed"}, agent.CodeInvalid},
	{"state and hidden part together too large", body(`state["x"] = "y" * 150000`, `state["hidden"] = {"x": "y" * 150000}`), nil, []string{"at most 262144 are allowed"}, agent.CodeInvalid},
	{"a reserved key", body(`state["_error"] = "x"`), nil, []string{`"_error" is reserved`}, agent.CodeInvalid},
	{"no state", map[string]string{"execute": "def execute(action, state):\n    pass"}, nil, []string{"line 5: execute must return the state as a dict, got None"}, agent.CodeInvalid},
	{"a missing key", body(`x = state["m"]`), nil, []string{`line 6: key "m" not in dict (in execute)`}, agent.CodeInvalid},
	{"a fault in a function that it calls", map[string]string{"top": "def f(x):\n    return 1 // x", "execute": "def execute(action, state):\n    return f(0)"}, nil, []string{"line 2", "(in f)"}, agent.CodeInvalid},
	{"what was printed", body(`print("hello", 7)`, `x = state["m"]`), nil, []string{`it printed "hello 7"`}, agent.CodeInvalid},
	{"a refusal", body(`fail("the door is", "locked")`), nil, []string{"the door is locked"}, agent.CodeInvalid},
	{"a global that is changed", map[string]string{"top": "seen = []", "execute": "def execute(action, state):\n    seen.append(1)\n    return state"}, nil, []string{"frozen list"}, agent.CodeInvalid},
	{"a state that is changed where it is judged", map[string]string{"outcome": "def outcome(state):\n    if state[\"n\"] > 0:\n        state[\"n\"] = 9\n    return False"}, nil, []string{"frozen"}, agent.CodeInvalid},
	{"randomness where a state is judged", map[string]string{"outcome": "def outcome(state):\n    return state[\"n\"] > 0 and random() < 0.5"}, nil, []string{"random is there in purpose, reset and execute only"}, agent.CodeInvalid},
	{"an outcome of another kind", map[string]string{"outcome": "def outcome(state):\n    return \"won\" if state[\"n\"] else False"}, nil, []string{"outcome must return True or False", `got "won"`}, agent.CodeInvalid},
	{"a phi out of range", map[string]string{"more": "def phi(state):\n    return 5 + 10 * state[\"n\"]"}, nil, []string{"phi must return a number from 0 to 10, got 15"}, agent.CodeInvalid},
	{"an action that is not announced", map[string]string{"more": "def legal(state):\n    return [\"fly\"] if state[\"n\"] else [\"go\"]"}, nil, []string{`unknown action "fly"`, "(in legal)"}, agent.CodeInvalid},
	{"bytes that are no text", body(`state["x"] = "ä"[:1]`), nil, []string{`state["x"] is a text that is not valid UTF-8`}, agent.CodeInvalid},
}

// TestHostileSteps holds that a step which goes wrong is an error that says what,
// and where, and that the next step of a sound world is not touched by it.
func TestHostileSteps(t *testing.T) {
	pool := newPool(t)
	ctx := context.Background()
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			config := written(test.lines, test.limits)
			env, err := New(config, pool)
			if err != nil {
				t.Fatal(err)
			}
			task := agent.Task{Purpose: "go", Seed: 1}
			state, err := env.Reset(ctx, task)
			if err != nil {
				t.Fatal(err)
			}
			_, err = env.Execute(ctx, agent.Action{Name: "go"}, state)
			if err == nil {
				t.Fatal("nothing was said against it")
			}
			message := agent.MessageOf(err)
			for _, want := range test.want {
				if !strings.Contains(message, want) {
					t.Errorf("the message is %q, want %q in it", message, want)
				}
			}
			if test.code != "" && agent.CodeOf(err) != test.code {
				t.Errorf("the code is %s, want %s", agent.CodeOf(err), test.code)
			}
			if len(message) > 2*maxMessage {
				t.Errorf("the message is %d bytes long", len(message))
			}
			good, err := New("", pool)
			if err != nil {
				t.Fatal(err)
			}
			if state, err = good.Reset(ctx, agent.Task{Purpose: "Bring the counter to 7", Seed: 1}); err == nil {
				_, err = good.Execute(ctx, agent.NewAction("add", "amount", "5"), state)
			}
			if err != nil {
				t.Errorf("another world was hit: %v", err)
			}
		})
	}
}

// TestWrongScripts holds that what is wrong with a script is said before a launch,
// beside its field and with its line.
func TestWrongScripts(t *testing.T) {
	pool := newPool(t)
	for _, test := range []struct {
		name, script string
		lines        map[string]string
		limits       map[string]any
		want         string
	}{
		{"nothing", " \n", nil, nil, "is empty"},
		{"too long", "#" + strings.Repeat("x", maxScript), nil, nil, "at most 65536"},
		{"no Starlark", "def reset(task:\n", nil, nil, "line 1: "},
		{"an indentation", "x = 1\n  y = 2\n", nil, nil, "line 2: "},
		{"names that are not there", "x = foo\ny = bar\n", nil, nil, "line 1: undefined: foo; line 2: undefined: bar"},
		{"load", "load(\"other\", \"x\")\n", nil, nil, "line 1: load is not there"},
		{"a class", "class World:\n    pass\n", nil, nil, "line 1: "},
		{"an import", "import os\n", nil, nil, "line 1: "},
		{"a file", "x = open(\"/etc/passwd\")\n", nil, nil, "line 1: undefined: open"},
		{"a nest of brackets", "x = " + strings.Repeat("[", 30000) + strings.Repeat("]", 30000), nil, nil, "line 1: excessive nesting"},
		{"a long chain", "x = 1" + strings.Repeat("+1", 30000), nil, nil, "actions is missing"},
		{"reset is missing", "actions = [\"go\"]\n", nil, nil, "reset is missing"},
		{"execute takes one", "", map[string]string{"execute": "def execute(action):\n    pass"}, nil, "line 5: execute must take two parameters, the action and the state"},
		{"outcome is a value", "", map[string]string{"outcome": "outcome = True"}, nil, "line 10: outcome must be a function"},
		{"actions are none", "", map[string]string{"actions": "actions = []"}, nil, "line 2: "},
		{"an action without a name", "", map[string]string{"actions": "actions = [{\"description\": \"x\"}]"}, nil, "line 2: the action name"},
		{"an action with a wrong param", "", map[string]string{"actions": "actions = [{\"name\": \"go\", \"params\": {\"to\": \"place\"}}]"}, nil, "has the type \"place\""},
		{"an action with an unknown key", "", map[string]string{"actions": "actions = [{\"name\": \"go\", \"parameters\": {}}]"}, nil, "an action has no \"parameters\""},
		{"describe is a number", "", map[string]string{"top": "describe = 3"}, nil, "line 1: describe must be a text or a dict"},
		{"describe with an unknown key", "", map[string]string{"top": "describe = {\"thing\": \"/x\"}"}, nil, "describe has no \"thing\""},
		{"an endless loop at the top", "", map[string]string{"top": "while True:\n    pass"}, map[string]any{"steps": 10000}, "took more than 10000 steps"},
		{"a long time at the top", "", map[string]string{"top": "x = list(range(20000))\nwhile True:\n    y = sorted(x)"}, map[string]any{"timeout_seconds": 1}, "took longer than 1s"},
		{"much memory at the top", "", map[string]string{"top": "x = [0] * 1000000000"}, nil, "128 MB of memory"},
		{"random at the top", "", map[string]string{"top": "x = random()"}, nil, "line 1: random is there in"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := written(test.lines, test.limits)
			if test.script != "" {
				config = agent.MustObject(map[string]string{"script": test.script})
			}
			_, err := New(config, pool)
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid || e.Fields["script"] == "" || !strings.Contains(e.Fields["script"], test.want) {
				t.Errorf("got %v, want the field script with %q", err, test.want)
			}
		})
	}
}

// TestCheckTask holds that reset is tried before a launch, and whose fault it is.
func TestCheckTask(t *testing.T) {
	pool := newPool(t)
	strange := agent.State{Data: `{"m":1}`}
	for _, test := range []struct {
		name, reset string
		task        agent.Task
		field, want string
	}{
		{"a refusal", `fail("nobody can go there")`, agent.Task{Purpose: "go"}, "purpose", "nobody can go there"},
		{"a fault", `return {"n": 1 // 0}`, agent.Task{Purpose: "go"}, scriptField, "line 4: floored division by zero (in reset)"},
		{"no dict", `return 7`, agent.Task{Purpose: "go"}, scriptField, "line 3: reset must return the state as a dict, got 7 (in reset)"},
		{"a loop", "while True:\n        pass", agent.Task{Purpose: "go"}, scriptField, "steps"},
		{"a strange state", `return {"n": 0}`, agent.Task{Purpose: "go", InitialState: &strange}, "initial_state", `key "n" not in dict`},
		{"a good task", `return {"n": 0}`, agent.Task{Purpose: "go"}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			env, err := New(written(map[string]string{"reset": "def reset(task):\n    " + test.reset}, map[string]any{"steps": 10000}), pool)
			if err != nil {
				t.Fatal(err)
			}
			err = env.(agent.TaskChecker).CheckTask(test.task)
			var e *agent.Error
			switch {
			case test.field == "" && err == nil:
			case !errors.As(err, &e) || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields[test.field], test.want):
				t.Errorf("got %v, want the field %s with %q", err, test.field, test.want)
			}
		})
	}
}

// TestRandom holds that what is drawn follows from seed and step alone: from the
// same state the same step leads to the same state, and along an episode, and for
// other seeds, it differs.
func TestRandom(t *testing.T) {
	pool := newPool(t)
	env, err := New(written(map[string]string{
		"reset":       "def reset(task):\n    return {\"n\": random(1000000), \"f\": random(), \"w\": random([\"a\", \"b\"])}",
		"execute":     "def execute(action, state):\n    return {\"n\": random(1000000), \"f\": random(), \"w\": random((\"a\", \"b\"))}",
		"is_terminal": "def is_terminal(state):\n    return False", "outcome": "def outcome(state):\n    return False"}, nil), pool)
	if err != nil {
		t.Fatal(err)
	}
	ctx, seen := context.Background(), map[agent.Object]string{}
	for seed := range int64(5) {
		state, err := env.Reset(ctx, agent.Task{Purpose: "go", Seed: seed})
		for step := 0; step < 5 && err == nil; step++ {
			where := fmt.Sprintf("seed %d step %d", seed, step)
			if other, again := seen[state.Data]; again {
				t.Errorf("%s is as %s: %s", where, other, state.Data)
			}
			seen[state.Data] = where
			before := state
			state, err = env.Execute(ctx, agent.Action{Name: "go"}, before)
			if again, errAgain := env.Execute(ctx, agent.Action{Name: "go"}, before); errAgain != nil || again != state {
				t.Errorf("%s: %v and then %v, %v", where, state, again, errAgain)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
