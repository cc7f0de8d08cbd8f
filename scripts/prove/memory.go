package main

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent/stats"
)

// fit is a line of the test of what an actor by words is shown.
type fit struct {
	World string
	fitting
}

const (
	toldRight = "of the rules shown ≥ 0.95 apply and stand beside the right action"
	toldAll   = "of the rules that are known and apply ≥ 0.9 are shown or in the playbook"
)

// fits adds what a model was shown and told in one kind of world.
func (p *prover) fits(group, world string, t *fitting) {
	precision, recall := stats.Wilson(t.Fitting, t.Shown), stats.Wilson(t.Expressed, t.Applying)
	notes := []string{world}
	for _, at := range t.Page {
		notes = append(notes, fmt.Sprintf("a playbook of %d tokens alone %.2f", at.Tokens, float64(at.Expressed)/float64(max(t.Applying, 1))))
	}
	p.add(measured(group, toldRight, precision.Share, t.Shown, "rules", precision.Share >= .95).within(precision.Low, precision.High).noting("%s", world))
	p.add(measured(group, toldAll, recall.Share, t.Applying, "rules", recall.Share >= .9).within(recall.Low, recall.High).noting("%s", strings.Join(notes, "; ")))
}

// memory is what an actor that reads words is shown of a trained library: whether it
// applies, and whether all is there that does.
func (p *prover) memory() {
	const group = "what a language model is shown, after 200 training tasks"
	out, err := p.command("go", "test", "-count=1", "-v", "-timeout", "20m", "-run", "TestWhatIsShownApplies", "./internal/lab")
	found := 0
	scanner := bufio.NewScanner(bytes.NewReader(out))
	for scanner.Scan() {
		rest, ok := strings.CutPrefix(scanner.Text(), "PROVE ")
		if !ok {
			continue
		}
		f, failed := decode[fit]([]byte(rest))
		if failed != nil {
			err = failed
			continue
		}
		found++
		p.fits(group, f.World, &f.fitting)
	}
	if found == 0 {
		why := "the test printed no figures"
		if err != nil {
			why = err.Error()
		}
		for _, target := range []string{toldRight, toldAll} {
			p.add(missing(group, target, why))
		}
	}
}

// add counts another world's as well.
func (t *fitting) add(o *fitting) {
	t.Shown, t.Fitting, t.Applying, t.Expressed = t.Shown+o.Shown, t.Fitting+o.Fitting, t.Applying+o.Applying, t.Expressed+o.Expressed
	if t.Page == nil {
		t.Page = slices.Clone(o.Page)
		return
	}
	for i := range min(len(t.Page), len(o.Page)) {
		t.Page[i].Expressed += o.Page[i].Expressed
	}
}
