package request

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"purposeagent/agent"
)

// Whatever a spec holds that can be asked for, the request asks for it, as JSON too.
func TestRunOf(t *testing.T) {
	state := agent.Object(`{"place":"door"}`)
	spec := agent.RunSpec{
		Environment: agent.EnvironmentRef{Name: "maze", Config: `{"size":5}`}, Purpose: "find it", Description: "by the door", InitialState: &state,
		MaxSteps: 7, EarlyStopPhi: 8.5, Seed: 3, Models: agent.ModelRefs{Actor: "a:b", Critic: "c:d", Optimizer: "e:f"}, Memory: "off", Rules: "s_1",
		Repeats: 4, Budget: agent.Budget{Tokens: 1, USD: 2, Seconds: 3}, Pace: 0.5, Approval: "every", Tags: []string{"x"},
	}
	// What a person can't ask for: a fork's, the demo's.
	others := map[string]bool{"Draw": true, "Origin": true, "NoHoldout": true, "Twin": true}
	for i, v := 0, reflect.ValueOf(spec); i < v.NumField(); i++ {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() != others[name] {
			t.Errorf("%s is missing in this test, or among what nobody can ask for", name)
		}
	}
	r := RunOf(spec)
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again Run
	if err := json.Unmarshal(raw, &again); err != nil || !reflect.DeepEqual(again.Spec(), spec) {
		t.Errorf("%s gave %+v, %v", raw, again.Spec(), err)
	}
	if raw, _ := json.Marshal(Run{}); string(raw) != `{"environment":{"name":""}}` {
		t.Errorf("what is left out: %s", raw)
	}
}

// Each field of a fork can be asked for.
func TestFork(t *testing.T) {
	var r Fork
	fill(reflect.ValueOf(&r).Elem())
	for i, v := 0, reflect.ValueOf(r.Fork()); i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("%s can't be asked for", v.Type().Field(i).Name)
		}
	}
}

// fill makes no field zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.String:
		v.SetString("{}")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	}
}

func TestFlags(t *testing.T) {
	for _, tt := range []struct {
		name, flag, text string
		want             string // in the request as JSON, or in the error
		bad              bool
	}{
		{"a text", "purpose", "find it", `"purpose":"find it"`, false},
		{"a number", "max-steps", "7", `"max_steps":7`, false},
		{"a fraction", "early-stop-phi", "8.5", `"early_stop_phi":8.5`, false},
		{"a large number", "seed", "9007199254740993", `"seed":9007199254740993`, false},
		{"a model", "critic", "a:b", `"models":{"critic":"a:b"}`, false},
		{"a configuration", "config", `{"size":5}`, `"config":{"size":5}`, false},
		{"a state", "initial-state", `{"a":1}`, `"initial_state":{"a":1}`, false},
		{"tags", "tags", "b, a", `"tags":["a","b"]`, false},
		{"zero that means nothing", "max-steps", "0", "must be 1 to 100000", true},
		{"zero Φ", "early-stop-phi", "0", "must be above 0", true},
		{"zero that means something", "pace", "0", `{"environment"`, false},
		{"a word for a number", "max-steps", "many", "ParseInt", true},
		{"too large", "max-steps", "99999999999999999999", "out of range", true},
		{"no object", "config", "[1]", "JSON object", true},
		{"no tags", "tags", "a b!", "!", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r Run
			f := flagOf(t, &r, tt.flag)
			err := f.Set(tt.text)
			raw, _ := json.Marshal(r)
			if said := string(raw); (err != nil) != tt.bad || err == nil && !strings.Contains(said, tt.want) || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s, %v; want %s", raw, err, tt.want)
			}
			if err != nil || f.String() == "" {
				return
			}
			var again Run
			if err := flagOf(t, &again, tt.flag).Set(f.String()); err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("%q gives %+v, %v", f.String(), again, err)
			}
		})
	}
	var fork Fork
	if params := flagOf(t, &fork, "params"); params.String() != "" || params.Get() != nil || fork.Action != nil {
		t.Error("who only looks made an action")
	}
	if err := flagOf(t, &fork, "action").Set("take"); err != nil || fork.Action == nil || fork.Fork().Action.Name != "take" {
		t.Errorf("%+v, %v", fork.Action, err)
	}
	for _, list := range [][]Flag{Flags(&Run{}), Flags(&fork), Flags(&Answer{})} {
		seen := map[string]bool{}
		for _, f := range list {
			for _, name := range append(f.Aliases, f.Name) {
				if seen[name] {
					t.Errorf("--%s is there twice", name)
				}
				seen[name] = true
			}
		}
	}
}

func flagOf(t *testing.T, request any, name string) Flag {
	t.Helper()
	for _, f := range Flags(request) {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no --%s", name)
	return Flag{}
}
