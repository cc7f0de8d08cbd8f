package features

import (
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
)

var benchSpecs = []agent.ActionSpec{
	{Name: "take", Params: []agent.ParamSpec{{Name: "piece", Role: agent.RoleThing}}},
	{Name: "dye", Params: []agent.ParamSpec{{Name: "pigment", Enum: []string{"soot", "weld"}}, {Name: "piece", Role: agent.RoleThing}}},
	{Name: "work", Params: []agent.ParamSpec{{Name: "operation", Enum: []string{"drill", "sand"}}, {Name: "piece", Role: agent.RoleThing}}},
	{Name: "go", Params: []agent.ParamSpec{{Name: "exit", Role: agent.RolePassage}}},
}

func taken(name string, params map[string]any) *Taken {
	l := Lift(benchSpecs, agent.Action{Name: name, Params: agent.MustObject(params)})
	t := l.Taken()
	return &t
}

// A procedure is pursued with one thing throughout: what is done with another one is no
// step of it, and what may be left out is offered until it was done.
func TestProceduresArePursued(t *testing.T) {
	steps := readSteps([]string{"take {piece}", "dye {pigment} {piece}" + IfNeeded, "work drill {piece}", "go {exit}" + AsOften, "work sand {piece}"})
	p := pursuit{bound: map[string]string{}}
	take := func(piece string) *Taken { return taken("take", map[string]any{"piece": piece}) }
	work := func(operation, piece string) *Taken {
		return taken("work", map[string]any{"operation": operation, "piece": piece})
	}
	dye := func(piece string) *Taken { return taken("dye", map[string]any{"pigment": "soot", "piece": piece}) }
	leave := taken("go", map[string]any{"exit": "north"})
	next := func(want string) {
		t.Helper()
		var got []string
		for name, l := range map[string]*Taken{"take": take("p1"), "dye": dye("p1"), "dye p2": dye("p2"), "drill": work("drill", "p1"), "sand": work("sand", "p1"), "go": leave} {
			if p.fitting(steps, l, true) >= 0 {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if next := strings.Join(got, ", "); next != want {
			t.Errorf("next is %q, want %q", next, want)
		}
	}
	next("take")
	p.take(steps, take("p1"))
	next("drill, dye")
	p.take(steps, dye("p2")) // another piece
	next("drill, dye")
	p.take(steps, dye("p1"))
	next("drill")
	p.take(steps, work("drill", "p1"))
	next("go, sand")
	p.take(steps, leave)
	next("go, sand")
	if p.complete(steps) {
		t.Error("it is complete without its last step")
	}
	p.take(steps, work("sand", "p1"))
	if !p.complete(steps) {
		t.Error("it is not complete after its last step")
	}
	p.take(steps, take("p2")) // another try, with another thing
	if p.complete(steps) || p.bound["piece"] != "p2" {
		t.Errorf("another try is not one: %+v", p)
	}
	done := []Taken{*take("p1"), *work("drill", "p1"), *work("sand", "p1")}
	if read := ReadProcedure([]string{"take {piece}", "work drill {piece}", "work sand {piece}"}); !read.In(done) || read.In(done[:2]) {
		t.Error("a procedure is not found in what was done, or in part of it")
	}
	if optional := ReadProcedure([]string{"go {exit}" + AsOften, "take {piece}" + IfNeeded}); optional.Demands() || optional.In(nil) {
		t.Error("steps that may all be left out demand something, or stand in an episode without any")
	}
}

// Steps come from packs and from people who edit them: whatever they are, they are read.
func FuzzSteps(f *testing.F) {
	for _, seed := range []string{"take {piece}", "go {exit}" + AsOften, "{", "}{", "work {a} {a}, if needed, if needed", "", "work drill\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, step string) {
		steps := readSteps([]string{step, step})
		p := pursuit{bound: map[string]string{}}
		l := taken("work", map[string]any{"operation": "drill", "piece": step})
		p.take(steps, l)
		p.take(steps, l)
		if p.fitting(steps, l, true) >= len(steps) || len(steps) != 2 {
			t.Errorf("%q is %d steps", step, len(steps))
		}
	})
}
