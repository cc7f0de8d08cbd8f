package main

import (
	"bufio"
	"bytes"
	"strings"

	"purposeagent/agent/stats"
)

// fit is a line of the test of what an actor by words is shown.
type fit struct {
	Test      string
	World     string
	Shown     int `json:"shown"`
	Fitting   int `json:"fitting"`
	Applying  int `json:"applying"`
	Expressed int `json:"expressed"`
}

// memory is what an actor that reads words is shown of a trained library: whether it
// applies, and whether all is there that does.
func (p *prover) memory() {
	const group = "what a language model is shown, after 200 training tasks"
	targets := []string{"of the rules shown ≥ 0.95 apply and stand beside the right action", "of the rules that are known and apply ≥ 0.9 are shown or in the playbook"}
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
		precision, recall := stats.Wilson(f.Fitting, f.Shown), stats.Wilson(f.Expressed, f.Applying)
		p.add(measured(group, targets[0], precision.Share, f.Shown, "rules", precision.Share >= .95).within(precision.Low, precision.High).noting("%s", f.World))
		p.add(measured(group, targets[1], recall.Share, f.Applying, "rules", recall.Share >= .9).within(recall.Low, recall.High).noting("%s", f.World))
	}
	if found == 0 {
		why := "the test printed no figures"
		if err != nil {
			why = err.Error()
		}
		for _, target := range targets {
			p.add(missing(group, target, why))
		}
	}
}
