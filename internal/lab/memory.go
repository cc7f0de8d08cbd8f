package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"purposeagent/agent"
	"purposeagent/agent/replay"
)

// memory is what the arms begin with: usable rules of one scope, and the
// trajectories they were learned from. Neither changes any more.
type memory struct {
	scope  agent.Scope
	rules  []*agent.Heuristic
	replay agent.Replay
}

// Frozen is a snapshot of a library in one scope.
type Frozen struct {
	// Rules are all rules of the scope, whatever their status.
	Rules []*agent.Heuristic `json:"rules"`
	// Trajectories are kept experience, oldest first: for the append-successes
	// arm, and for critics that learn from it.
	Trajectories []*agent.Trajectory `json:"trajectories,omitempty"`
	// Suspended says why the learned set was suspended, "" where it was in use.
	Suspended string `json:"suspended,omitempty"`
}

// MaxFrozen bounds the trajectories of a snapshot.
const MaxFrozen = 100

// hash identifies a snapshot: SHA-256 of its rules and of which trajectories
// are in it, in canonical JSON.
func (f *Frozen) hash() string {
	ids := make([]string, len(f.Trajectories))
	for i, t := range f.Trajectories {
		ids[i] = t.ID
	}
	h := sha256.New()
	for _, r := range f.Rules {
		h.Write([]byte(agent.MustObject(r).String() + "\n"))
	}
	for _, id := range ids {
		h.Write([]byte(id + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

const libraryKey = "library"

// freeze takes the snapshot of the installation's library that the
// experiment is about: the journal's, if it has one.
func (e *experiment) freeze(ctx context.Context) error {
	if e.cfg.Library == nil {
		return agent.InvalidFields(map[string]string{"source": "there is no library here; leave it out to train"})
	}
	scope, err := e.scope()
	if err != nil {
		return err
	}
	frozen := &Frozen{}
	kept, err := recall(ctx, e.journal, libraryKey, frozen)
	if err != nil {
		return err
	}
	if !kept {
		if *frozen, err = e.cfg.Library(ctx, scope); err != nil {
			return err
		}
	}
	hash := frozen.hash()
	switch {
	case e.spec.Snapshot != "" && e.spec.Snapshot != hash:
		return agent.InvalidFields(map[string]string{"snapshot": "the library has changed since; leave it out to take the library as it is"})
	case len(usable(frozen.Rules)) == 0:
		return agent.InvalidFields(map[string]string{"source": "the library has no usable rule for this environment in this configuration; run some tasks first, or train"})
	}
	e.spec.Snapshot, e.frozen = hash, frozen
	return nil
}

// scope is that of the training tasks.
func (e *experiment) scope() (agent.Scope, error) {
	env, err := e.cfg.World.New(e.config("train"))
	if err != nil {
		return agent.Scope{}, err
	}
	defer closeEnvironment(env)
	return agent.ScopeOf(e.cfg.World.Name, env), nil
}

// given makes the memory of the snapshot.
func (e *experiment) given(ctx context.Context, report *Report) (memory, error) {
	if err := e.keepLibrary(ctx); err != nil {
		return memory{}, err
	}
	env, err := e.cfg.World.New(e.config("train"))
	if err != nil {
		return memory{}, err
	}
	defer closeEnvironment(env)
	if c, ok := env.(interface{ Commitment() string }); ok {
		report.Commitment = c.Commitment()
	}
	replay := replay.New(capacity)
	for _, t := range e.frozen.Trajectories {
		if err := replay.Add(ctx, t); err != nil {
			return memory{}, err
		}
	}
	report.Library, report.Training.Suspended = agent.NewLibraryReport(e.frozen.Rules), e.frozen.Suspended
	m := memory{scope: agent.ScopeOf(e.cfg.World.Name, env), rules: usable(e.frozen.Rules), replay: frozenReplay{replay}}
	report.count(m.rules)
	return m, nil
}

// keepLibrary keeps the snapshot, so that the experiment goes on from the same.
func (e *experiment) keepLibrary(ctx context.Context) error {
	kept, err := recall(ctx, e.journal, libraryKey, &Frozen{})
	if err != nil || kept {
		return err
	}
	return note(ctx, e.journal, libraryKey, e.frozen)
}

func usable(rules []*agent.Heuristic) []*agent.Heuristic {
	var out []*agent.Heuristic
	for _, h := range rules {
		if h.Usable() {
			out = append(out, h)
		}
	}
	return out
}

// records is what the journal of a planned request begins with: the snapshots
// that it is about.
func (p *blueprint) records() (map[string][]byte, error) {
	records := map[string][]byte{}
	for _, e := range p.parts {
		if e.frozen == nil {
			continue
		}
		value, err := pack(libraryKey, e.frozen)
		if err != nil {
			return nil, err
		}
		records[e.title+libraryKey] = value
	}
	return records, nil
}
