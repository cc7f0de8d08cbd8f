package conformance

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
)

// MaxPictureBytes bounds a state's picture.
const MaxPictureBytes = 128 << 10

// states returns the states of one walk, the initial one first.
func (w world) states(env agent.Environment) ([]agent.State, error) {
	start, steps, err := w.walk(env)
	list := []agent.State{start}
	for _, s := range steps {
		list = append(list, s.after)
	}
	return list, err
}

func checkTerminal(w world) error {
	env := w.fresh()
	states, err := w.states(env)
	if err != nil {
		return err
	}
	if env.IsTerminal(states[0]) {
		return errors.New("the initial state is terminal: there is nothing to do")
	}
	for i, s := range states {
		if terminal := env.IsTerminal(s); env.IsTerminal(s) != terminal {
			return fmt.Errorf("state %d is terminal and is not", i)
		}
		if l, ok := env.(agent.Legal); ok && env.IsTerminal(s) && len(l.LegalActions(s)) > 0 {
			return fmt.Errorf("state %d is terminal, and has legal actions", i)
		}
	}
	return nil
}

func checkRanges(w world) error {
	env := w.fresh()
	states, err := w.states(env)
	if err != nil {
		return err
	}
	for i, s := range states {
		if p, ok := env.(agent.Potential); ok {
			phi, err := p.Potential(s)
			again, errAgain := p.Potential(s)
			if err := first(err, errAgain); err != nil {
				return fmt.Errorf("potential of state %d: %w", i, err)
			}
			if !agent.ValidPhi(phi) || phi != again {
				return fmt.Errorf("potential of state %d is %v, then %v, want one number from 0 to 10", i, phi, again)
			}
		}
		v, ok := env.(agent.Verifier)
		if !ok {
			continue
		}
		verdict, err := v.Verify(w.ctx(), s)
		again, errAgain := v.Verify(w.ctx(), s)
		if err := first(err, errAgain, mismatch("verdict asked again", again, verdict)); err != nil {
			return fmt.Errorf("verdict on state %d: %w", i, err)
		}
		if math.IsNaN(verdict.Score) || verdict.Score < 0 || verdict.Score > 1 {
			return fmt.Errorf("score of state %d is %v, want 0 to 1", i, verdict.Score)
		}
		if verdict.Reward != nil && (math.IsNaN(*verdict.Reward) || math.IsInf(*verdict.Reward, 0)) {
			return fmt.Errorf("reward of state %d is %v", i, *verdict.Reward)
		}
		if i == 0 && verdict.Success {
			return errors.New("the initial state is a success: there is nothing to do")
		}
	}
	return nil
}

// checkJudge asks a Judge about the initial state and the last one.
func checkJudge(w world) error {
	env := w.fresh()
	judge, ok := env.(agent.Judge)
	if !ok {
		return nil
	}
	states, err := w.states(env)
	if err != nil {
		return err
	}
	last := states[len(states)-1]
	verdict, err := judge.Judge(w.ctx(), last)
	if err != nil {
		return err
	}
	again, err := judge.Judge(w.ctx(), last)
	if err := first(err, verdict.Check(), mismatch("verdict asked again", again, verdict)); err != nil {
		return fmt.Errorf("judge of the last state: %w", err)
	}
	if r, ok := env.(agent.Restorer); ok {
		if err := r.Restore(w.ctx(), w.task, states[0]); err != nil {
			return err
		}
		if verdict, err := judge.Judge(w.ctx(), states[0]); err != nil || verdict.Success {
			return fmt.Errorf("the initial state is a success (%v): there is nothing to do", err) //nolint:errorlint // it may be nil
		}
	}
	return nil
}

func checkStorage(w world) error {
	env := w.fresh()
	states, err := w.states(env)
	if err != nil {
		return err
	}
	for i, s := range states {
		back, err := throughStorage(s)
		if err := first(err, mismatch(fmt.Sprintf("state %d from storage", i), back, s)); err != nil {
			return err
		}
		if n := len(s.Data) + len(s.Summary) + len(s.Hidden); n > MaxStateBytes {
			return fmt.Errorf("state %d is %d bytes; at most %d are allowed", i, n, MaxStateBytes)
		}
		if strings.TrimSpace(s.Summary) == "" || !utf8.ValidString(s.Summary) {
			return fmt.Errorf("state %d has the summary %q", i, s.Summary)
		}
	}
	return nil
}

