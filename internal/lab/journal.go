package lab

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/learning"
)

// Journal keeps what an experiment has done, under keys, so that one that was
// interrupted goes on from there. It is safe for concurrent use.
//
// What is kept is evidence, not the state of the learner: each training task's
// trajectory and each test task's outcome. A training that goes on learns from
// its kept trajectories again, in their order, without acting; what was
// learned is a function of them, so the result is the uninterrupted one's.
type Journal interface {
	// Load returns what was saved under the key, nil if nothing was.
	Load(ctx context.Context, key string) ([]byte, error)
	// Save keeps a value durably before it returns.
	Save(ctx context.Context, key string, value []byte) error
}

// noJournal keeps nothing.
type noJournal struct{}

func (noJournal) Load(context.Context, string) ([]byte, error) { return nil, nil }
func (noJournal) Save(context.Context, string, []byte) error   { return nil }

// chapter is a part of a journal, for one world of several.
type chapter struct {
	journal Journal
	title   string
}

func (c chapter) Load(ctx context.Context, key string) ([]byte, error) {
	return c.journal.Load(ctx, c.title+key)
}

func (c chapter) Save(ctx context.Context, key string, value []byte) error {
	return c.journal.Save(ctx, c.title+key, value)
}

// The keys of a journal.
const reportKey = "report"

func trainKey(phase string, seed int64) string { return fmt.Sprintf("%s/%d", phase, seed) }

func testKey(phase string, a Arm, seed int64) string {
	return fmt.Sprintf("%s/%s/%d", phase, a, seed)
}

// journalError is a failure of the journal itself: no experiment goes on when
// what it does can't be kept.
type journalError struct{ err error }

func (e *journalError) Error() string { return e.err.Error() }
func (e *journalError) Unwrap() error { return e.err }

func isJournal(err error) bool {
	var lost *journalError
	return errors.As(err, &lost)
}

// recall reads a value from the journal, and reports whether there was one.
func recall(ctx context.Context, j Journal, key string, v any) (bool, error) {
	raw, err := j.Load(ctx, key)
	switch {
	case err != nil:
		return false, &journalError{err}
	case raw == nil:
		return false, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err == nil {
		if raw, err = io.ReadAll(z); err == nil {
			err = json.Unmarshal(raw, v)
		}
	}
	if err != nil {
		return false, &journalError{agent.Wrap(agent.CodeUnavailable, err, "what the experiment stored (%s) can't be read: it is damaged, or was stored by another version of Purpose; start the experiment again", key)}
	}
	return true, nil
}

// note keeps a value in the journal.
func note(ctx context.Context, j Journal, key string, v any) error {
	value, err := pack(key, v)
	if err != nil {
		return err
	}
	if err := j.Save(ctx, key, value); err != nil {
		return &journalError{err}
	}
	return nil
}

// packers are used again: a new one makes tables of more than a megabyte, for
// each task of an experiment.
var packers = make(chan *gzip.Writer, 4)

func packer(to io.Writer) (*gzip.Writer, error) {
	select {
	case z := <-packers:
		z.Reset(to)
		return z, nil
	default:
		return gzip.NewWriterLevel(to, gzip.BestSpeed)
	}
}

// pack makes a journal's value: JSON, compressed.
func pack(key string, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", key, err)
	}
	var b bytes.Buffer
	z, err := packer(&b)
	if err == nil {
		_, err = z.Write(raw)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress %s: %w", key, err)
	}
	select {
	case packers <- z:
	default: // as many as are kept
	}
	return b.Bytes(), nil
}

// trained is a training task as the journal keeps it. Hidden parts of states
// are not kept: only an environment reads them, and it is not entered again.
type trained struct {
	Outcome Outcome `json:"outcome"`
	// Trajectory is what was learned from; nil for a task that failed.
	Trajectory *agent.Trajectory `json:"trajectory,omitempty"`
	Ended      int64             `json:"ended"` // on the learner's clock
	// Said is what a language model answered as the distiller, so that it need
	// not be asked again: it would say something else.
	Said []said `json:"said,omitempty"`
}

// said is one answer of a distiller.
type said struct {
	Proposals []agent.Proposal `json:"proposals,omitempty"`
	Usage     agent.Usage      `json:"usage,omitzero"`
	Code      agent.Code       `json:"code,omitempty"`
	Error     string           `json:"error,omitempty"`
}

// recorder is a distiller that notes what it is told, or tells it again.
type recorder struct {
	agent.Distiller
	said []said // noted since the task began, or to be told again
	next int
	past bool // it tells again
}

// Predict asks the distiller where it can predict. Language models can't, so
// there is nothing to tell again.
func (r *recorder) Predict(ctx context.Context, l agent.Lesson) ([]learning.Prediction, error) {
	if p, ok := r.Distiller.(learning.Predictor); ok {
		return p.Predict(ctx, l)
	}
	return nil, nil
}

// Effects asks the distiller where it knows what actions do.
func (r *recorder) Effects(ctx context.Context, l agent.Lesson) ([]credit.Surprise, error) {
	if c, ok := r.Distiller.(learning.EffectChecker); ok {
		return c.Effects(ctx, l)
	}
	return nil, nil
}

// Survey asks the distiller where it remembers exact states.
func (r *recorder) Survey(scope agent.Scope) *credit.StateSummary {
	if s, ok := r.Distiller.(learning.Surveyor); ok {
		return s.Survey(scope)
	}
	return nil
}

// Distil asks the distiller, or says what it said before.
func (r *recorder) Distil(ctx context.Context, l agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	if r.past {
		if r.next >= len(r.said) {
			return nil, agent.Usage{}, agent.Errorf(agent.CodeUnavailable, "the distiller was not asked about this before")
		}
		s := r.said[r.next]
		r.next++
		if s.Error != "" {
			return nil, s.Usage, &agent.Error{Code: s.Code, Message: s.Error}
		}
		return s.Proposals, s.Usage, nil
	}
	proposals, usage, err := r.Distiller.Distil(ctx, l)
	if ctx.Err() == nil {
		s := said{Proposals: proposals, Usage: usage}
		if err != nil {
			s.Code, s.Error = agent.CodeOf(err), agent.MessageOf(err)
		}
		r.said = append(r.said, s)
	}
	return proposals, usage, err
}

// unanswered returns the error of a distiller that did not answer about the last
// task, or nil.
func (r *recorder) unanswered() error {
	if n := len(r.said); n > 0 && r.said[n-1].Error != "" {
		return &agent.Error{Code: r.said[n-1].Code, Message: r.said[n-1].Error}
	}
	return nil
}

// witness is a replay that shows which trajectory came last.
type witness struct {
	agent.Replay
	last *agent.Trajectory
}

// Add keeps the trajectory.
func (w *witness) Add(ctx context.Context, t *agent.Trajectory) error {
	w.last = t
	return w.Replay.Add(ctx, t)
}
