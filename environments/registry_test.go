package environments_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments"
)

func builtin(t testing.TB) *environments.Registry {
	t.Helper()
	r, err := environments.NewRegistry(environments.Builtin("registry test")...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPresets makes each preset of each kind, and begins and acts in it.
func TestPresets(t *testing.T) {
	r := builtin(t)
	for _, k := range r.Kinds() {
		if k.Title == "" || k.Text == "" || len(k.Presets) == 0 && k.Refused == "" {
			t.Errorf("%s: a list has nothing to show", k.Name)
		}
		for _, p := range k.Presets {
			t.Run(k.Name+" "+p.Name, func(t *testing.T) {
				env, err := r.New(agent.EnvironmentRef{Name: k.Name, Config: p.Config})
				if err != nil {
					t.Fatal(err)
				}
				state, err := env.Reset(context.Background(), agent.Task{Purpose: p.Purpose, Seed: 1, MaxSteps: p.MaxSteps})
				if err != nil {
					t.Fatal(err)
				}
				legal := env.(agent.Legal).LegalActions(state)
				if _, err := env.Execute(context.Background(), legal[0], state); err != nil {
					t.Fatal(err)
				}
				drawn, ok, err := r.DrawPurpose(agent.EnvironmentRef{Name: k.Name, Config: p.Config}, 1)
				if err != nil || ok != (k.DrawPurpose != nil) || ok && drawn != p.Purpose {
					t.Errorf("drew %q, %v, %v, want %q", drawn, ok, err, p.Purpose)
				}
			})
		}
	}
}

func TestCheck(t *testing.T) {
	r := builtin(t)
	const at = "environment.config."
	var names []string
	for _, k := range r.Kinds() {
		names = append(names, k.Name)
	}
	known := strings.Join(names, ", ")
	tests := []struct {
		name, kind, config string
		field, want        string // without a field: the checked configuration
	}{
		{"defaults", "workshop", ``, "", `{"draw":0,"level":"plain","rewards":"real","split":"train","world":1}`},
		{"some given", "workshop", `{"level":"rich","world":7}`, "", `{"draw":0,"level":"rich","rewards":"real","split":"train","world":7}`},
		{"whole as JSON Schema has it", "workshop", `{"world":2e1}`, "", `{"draw":0,"level":"plain","rewards":"real","split":"train","world":20}`},
		{"too large", "maze", `{"size":99}`, at + "size", "must be a whole number from 2 to 12, got 99"},
		{"too small", "maze", `{"size":-1}`, at + "size", "must be a whole number from 2 to 12, got -1"},
		{"not whole", "maze", `{"size":4.5}`, at + "size", "must be a whole number from 2 to 12, got 4.5"},
		{"a share too large", "maze", `{"loops":1.25}`, at + "loops", "must be a number from 0 to 1, got 1.25"},
		{"text for a number", "maze", `{"size":"4"}`, at + "size", "must be a whole number from 2 to 12, got text"},
		{"null", "maze", `{"size":null}`, at + "size", "must be a whole number from 2 to 12, got null"},
		{"a list", "workshop", `{"level":["rich"]}`, at + "level", "must be text, got an array"},
		{"a word like another", "workshop", `{"level":"Rich"}`, at + "level", `must be one of plain, rich, got "Rich"; did you mean "rich"?`},
		{"a word unlike any", "workshop", `{"level":"impossible"}`, at + "level", `must be one of plain, rich, got "impossible"`},
		{"not a setting", "maze", `{"sice":4}`, at + "sice", `is not a setting; the settings are size, keys, one_way, loops, goal; did you mean "size"?`},
		{"number without end", "maze", `{"size":1e999999999}`, at + "size", "is a number out of all bounds"},
		{"small number without end", "maze", `{"loops":1e-999999999}`, at + "loops", "is a number out of all bounds"},
		{"number of many digits", "maze", `{"size":4.` + strings.Repeat("0", 5000) + `1}`, at + "size", "is a number out of all bounds"},
		{"hidden number without end", "maze", `{"size":[{"a":1e999999999}]}`, at + "size", "is a number out of all bounds"},
		{"more keys than rooms", "maze", `{"size":2,"keys":4}`, "", ""}, // the kind itself finds this, in New
		{"unknown kind", "maize", ``, "environment.name", `there is no environment "maize"; there are ` + known + `; did you mean "maze"?`},
		{"no kind", "", ``, "environment.name", `there is no environment ""; there are ` + known},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, err := agent.ParseObject([]byte(test.config))
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Check(test.kind, config)
			if test.field == "" {
				if err != nil || test.want != "" && got.String() != test.want {
					t.Errorf("got %s, %v, want %s", got, err, test.want)
				}
				return
			}
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid || len(e.Fields) != 1 || e.Fields[test.field] != test.want {
				t.Errorf("got %#v, want the field %s: %s", err, test.field, test.want)
			}
		})
	}
}

// TestSeveralWrong names each field that is wrong.
func TestSeveralWrong(t *testing.T) {
	_, err := builtin(t).Check("maze", `{"colour":"red","loops":-1,"size":0}`)
	var e *agent.Error
	if !errors.As(err, &e) || len(e.Fields) != 3 {
		t.Errorf("got %v, want three fields", err)
	}
}

// TestOwnCheck holds that what a kind itself finds stands under the same fields.
func TestOwnCheck(t *testing.T) {
	_, err := builtin(t).New(agent.EnvironmentRef{Name: "maze", Config: `{"keys":4,"size":2}`})
	var e *agent.Error
	if !errors.As(err, &e) || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields["environment.config.keys"], "rooms") {
		t.Errorf("got %#v, want the field environment.config.keys", err)
	}
}

