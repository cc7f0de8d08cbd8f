package lab_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

// Laws that change in mid-training: earlier points of the curve are tested in
// the world of before, later ones and the arms in that of after, and all of it
// is one scope.
func TestLawsThatChange(t *testing.T) {
	cfg := config(t, "workshop")
	spec := lab.Spec{Train: 105, Test: 10, Environment: agent.EnvironmentRef{Config: `{"world":1}`}, Arms: []lab.Arm{lab.On, lab.Off},
		ChangeAt: 100, ChangeConfig: `{"world":2}`, Curve: []int{100, 103}}
	r := run(t, cfg, spec)
	before, after := r.Curve[0], r.Curve[1]
	if before.Share < .4 || after.Share > before.Share-.2 {
		t.Errorf("%.2f in the world of before, %.2f three tasks into that of after", before.Share, after.Share)
	}
	if len(r.Training.Outcomes) != 105 || r.Library.Total == 0 {
		t.Errorf("%d training tasks, %d rules", len(r.Training.Outcomes), r.Library.Total)
	}
	again := run(t, cfg, spec)
	if string(text(t, r)) != string(text(t, again)) {
		t.Error("equal specifications give other reports")
	}
}

func TestAChangeThatCantBe(t *testing.T) {
	for _, test := range []struct {
		name string
		spec lab.Spec
		want string
	}{
		{"no settings", lab.Spec{Train: 10, ChangeAt: 5}, "change-config"},
		{"no moment", lab.Spec{Train: 10, ChangeConfig: `{"world":2}`}, "change-at"},
		{"at the end", lab.Spec{Train: 10, ChangeAt: 10, ChangeConfig: `{"world":2}`}, "change-at"},
		{"nothing changes", lab.Spec{Train: 10, ChangeAt: 5, ChangeConfig: `{"world":1}`}, "nothing would change"},
		{"too many planted", lab.Spec{Train: 10, Planted: 1000}, "planted"},
		{"planted without training", lab.Spec{Source: lab.SourceLibrary, Planted: 5}, "planted"},
	} {
		test.spec.Test, test.spec.Arms = 5, []lab.Arm{lab.On, lab.Off}
		test.spec.Environment.Config = `{"world":1}`
		_, err := lab.Plan(t.Context(), config(t, "workshop"), test.spec)
		if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(said(err), test.want) {
			t.Errorf("%s: %v", test.name, said(err))
		}
	}
}

// With several worlds each becomes another one.
func TestWorldsThatChangeCountUp(t *testing.T) {
	specs, err := lab.PlanWorlds(t.Context(), config(t, "workshop"), lab.Spec{Train: 10, Test: 5, Arms: []lab.Arm{lab.On, lab.Off}, ChangeAt: 5, ChangeConfig: `{"world":101}`}, []int64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`{"world":101}`, `{"world":102}`, `{"world":103}`} {
		if got := specs[i].ChangeConfig.String(); got != want {
			t.Errorf("world %d changes to %s, want %s", i+1, got, want)
		}
	}
}

// Planted false rules are found out while the training goes on.
func TestPlantedRules(t *testing.T) {
	r := run(t, config(t, "workshop"), lab.Spec{Train: 30, Test: 4, Environment: agent.EnvironmentRef{Config: `{"world":1}`}, Arms: []lab.Arm{lab.On, lab.Off}, Planted: 20})
	p := r.Planted
	if p == nil || p.Planted < 15 || p.Promoted != 0 || len(p.After) != 3 {
		t.Fatalf("planted %+v", p)
	}
	if last := p.After[2]; last.Tasks != 30 || 10*last.Gone < 6*p.Planted || last.Active != 0 {
		t.Errorf("of %d planted after %d tasks: %+v", p.Planted, last.Tasks, last)
	}
}
