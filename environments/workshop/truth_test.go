package workshop

import (
	"slices"
	"testing"

	"purposeagent/agent"
)

// TestSecretsDecide: along the best way to fill orders, what is done goes by
// facts that are among the secrets, and all kinds of them are met.
func TestSecretsDecide(t *testing.T) {
	for _, tt := range []struct {
		config string
		facts  int
	}{{`{"world":3}`, 17}, {`{"world":3,"level":"rich"}`, 35}} {
		t.Run(tt.config, func(t *testing.T) {
			w, err := New(agent.Object(tt.config), "truth")
			if err != nil {
				t.Fatal(err)
			}
			facts := w.Facts()
			if len(facts) != tt.facts {
				t.Errorf("%d facts, want %d: %v", len(facts), tt.facts, facts)
			}
			met := map[string]bool{}
			for seed := range int64(40) {
				s, err := w.Reset(t.Context(), agent.Task{Seed: seed, Purpose: w.DrawPurpose(seed)})
				if err != nil {
					t.Fatal(err)
				}
				for i := 0; i < 40 && !w.IsTerminal(s); i++ {
					next, most := s, -1.0
					for _, a := range w.LegalActions(s) {
						if fact := w.Decides(s, a); fact != "" {
							if !slices.Contains(facts, fact) {
								t.Fatalf("%s goes by %q, which is no secret", a.Label(), fact)
							}
							met[fact] = true
						}
						after, err := w.Execute(t.Context(), a, s)
						if err != nil {
							t.Fatal(err)
						}
						phi, err := w.Potential(after)
						if err != nil {
							t.Fatal(err)
						}
						if phi > most {
							next, most = after, phi
						}
					}
					s = next
				}
			}
			if len(met) < len(facts)*9/10 {
				t.Errorf("only %d of %d secrets ever decide", len(met), len(facts))
			}
		})
	}
	random, err := New(`{"rewards":"random"}`, "truth")
	if err != nil {
		t.Fatal(err)
	}
	if facts := random.Facts(); len(facts) != 0 {
		t.Errorf("where chance decides there are the facts %v", facts)
	}
	if fact := random.Decides(agent.State{}, agent.NewAction("take", "piece", "piece1")); fact != "" {
		t.Errorf("a state of nowhere is decided by %q", fact)
	}
}
