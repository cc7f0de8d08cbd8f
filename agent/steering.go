package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// errSuspended ends an episode whose suspending event has been emitted.
var errSuspended = errors.New("the run is suspended")

// CheckNote returns the note as it is kept, or CodeInvalid for one that is
// empty, too long or no text.
func CheckNote(text string) (string, error) {
	text = strings.TrimSpace(text)
	return text, checkNote("text", text, true)
}

func checkNote(field, text string, needed bool) error {
	switch {
	case needed && text == "":
		return InvalidFields(map[string]string{field: "say what the actor should know"})
	case len(text) > MaxNoteBytes:
		return InvalidFields(map[string]string{field: fmt.Sprintf("is %d bytes long; at most %d are allowed", len(text), MaxNoteBytes)})
	case !utf8.ValidString(text):
		return InvalidFields(map[string]string{field: "is not valid UTF-8 text"})
	}
	return nil
}

// Note returns what the actor is told of a refusal, as a note.
func (a ApprovalAnswered) Note() NoteAdded {
	text := "not " + a.Action.Label()
	if a.Reason != "" {
		text += ": " + a.Reason
	}
	return NoteAdded{Text: text, By: a.By, After: a.Index - 1}
}

// readInbox takes what people have written since the last step into the record.
func (e *episode) readInbox(ctx context.Context) error {
	_, err := e.takeNotes(ctx, false)
	return err
}

// closeInbox takes the last notes into the record; after it there are no more.
func (e *episode) closeInbox(ctx context.Context) error {
	for {
		if n, err := e.takeNotes(ctx, true); n == 0 || err != nil {
			return err
		}
	}
}

func (e *episode) takeNotes(ctx context.Context, last bool) (int, error) {
	if e.o.cfg.Hooks.Inbox == nil {
		return 0, nil
	}
	notes, err := e.o.cfg.Hooks.Inbox(ctx, e.run, last)
	for _, n := range notes {
		if err != nil {
			break
		}
		n.After = len(e.steps)
		e.notes = append(e.notes, n)
		err = e.emit(n)
	}
	return len(notes), err
}

// propose returns the action of the next step: what a person has said to the
// one that was asked about, else a new decision. Where a person has to be asked
// first it emits the request and returns errSuspended.
func (e *episode) propose(ctx context.Context, index int) (Proposed, *Approval, error) {
	if e.asked != nil && e.answer == nil { // a pause ended before anybody answered
		return Proposed{}, nil, e.ask(*e.asked)
	}
	if e.answer != nil {
		p, approval := e.asked.Proposed, &Approval{Verdict: e.answer.Verdict, By: e.answer.By, Reason: e.answer.Reason}
		if e.answer.Verdict == VerdictEdited {
			approval.Proposed = p.Action.Label()
			p.Action, p.Memory = e.answer.Action, overruled(p.Memory)
		}
		e.asked, e.answer, e.refused = nil, nil, nil
		return p, approval, nil
	}
	decision, retrieved, err := e.decide(ctx, index)
	if err != nil {
		return Proposed{}, nil, err
	}
	p := Proposed{Index: index, Action: decision.Action, Usage: decision.Usage, Prompt: decision.Prompt, Examples: exampleUses(e.examples)}
	p.Memory, p.Retrieval = retrieved.stored(decision.Action.Cites, decision.LeftOut)
	var last *Step
	if n := len(e.steps); n > 0 {
		last = &e.steps[n-1]
	}
	if why := e.approval.Why(p.Action, e.o.specs, last, e.stuck.steps); why != "" && p.Action.Name != NoAction {
		legal := e.legal[:min(len(e.legal), MaxListed)]
		return Proposed{}, nil, e.ask(ApprovalAsked{Proposed: p, Why: why, Phi: e.phi, Actions: e.o.specs, Legal: legal})
	}
	e.refused = nil
	return p, nil, nil
}

func (e *episode) ask(request ApprovalAsked) error {
	if err := e.emit(request); err != nil {
		return err
	}
	return errSuspended
}

// overruled returns the uses of rules in a step that a person decided: none of
// them had a part in it.
func overruled(uses []RuleUse) []RuleUse {
	out := slices.Clone(uses)
	for i := range out {
		if u := &out[i]; u.Use == UseShown || u.Use == UseCited {
			u.Use, u.Propensity, u.Why = UseEligible, 0, "the actor saw it, but a person chose the action"
		}
	}
	return out
}

// possible returns the legal actions without those that a person refused at
// this step, as long as something is left.
func (e *episode) possible() []Action {
	if len(e.refused) == 0 {
		return e.legal
	}
	left := slices.DeleteFunc(slices.Clone(e.legal), func(a Action) bool {
		return slices.ContainsFunc(e.refused, func(r Action) bool { return r.Key() == a.Key() })
	})
	if len(left) == 0 {
		return e.legal
	}
	return left
}

// steered reports whether a person had a part in what the actor did.
func (e *episode) steered() bool {
	return len(e.notes) > 0 || slices.ContainsFunc(e.steps, func(s Step) bool { return s.Approval != nil && s.Approval.Verdict == VerdictEdited })
}