func checkDescription(w world) error {
	env := w.fresh()
	d, ok := env.(agent.Describer)
	if !ok {
		return nil
	}
	states, err := w.states(env)
	if err != nil {
		return err
	}
	info := d.Describe()
	if strings.TrimSpace(info.Text) == "" {
		return errors.New("its description has no text")
	}
	for i, s := range states {
		if err := checkPointers(info.State, s); err != nil {
			return fmt.Errorf("state %d: %w", i, err)
		}
		if strings.Contains(s.Data.String(), `"_error"`) {
			return fmt.Errorf("state %d uses the reserved key _error", i)
		}
	}
	return mismatch("description asked again", d.Describe(), info)
}

func checkPointers(spec agent.StateSpec, s agent.State) error {
	tree := any(s.Data.Map())
	attributes := func(name, pointer string) (map[string]any, error) {
		if pointer == "" {
			return map[string]any{}, nil
		}
		node, found := agent.Lookup(tree, pointer)
		all, isMap := node.(map[string]any)
		if !found || !isMap {
			return nil, fmt.Errorf("%s %q points to no object", name, pointer)
		}
		for id, one := range all {
			values, isMap := one.(map[string]any)
			if !isMap {
				return nil, fmt.Errorf("%s %q: %q is no object of attributes", name, pointer, id)
			}
			for attribute, value := range values {
				text, isText := value.(string)
				known := spec.Vocabulary[attribute]
				if !isText || known != nil && !slices.Contains(known, text) {
					return nil, fmt.Errorf("%s %q: %s of %q is %v, which the vocabulary does not have", name, pointer, attribute, id, value)
				}
			}
		}
		return all, nil
	}
	things, err := attributes("things", spec.Things)
	if err != nil {
		return err
	}
	if _, err := attributes("exits", spec.Exits); err != nil {
		return err
	}
	if spec.Place != "" {
		node, _ := agent.Lookup(tree, spec.Place)
		if text, isText := node.(string); !isText || text == "" {
			return fmt.Errorf("place %q points to no id", spec.Place)
		}
	}
	return checkHeld(spec, tree, things)
}

func checkHeld(spec agent.StateSpec, tree any, things map[string]any) error {
	if spec.Held == "" {
		return nil
	}
	node, _ := agent.Lookup(tree, spec.Held)
	held, isList := node.([]any)
	if !isList {
		return fmt.Errorf("held %q points to no array", spec.Held)
	}
	for _, id := range held {
		text, isText := id.(string)
		if _, seen := things[text]; !isText || spec.Things != "" && !seen {
			return fmt.Errorf("held thing %v is not among the things", id)
		}
	}
	return nil
}

func checkPictures(w world) error {
	env := w.fresh()
	p, ok := env.(agent.Picturer)
	if !ok {
		return nil
	}
	states, err := w.states(env)
	if err != nil {
		return err
	}
	for i, s := range states {
		svg, err := p.Picture(s)
		if err == nil {
			err = checkSVG(svg)
		}
		again, errAgain := p.Picture(s)
		if err := first(err, errAgain, mismatch("picture drawn again", again, svg)); err != nil {
			return fmt.Errorf("picture of state %d: %w", i, err)
		}
	}
	return nil
}

// checkSVG refuses what can run or load something.
func checkSVG(svg string) error {
	if len(svg) > MaxPictureBytes {
		return fmt.Errorf("is %d bytes; at most %d are allowed", len(svg), MaxPictureBytes)
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	root := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("is not well formed: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if root == "" {
			root = start.Name.Local
		}
		switch strings.ToLower(start.Name.Local) {
		case "script", "foreignobject", "iframe", "image", "a", "animate", "set", "handler":
			return fmt.Errorf("holds a <%s>", start.Name.Local)
		}
		for _, a := range start.Attr {
			name, value := strings.ToLower(a.Name.Local), strings.ToLower(a.Value)
			if strings.HasPrefix(name, "on") || name == "href" && !strings.HasPrefix(value, "#") ||
				strings.Contains(value, "url(") && !strings.Contains(value, "url(#") || strings.Contains(value, "javascript:") {
				return fmt.Errorf("holds the attribute %s=%q", a.Name.Local, a.Value)
			}
		}
	}
	if root != "svg" {
		return fmt.Errorf("its root is %q, want svg", root)
	}
	return nil
}

func checkCancelled(w world) error {
	env := w.fresh()
	start, err := env.Reset(w.ctx(), w.task)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	for _, a := range optionsIn(env, start) {
		// An instant environment may do the action, a slow one may give up; both are fine.
		if _, err := env.Execute(ctx, a, start); err != nil && !errors.Is(err, context.Canceled) {
			if code := agent.CodeOf(err); code == agent.CodeInternal {
				return fmt.Errorf("a cancelled %s: unclassified error %w", a.Label(), err)
			}
		}
	}
	return nil
}
