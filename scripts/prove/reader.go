package main

import (
	"errors"
	"maps"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"purposeagent/internal/llmtest"
)

// readerRef is the stand-in reader as a model.
const readerRef = "openai:" + llmtest.ReaderModel

// reader measures what a library gives to one who reads: a stand-in that can
// only do what its prompt says, asked through the real client, prompt and
// parser. It is no language model, and shows nothing about one.
func (p *prover) reader() {
	listener, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		p.fail("stand-in reader", err, "on − off ≥ 0.5")
		return
	}
	server := &http.Server{Handler: llmtest.Reader{Seed: 1}, ReadHeaderTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	p.env = append(p.env, "OPENAI_BASE_URL=http://"+listener.Addr().String()+"/v1")
	p.readerIn("stand-in reader, workshop plain, 100 training tasks by itself", "shuffled")
	var controls []string
	for _, name := range slices.Sorted(maps.Keys(llmtest.Rewritings)) {
		controls = append(controls, rewritten(name))
	}
	p.readerIn("stand-in reader, workshop plain, a library trained by the reasoner", append(controls, "shuffled", "placebo:maze", "placebo")...)
	p.readerElsewhere()
	p.env = nil
	_ = server.Close()
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		p.fail("stand-in reader", err, "its server worked to the end")
	}
}

// byModel are the arguments of an experiment in which a model acts, the rule
// distiller learns and the environment's measure judges.
func byModel(ref string, more ...string) []string {
	return append([]string{"--model", ref, "--critic", "reasoner", "--optimizer", "reasoner"}, more...)
}

// rewritten is the arm in which the reader reads the same prompts otherwise.
func rewritten(name string) string { return "model:" + readerRef + "+" + name }

// readerIn is the workshop with a reader: the arms that are always there, and
// more. The placebos are where the reasoner trains.
func (p *prover) readerIn(group string, more ...string) {
	targets := []string{"on − off ≥ 0.5, lower bound > 0.3", "on − examples only, lower bound > 0", "on − playbook only"}
	args := byModel(readerRef, "--environment", "workshop", "--worlds", p.worlds(10), "--train", "100", "--test", p.count(30),
		"--arms", strings.Join(append([]string{"off", "on", "append-successes", "playbook-only"}, more...), ","))
	if slices.Contains(more, "placebo") {
		args = append(args, "--trainer", "reasoner")
	}
	w, err := lab[worlds](p, args...)
	if err != nil {
		p.fail(group, err, targets...)
		return
	}
	c := w.Comparisons["on-off"]
	p.add(measured(group, targets[0], c.Difference, c.N, "worlds", c.Difference >= .5 && c.Low > .3).within(c.Low, c.High).noting("on %.2f, off %.2f; %s", w.Arms["on"].Share, w.Arms["off"].Share, failing(w)))
	p.add(gain(group, targets[1], w.Comparisons, "on-append-successes", "worlds", 0).noting("examples only %.2f", w.Arms["append-successes"].Share))
	p.add(shown(group, targets[2], w.Comparisons["on-playbook-only"], "worlds").noting("playbook only %.2f", w.Arms["playbook-only"].Share))
	var all fitting
	for _, r := range w.Worlds {
		if m := r.Arms["on"].Memory; m != nil {
			all.add(m)
		}
	}
	p.fits(group, "through the real prompt", &all)
	for _, arm := range more {
		if name, ok := strings.CutPrefix(arm, "model:"+readerRef+"+"); ok {
			c := w.Comparisons["on-"+arm]
			p.add(measured(group, "the prompt "+name+" changes on by < 0.1", -c.Difference, c.N, "worlds", c.N > 0 && math.Abs(c.Difference) < .1).within(-c.High, -c.Low))
			continue
		}
		var x []float64
		for _, r := range w.Worlds {
			x = append(x, r.Arms[arm].Share-r.Arms["off"].Share)
		}
		m, low, high := spread(x)
		if arm == "placebo" { // worlds of one kind share laws, and what holds in all of them helps here as well
			p.add(measured(group, "rules of another workshop − off (shown, no target)", m, len(x), "worlds", true).within(low, high))
			continue
		}
		p.add(measured(group, arm+" − off not above 0", m, len(x), "worlds", low <= 0).within(low, high))
	}
}

// shown is a comparison that has no target: whatever comes out is shown.
func shown(group, what string, c comparison, unit string) row {
	return measured(group, what+" (shown, no target)", c.Difference, c.N, unit, true).within(c.Low, c.High)
}

// readerElsewhere is what comes out in other environments.
func (p *prover) readerElsewhere() {
	const group = "stand-in reader elsewhere, 100 training tasks by itself"
	for _, x := range []struct {
		name string
		args []string
	}{
		{"maze", []string{"--environment", "maze"}},
		{"remote, the example program", []string{"--environment", "remote", "--config", `{"command":["python3","docs/remote/example_env.py"]}`}},
	} {
		r, err := lab[report](p, append(byModel(readerRef, "--train", "100", "--test", p.count(100), "--arms", "off,on,append-successes,playbook-only"), x.args...)...)
		if err != nil {
			p.fail(group, err, x.name+": on − off")
			continue
		}
		for _, against := range []string{"off", "append-successes"} {
			p.add(shown(group, x.name+": on − "+against, r.Comparisons["on-"+against], "tasks").noting("on %.2f, %s %.2f", r.Arms["on"].Share, against, r.Arms[against].Share))
		}
	}
}
