package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// notShown is said where no language model answered.
const notShown = "not shown with a language model"

// choices is what purpose lab choices --json prints.
type choices struct {
	States int             `json:"states"`
	Legal  float64         `json:"legal"`
	Told   map[string]told `json:"told"`
}

type told struct {
	N     int     `json:"n"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	// Failed answers are in no share.
	Failed int    `json:"failed"`
	Error  string `json:"error"`
}

// model measures a connected language model: whether it does what one rule
// tells it, and the arms of the Lab. Without a name it starts the very small
// model that the tests have.
func (p *prover) model(ref string, arms bool) {
	const group = "a language model in single states, workshop"
	targets := []string{"right with one rule that applies ≥ 0.9", "right with no rule ≤ 0.2", "right with a rule that does not apply"}
	if ref == "" {
		stop, err := p.startModel()
		if err != nil {
			p.fail(group, fmt.Errorf("%s: %w", notShown, err), targets...)
			return
		}
		defer stop()
		ref = "openai:smollm2"
	}
	raw, err := p.command(p.binary, "lab", "choices", "--json", "--data", p.data, "--log-level", "error", "--model", ref, "--states", p.count(50))
	var c choices
	if err == nil {
		c, err = decode[choices](raw)
	}
	if err != nil {
		p.fail(group, fmt.Errorf("%s: %w", notShown, err), targets...)
		return
	}
	one, nothing, another := c.Told["one"], c.Told["nothing"], c.Told["another"]
	for _, t := range []told{one, nothing, another} {
		if t.N == 0 {
			p.fail(group, fmt.Errorf("%s: %s", notShown, t.Error), targets...)
			return
		}
	}
	note := fmt.Sprintf("%s, one of %.1f actions is right", ref, c.Legal)
	if failed := one.Failed + nothing.Failed + another.Failed; failed > 0 {
		note += fmt.Sprintf("; %d answers could not be had", failed)
	}
	p.add(measured(group, targets[0], one.Share, one.N, "states", one.Share >= .9).within(one.Low, one.High).noting("%s", note))
	p.add(measured(group, targets[1], nothing.Share, nothing.N, "states", nothing.Share <= .2).within(nothing.Low, nothing.High))
	p.add(measured(group, targets[2]+" (shown, no target)", another.Share, another.N, "states", true).within(another.Low, another.High))
	if arms {
		p.modelArms(ref)
	}
}

// modelArms are the arms of the Lab with a library trained by the reasoner.
func (p *prover) modelArms(ref string) {
	const group = "a language model, workshop plain, a library trained by the reasoner"
	targets := []string{"on − off, lower bound > 0", "on − examples only, lower bound > 0", "on − playbook only"}
	args := byModel(ref, "--trainer", "reasoner", "--environment", "workshop", "--worlds", p.worlds(3), "--train", "100", "--test", p.count(20), "--arms", "off,on,append-successes,playbook-only,placebo")
	w, err := lab[worlds](p, args...)
	if err != nil {
		p.fail(group, fmt.Errorf("%s: %w", notShown, err), targets...)
		return
	}
	n := len(w.Worlds)
	p.add(gain(group, targets[0], w.Comparisons, "on-off", "worlds", 0).noting("%s: on %.2f, off %.2f, placebo %.2f in %d worlds", ref, w.Arms["on"].Share, w.Arms["off"].Share, w.Arms["placebo"].Share, n))
	p.add(gain(group, targets[1], w.Comparisons, "on-append-successes", "worlds", 0).noting("examples only %.2f", w.Arms["append-successes"].Share))
	p.add(shown(group, targets[2], w.Comparisons["on-playbook-only"], "worlds").noting("playbook only %.2f", w.Arms["playbook-only"].Share))
}

// startModel starts the tests' model server; stop ends it.
func (p *prover) startModel() (stop func(), err error) {
	c := exec.CommandContext(p.ctx, "scripts/llm-server.sh", "0")
	c.Env = append(os.Environ(), "WATCH_STDIN=1", "N_CTX="+cmp.Or(os.Getenv("N_CTX"), "8192"))
	c.Stderr = os.Stderr
	stdin, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = stdin.Close() // it watches it
		_ = c.Wait()
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			p.env = append(p.env, "OPENAI_BASE_URL="+strings.TrimSpace(url)+"/v1")
			return stop, nil
		}
	}
	stop()
	return nil, errors.New("the model server of the tests did not start")
}