func TestKind(t *testing.T) {
	r := builtin(t)
	if k, err := r.Kind("workshop"); err != nil || k.Name != "workshop" {
		t.Errorf("got %q, %v", k.Name, err)
	}
	if _, err := r.Kind("workshp"); agent.CodeOf(err) != agent.CodeNotFound || !strings.Contains(err.Error(), `did you mean "workshop"?`) {
		t.Errorf("got %v, want CodeNotFound with the names", err)
	}
}

func TestNewRegistry(t *testing.T) {
	build := func(agent.Object) (agent.Environment, error) { return &agent.SimpleEnvironment{}, nil }
	good := environments.Kind{Name: "good", New: build, Schema: json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer","default":1}}}`)}
	with := func(change func(*environments.Kind)) []environments.Kind {
		k := good
		change(&k)
		return []environments.Kind{k}
	}
	tests := []struct {
		name  string
		kinds []environments.Kind
		want  string
	}{
		{"good", []environments.Kind{good}, ""},
		{"none", nil, ""},
		{"doubled", []environments.Kind{good, good}, "two environments"},
		{"designs of one name", with(func(k *environments.Kind) {
			k.Designs = []environments.Design{{Name: "proof", Request: "{}"}, {Name: "proof", Request: "{}"}}
		}), "two designs"},
		{"a design that does not fit", with(func(k *environments.Kind) {
			k.Designs = []environments.Design{{Name: "proof", Request: `{"spec":{"environment":{"config":{"n":"many"}}}}`}}
		}), "design"},
		{"a control that does not fit", with(func(k *environments.Kind) { k.Control = &environments.Control{Config: `{"n":"many"}`} }), "negative control"},
		{"odd name", with(func(k *environments.Kind) { k.Name = "Good One" }), "not a valid name"},
		{"no New", with(func(k *environments.Kind) { k.New = nil }), "can't be made"},
		{"schema is no JSON", with(func(k *environments.Kind) { k.Schema = json.RawMessage(`{`) }), "not JSON"},
		{"schema of a list", with(func(k *environments.Kind) { k.Schema = json.RawMessage(`{"type":"array"}`) }), "object"},
		{"schema with a wrong keyword", with(func(k *environments.Kind) { k.Schema = json.RawMessage(`{"type":"object","required":1}`) }), "not a valid JSON Schema"},
		{"schema from a file", with(func(k *environments.Kind) {
			k.Schema = json.RawMessage(`{"type":"object","properties":{"n":{"$ref":"file:///etc/hostname"}}}`)
		}), "not a valid JSON Schema"},
		{"default does not fit", with(func(k *environments.Kind) {
			k.Schema = json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer","default":"x"}}}`)
		}), "default"},
		{"order names nothing", with(func(k *environments.Kind) { k.Schema = json.RawMessage(`{"type":"object","x-order":["m"]}`) }), "x-order"},
		{"preset does not fit", with(func(k *environments.Kind) {
			k.Presets = []environments.Preset{{Name: "p", Purpose: "go", MaxSteps: 1, Config: `{"n":"x"}`}}
		}), "whole number"},
		{"preset without steps", with(func(k *environments.Kind) {
			k.Presets = []environments.Preset{{Name: "p", Purpose: "go"}}
		}), "max_steps"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := environments.NewRegistry(test.kinds...)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want CodeInvalid with %q", err, test.want)
			}
		})
	}
}

// TestConcurrentUse lets the race detector see what several runs share.
func TestConcurrentUse(t *testing.T) {
	r := builtin(t)
	shared, err := r.New(agent.EnvironmentRef{Name: "workshop"})
	if err != nil {
		t.Fatal(err)
	}
	var runs sync.WaitGroup
	for range 4 {
		runs.Go(func() {
			_, _ = r.Check("maze", `{"size":0,"goal":"fly","x":1}`)
			purpose, _, err := r.DrawPurpose(agent.EnvironmentRef{Name: "workshop"}, 3)
			if err != nil {
				t.Error(err)
			}
			state, err := shared.Reset(context.Background(), agent.Task{Purpose: purpose, Seed: 3})
			for i := 0; err == nil && i < 20 && !shared.IsTerminal(state); i++ {
				legal := shared.(agent.Legal).LegalActions(state)
				state, err = shared.Execute(context.Background(), legal[i%len(legal)], state)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
}

func FuzzCheck(f *testing.F) {
	r := builtin(f)
	for _, seed := range []string{``, `{"size":4}`, `{"size":1e999}`, `{"world":[]}`, `{"":{}}`, `{"level":"\u0000"}`, `{"draw":-0.0}`} {
		f.Add("maze", seed)
		f.Add("workshop", seed)
	}
	f.Fuzz(func(t *testing.T, kind, raw string) {
		config, err := agent.ParseObject([]byte(raw))
		if err != nil {
			return
		}
		checked, err := r.Check(kind, config)
		if err != nil {
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid || len(e.Fields) == 0 {
				t.Fatalf("%s %s: %v", kind, raw, err)
			}
			return
		}
		if again, err := r.Check(kind, checked); err != nil || again != checked {
			t.Fatalf("%s %s: checked again %s, %v, want %s", kind, raw, again, err, checked)
		}
	})
}

// BenchmarkCheck checks a good configuration.
func BenchmarkCheck(b *testing.B) {
	r := builtin(b)
	for b.Loop() {
		if _, err := r.Check("workshop", `{"level":"rich","world":7}`); err != nil {
			b.Fatal(err)
		}
	}
}
