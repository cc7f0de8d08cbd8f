package workshop

import (
	"context"
	"errors"
	"strings"
	"testing"

	"purposeagent/agent"
)

func TestParseOrder(t *testing.T) {
	tests := []struct {
		name, purpose, want string // want begins with "!" for an error that contains the rest
	}{
		{"as drawn", "deliver a red oak comb", "deliver a red oak comb"},
		{"with an", "deliver an ash tray", "deliver an ash tray"},
		{"kind only", "Deliver a lamp.", "deliver a lamp"},
		{"as people type", "  Please make me ONE comb, made of oak, in red!", "deliver a red oak comb"},
		{"words the other way", "comb oak red", "deliver a red oak comb"},
		{"no kind", "deliver a red oak", "!does not see what to make"},
		{"empty", "", "!does not see what to make"},
		{"two kinds", "a comb and a tray", "!one order at a time"},
		{"two colours", "a red blue comb", "!one order at a time"},
		{"unknown word", "deliver a purple comb", `!does not know "purple"`},
		{"very long word", strings.Repeat("x", 4000), "!" + strings.Repeat("x", 30) + "…"},
		{"names the vocabulary", "find the treasure", "!tray, flute, lamp, comb, chest, spindle"},
		{"other script", "доставь гребень", "!does not know"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o, err := parseOrder(test.purpose)
			if want, fails := strings.CutPrefix(test.want, "!"); fails {
				if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), want) || len(err.Error()) > 600 {
					t.Errorf("got %v, want CodeInvalid with %q", err, want)
				}
				return
			}
			if err != nil || o.text() != test.want {
				t.Errorf("got %q, %v, want %q", o.text(), err, test.want)
			}
		})
	}
}

func TestEveryOrderReadsBack(t *testing.T) {
	w := open(t, "orders", nil)
	for _, orders := range w.world.orders {
		for _, o := range orders {
			if got, err := parseOrder(o.text()); err != nil || got != o {
				t.Errorf("%q reads back as %q, %v", o.text(), got.text(), err)
			}
		}
	}
}

func FuzzParseOrder(f *testing.F) {
	for _, seed := range []string{"deliver a red oak comb", "", "comb comb", "red", "a\x00comb", "\xff\xfe", "DELIVER AN ASH TRAY!!", "ſpindle K"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, purpose string) {
		o, err := parseOrder(purpose)
		if err != nil {
			if agent.CodeOf(err) != agent.CodeInvalid {
				t.Fatalf("%q: %v", purpose, err)
			}
			return
		}
		if again, err := parseOrder(o.text()); err != nil || again != o {
			t.Fatalf("%q: %q reads back as %q, %v", purpose, o.text(), again.text(), err)
		}
	})
}

// FuzzExecute holds that nothing from outside makes the workshop panic, and
// that a state it returns is one it can go on from.
func FuzzExecute(f *testing.F) {
	w := open(f, "fuzz", map[string]any{"level": LevelRich})
	start := reset(f, w, taskOf(w, 1))
	f.Add("take", `{"piece":"piece1"}`, string(start.Hidden))
	f.Add("work", `{"piece":"piece1","operation":"bend"}`, string(start.Hidden))
	f.Add("work", `{"piece":{"a":[1]}}`, `{"w":"00"}`)
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, name, params, hidden string) {
		object, err := agent.ParseObject([]byte(params))
		if err != nil {
			return
		}
		state := agent.State{Hidden: agent.Object(hidden)}
		w.IsTerminal(state)
		for _, a := range append(w.LegalActions(state), agent.Action{Name: name, Params: object}) {
			next, err := w.Execute(context.Background(), a, state)
			if err != nil {
				if agent.CodeOf(err) != agent.CodeInvalid {
					t.Fatal(err)
				}
				continue
			}
			if parsed, err := agent.ParseObject([]byte(next.Data)); err != nil || parsed != next.Data {
				t.Fatalf("data are not canonical: %s, %v", next.Data, err)
			}
			if err := w.Restore(context.Background(), agent.Task{}, next); err != nil {
				t.Fatal(err)
			}
			if phi, err := w.Potential(next); err != nil || !agent.ValidPhi(phi) {
				t.Fatalf("Φ %v, %v", phi, err)
			}
			if _, err := w.Picture(next); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestParseConfig(t *testing.T) {
	tests := []struct{ name, config, field, want string }{
		{"empty", ``, "", ""},
		{"all", `{"world":1000,"level":"rich","split":"test","rewards":"random","draw":7}`, "", ""},
		{"whole as JSON Schema has it", `{"world":4.0}`, "", ""},
		{"world too large", `{"world":1001}`, "world", "from 1 to 1000, got 1001"},
		{"world half", `{"world":1.5}`, "world", "got 1.5"},
		{"world of text", `{"world":"1"}`, "world", "whole number"},
		{"world without end", `{"world":1e999999999}`, "world", "whole number"},
		{"no such level", `{"level":"hard"}`, "level", "plain, rich, got hard"},
		{"no such property", `{"size":4}`, "size", "the properties are world"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config, err := agent.ParseObject([]byte(test.config))
			if err != nil {
				t.Fatal(err)
			}
			_, err = New(config, "seed")
			if test.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *agent.Error
			if !errors.As(err, &e) || e.Code != agent.CodeInvalid || !strings.Contains(e.Fields[test.field], test.want) {
				t.Errorf("got %v, want the field %s with %q", err, test.field, test.want)
			}
		})
	}
	if _, err := New("", ""); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("without an install seed: %v", err)
	}
}
