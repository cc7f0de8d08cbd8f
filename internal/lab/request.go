package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"purposeagent/agent"
)

// Request is what a person asks of the Lab: one experiment, in one world or
// in several.
type Request struct {
	// Name is for people; "" takes one made of the environment and the counts.
	Name string `json:"name,omitempty"`
	// Spec is the experiment. Its models are named as for a run; a critic may
	// also be CriticOutcome or CriticNoisy with a standard deviation.
	Spec Spec `json:"spec"`
	// Worlds, where given, does the experiment in each of these worlds and sums
	// it up with the world as the unit: 2 to MaxWorlds different numbers.
	Worlds []int64 `json:"worlds,omitempty"`
}

// The critics that only an experiment has.
const (
	// CriticOutcome is no critic at all: outcomes alone.
	CriticOutcome = "outcome"
	// CriticNoisy, followed by a standard deviation such as 1.0, is the offline
	// critic with Gaussian noise on each Δ.
	CriticNoisy = "noisy:"
)

// MaxName bounds the name of an experiment, in bytes.
const MaxName = 120

// ParseReport reads the report of an experiment, which has one of two forms:
// that of one world (Format) or that of several (WorldsFormat). The other one
// is nil, and both are where there is no report yet. CodeInvalid for anything else.
func ParseReport(o agent.Object) (*Report, *WorldsReport, error) {
	if o.IsEmpty() {
		return nil, nil, nil
	}
	var form struct {
		Format string `json:"format"`
	}
	if err := o.Decode(&form); err != nil {
		return nil, nil, agent.Errorf(agent.CodeInvalid, "this is not a report of an experiment: %w", err)
	}
	read := func(v any) error {
		if err := json.Unmarshal([]byte(o), v); err != nil {
			return agent.Errorf(agent.CodeInvalid, "the report can't be read: %w", err)
		}
		return nil
	}
	switch form.Format {
	case Format:
		r := &Report{}
		if err := read(r); err != nil {
			return nil, nil, err
		}
		r.update()
		return r, nil, nil
	case WorldsFormat:
		r := &WorldsReport{}
		if err := read(r); err != nil {
			return nil, nil, err
		}
		r.update()
		return nil, r, nil
	}
	return nil, nil, agent.Errorf(agent.CodeInvalid, "there is no form of report called %q; choose %s or %s", agent.Clip(form.Format, 40), Format, WorldsFormat)
}

// update says of a report from before there were findings what it shows, in
// the words of today; one that has them stays as it is.
func (r *Report) update() {
	for _, c := range r.Comparisons {
		if c.Finding == "" && r.whole() {
			r.decide()
			r.Alarms = nil
			r.judge()
			return
		}
	}
}

// whole reports whether each arm that was asked for is there.
func (r *Report) whole() bool {
	return r.Arms[On] != nil && !slices.ContainsFunc(r.Spec.Arms, func(a Arm) bool { return r.Arms[a] == nil })
}

func (r *WorldsReport) update() {
	for _, w := range r.Worlds {
		w.update()
	}
	for _, c := range r.Comparisons {
		if c.Finding == "" && len(r.Worlds) > 0 {
			r.decide()
			r.judge(r.Worlds[0].Spec)
			return
		}
	}
}

// ParseRequest reads what an experiment was asked (experiments.Experiment.Spec).
func ParseRequest(o agent.Object) (Request, error) {
	var r Request
	if err := o.Decode(&r); err != nil {
		return r, agent.Errorf(agent.CodeInvalid, "this is not a request for an experiment: %w", err)
	}
	return r, nil
}

// check looks at what the specification alone can't tell.
func (r *Request) check() error {
	if len(r.Name) > MaxName || strings.ContainsFunc(r.Name, unicode.IsControl) {
		return agent.InvalidFields(map[string]string{"name": fmt.Sprintf("must be one line of at most %d bytes", MaxName)})
	}
	return nil
}

// defaultName is what an experiment is called where nobody named it.
func (r *Request) defaultName() string {
	where := r.Spec.Environment.Name
	if n := len(r.Worlds); n > 0 {
		where = fmt.Sprintf("%s in %d worlds", where, n)
	}
	if r.Spec.Source == SourceLibrary {
		return fmt.Sprintf("%s: the library on %d tasks", where, r.Spec.Test)
	}
	return fmt.Sprintf("%s: %d training and %d test tasks", where, r.Spec.Train, r.Spec.Test)
}

// blueprint is a request with all that is fixed before the start.
type blueprint struct {
	ask   Request
	parts []*experiment // one, or one for each world
}

// planRequest fixes all of a request.
func planRequest(ctx context.Context, cfg Config, ask Request) (*blueprint, error) {
	p := &blueprint{ask: ask}
	if len(ask.Worlds) == 0 {
		e, err := plan(ctx, cfg, ask.Spec)
		if err != nil {
			return nil, err
		}
		p.ask.Spec, p.parts = e.spec, []*experiment{e}
	} else {
		parts, err := planWorlds(ctx, cfg, ask.Spec, ask.Worlds)
		if err != nil {
			return nil, err
		}
		p.parts = parts
		p.ask.Spec = parts[0].spec
		p.ask.Spec.Snapshot = ""
	}
	if p.ask.Name == "" {
		p.ask.Name = p.ask.defaultName()
	}
	return p, nil
}

// hash identifies the request: that of the specification, or over those of the worlds.
func (p *blueprint) hash() string {
	if len(p.ask.Worlds) == 0 {
		return p.ask.Spec.Hash()
	}
	return HashOf(specsOf(p.parts))
}

// run does what a request asks, and returns the report with its verdict.
func run(ctx context.Context, cfg Config, ask Request) (report any, verdict string, err error) {
	if len(ask.Worlds) == 0 {
		r, err := Run(ctx, cfg, ask.Spec)
		if err != nil {
			return nil, "", err
		}
		return r, r.Verdict, nil
	}
	r, err := RunWorlds(ctx, cfg, ask.Spec, ask.Worlds)
	if err != nil {
		return nil, "", err
	}
	return r, r.Verdict, nil
}
