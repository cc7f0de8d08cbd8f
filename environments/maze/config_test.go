package maze

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
)

func TestNewRefusesBadConfig(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config string
		want   map[string]string // field → part of its message; nil: accepted
	}{
		{"empty", `{}`, nil},
		{"all", `{"size":5,"keys":3,"one_way":2,"loops":0.5,"goal":"carry"}`, nil},
		{"whole number with a point", `{"size":4.0}`, nil},
		{"smallest", `{"size":2,"keys":3}`, nil},
		{"size too small", `{"size":1}`, map[string]string{"size": "from 2 to 12"}},
		{"size too large", `{"size":13}`, map[string]string{"size": "from 2 to 12"}},
		{"size a fraction", `{"size":4.5}`, map[string]string{"size": "whole number"}},
		{"size text", `{"size":"4"}`, map[string]string{"size": "whole number"}},
		{"size beyond floats", `{"size":1e999}`, map[string]string{"size": "whole number"}},
		{"loops", `{"loops":1.01}`, map[string]string{"loops": "from 0 to 1"}},
		{"goal", `{"goal":"eat"}`, map[string]string{"goal": "take, carry"}},
		{"unknown", `{"width":4}`, map[string]string{"width": "not a setting"}},
		{"doors without rooms", `{"size":2,"keys":4}`, map[string]string{"keys": "at most 3"}},
		{"two at once", `{"size":0,"keys":9}`, map[string]string{"size": "2 to 12", "keys": "0 to 4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o, err := agent.ParseObject([]byte(tt.config))
			if err != nil {
				t.Fatal(err)
			}
			_, err = New(o)
			if tt.want == nil {
				if err != nil {
					t.Fatalf("got error %v", err)
				}
				return
			}
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid {
				t.Fatalf("got %v, want CodeInvalid", err)
			}
			if got, want := slices.Sorted(maps.Keys(e.Fields)), slices.Sorted(maps.Keys(tt.want)); !slices.Equal(got, want) {
				t.Fatalf("fields %v, want %v", got, want)
			}
			for field, part := range tt.want {
				if !strings.Contains(e.Fields[field], part) {
					t.Errorf("field %s: %q does not contain %q", field, e.Fields[field], part)
				}
			}
		})
	}
}

func TestSchemaSaysWhatNewAccepts(t *testing.T) {
	var schema struct {
		Additional *bool    `json:"additionalProperties"`
		Order      []string `json:"x-order"`
		Properties map[string]struct {
			Title, Description, Type string
			Default                  json.RawMessage
			Minimum, Maximum         *float64
			Enum                     []string
		} `json:"properties"`
	}
	if err := json.Unmarshal(Schema, &schema); err != nil {
		t.Fatal(err)
	}
	if schema.Additional == nil || *schema.Additional {
		t.Error("additionalProperties must be false")
	}
	if got, want := slices.Sorted(maps.Keys(schema.Properties)), slices.Sorted(slices.Values(schema.Order)); !slices.Equal(got, want) {
		t.Errorf("properties %v, x-order %v", got, want)
	}
	filled := map[string]any{}
	accepts := func(name string, value any) bool {
		_, err := New(agent.MustObject(map[string]any{"size": 12, name: value}))
		return err == nil
	}
	for name, p := range schema.Properties {
		if p.Title == "" || p.Description == "" {
			t.Errorf("%s: no title or description", name)
		}
		filled[name] = p.Default
		for _, value := range p.Enum {
			if !accepts(name, value) {
				t.Errorf("%s: %q is refused", name, value)
			}
		}
		if p.Type == "string" {
			continue
		}
		for value, want := range map[float64]bool{*p.Minimum: true, *p.Maximum: true, *p.Minimum - 1: false, *p.Maximum + 1: false} {
			if got := accepts(name, value); got != want {
				t.Errorf("%s = %v: accepted %v, want %v", name, value, got, want)
			}
		}
	}
	if got, want := agent.MustObject(filled), defaults().object(); got != want {
		t.Errorf("schema defaults %s, config defaults %s", got, want)
	}
}

func TestPresets(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			m, err := New(p.Config)
			if err != nil {
				t.Fatal(err)
			}
			if names[p.Name] || p.Title == "" {
				t.Errorf("name %q taken or no title", p.Name)
			}
			names[p.Name] = true
			var optima []int
			for seed := range int64(101) {
				n, err := m.Optimum(agent.Task{Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				optima = append(optima, n)
			}
			slices.Sort(optima)
			if median := optima[50]; p.MaxSteps < 4*median || p.MaxSteps > 6*median {
				t.Errorf("limit %d is not about five times the median optimum %d", p.MaxSteps, median)
			}
			if worst := optima[100]; p.MaxSteps < 2*worst {
				t.Errorf("limit %d is tight for an optimum of %d", p.MaxSteps, worst)
			}
			if err := (agent.Task{Purpose: p.Purpose, MaxSteps: p.MaxSteps, EarlyStopPhi: 9}).Check(); err != nil {
				t.Error(err)
			}
		})
	}
}
