package lab_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/internal/lab"
)

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
