package lab

import "testing"

func TestEffect(t *testing.T) {
	one := &Report{Comparisons: map[string]Comparison{"on-off": {Difference: .5, Low: .25, High: .75, Holm: .03, N: 40}, "on-placebo": {Difference: .1, N: 40}}}
	if e := one.Effect(); e == nil || e.Value != .5 || e.Low != .25 || e.High != .75 || e.Holm != .03 || e.N != 40 || e.Worlds {
		t.Errorf("one world: got %+v", e)
	}
	several := &WorldsReport{Comparisons: map[string]*WorldsComparison{"on-off": {Difference: .5, Low: .25, High: .75, Holm: .01, Worlds: 8}}}
	if e := several.Effect(); e == nil || e.N != 8 || !e.Worlds || e.High != .75 || e.Holm != .01 {
		t.Errorf("several worlds: got %+v", e)
	}
	if (&Report{}).Effect() != nil || (&WorldsReport{}).Effect() != nil {
		t.Error("an effect without a comparison")
	}
}
