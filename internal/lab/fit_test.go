//go:build !race

package lab_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
	"purposeagent/agent/reasoner"
	"purposeagent/internal/lab"
)

// plain is an actor that reads no library in its own way: it gets what a language
// model gets.
type plain struct{ agent.Decider }

func plainRoles() lab.Roles {
	r := roles()
	r.Actor = func() (agent.Decider, error) { return plain{reasoner.NewActor(reasoner.ActorConfig{})}, nil }
	r.Applicability, r.Playbook = features.NewApplicability(), playbook.New()
	return r
}

// Of what an actor by words is shown, what applies stands beside the right actions,
// and of what is known and applies nearly all is said. make prove reads the figures.
func TestWhatIsShownApplies(t *testing.T) {
	spec := lab.Spec{Train: 40, Test: 15, Arms: []lab.Arm{lab.Off, lab.On}}
	if os.Getenv("PROVE") != "" {
		spec.Train, spec.Test = 200, 50
	}
	for _, name := range []string{"workshop", "maze"} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t, name)
			cfg.Roles = plainRoles()
			r := run(t, cfg, spec)
			if r.Arms[lab.Off].Memory != nil {
				t.Error("an arm without memory reports on it")
			}
			m := r.Arms[lab.On].Memory
			if m == nil || m.Precision == nil || m.Recall == nil {
				t.Fatalf("no figures: %+v", m)
			}
			steps := 0
			for _, o := range r.Outcomes {
				if o.Memory != nil {
					steps += o.Memory.Steps
				}
			}
			if steps != m.Steps || m.Unread > 0 {
				t.Errorf("%d steps in the outcomes, %d in the arm; %d rules unread", steps, m.Steps, m.Unread)
			}
			if *m.Precision < .95 || *m.Recall < .9 {
				t.Errorf("precision %.3f of %d, recall %.3f of %d", *m.Precision, m.Shown, *m.Recall, m.Applying)
			}
			if n := len(m.Page); n != 3 || m.Page[0].Expressed > m.Page[n-1].Expressed || m.Page[n-1].Expressed > m.Applying {
				t.Errorf("a larger playbook says less: %+v", m.Page)
			}
			raw, err := json.Marshal(struct {
				Test, World string
				lab.MemoryReport
			}{"memory", name, *m})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Printf("PROVE %s\n", raw)
			t.Logf("solved %.2f, without memory %.2f", r.Arms[lab.On].SuccessRate, r.Arms[lab.Off].SuccessRate)
		})
	}
}
