package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
	"purposeagent/environments/web/browser"
	"purposeagent/environments/web/page"
)

// seen is what an actor sees of a moment. In prompts the fields stand in the order of
// their names, so that what changed comes first.
type seen struct {
	Changed string `json:"changed,omitempty"`
	Page    string `json:"page"`
	Read    string `json:"read,omitempty"`
	// Things are those that can be acted on, where all actions are listed.
	Things map[string]attributes `json:"things,omitzero"`
	Title  string                `json:"title,omitempty"`
	URL    string                `json:"url"`
}

// attributes are what a learner is told of a thing.
type attributes map[string]string

// hidden is what an environment keeps of a moment.
type hidden struct {
	Success bool    `json:"success,omitempty"`
	Score   float64 `json:"score,omitempty"`
	Ended   bool    `json:"ended,omitempty"`
	// What can be done, where it is listed.
	Click  []string `json:"click,omitempty"`
	Select []choice `json:"select,omitempty"`
}

type choice struct {
	Element string   `json:"element"`
	Options []string `json:"options"`
}

// maxChoices bounds the options that are listed of one list.
const maxChoices = 12

func hiddenOf(state agent.State) hidden {
	var h hidden
	_ = state.Hidden.Decode(&h) // a state of another environment has nothing of it
	return h
}

func (h *hidden) legal() []agent.Action {
	var list []agent.Action
	for _, n := range h.Click {
		list = append(list, agent.Action{Name: click, Params: agent.MustObject(map[string]any{"element": n})})
	}
	for _, c := range h.Select {
		for _, o := range c.Options {
			list = append(list, agent.Action{Name: choose, Params: agent.MustObject(map[string]any{"element": c.Element, "option": o})})
		}
	}
	for _, key := range pressed {
		list = append(list, agent.NewAction(press, "key", key))
	}
	return append(list, agent.NewAction(scroll, "direction", "down"), agent.NewAction(scroll, "direction", "up"), agent.NewAction(back))
}

// errMoved is the error of a look at a page that went elsewhere meanwhile.
var errMoved = errors.New("the page went elsewhere")

// attempts is how often a page is looked at that goes elsewhere meanwhile.
const attempts = 4

// observe waits until the page has come to rest and returns what is seen.
func (e *Env) observe(ctx context.Context, reading string) (agent.State, error) {
	timed, cancel := e.limit(ctx)
	defer cancel()
	patience := time.Duration(e.config.Timeout) * time.Second * 8 / 10
	var last error
	calm := true
	for range attempts {
		var err error
		calm, err = e.browser.Settle(timed, patience)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			break // it is stopped below
		}
		if err != nil {
			return agent.State{}, err
		}
		if !calm {
			e.note("The page is still loading.")
			patience = 200 * time.Millisecond
		}
		s, err := e.look(timed, reading)
		if err == nil || ctx.Err() != nil || e.browser.Gone() {
			return s, err
		}
		last = err
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	restless := !calm || timed.Err() == nil || errors.Is(last, errMoved)
	if err := e.interrupt(ctx, restless); err != nil {
		return agent.State{}, err
	}
	fresh, cancelFresh := e.limit(ctx)
	defer cancelFresh()
	s, err := e.look(fresh, reading)
	if err != nil {
		return agent.State{}, agent.Errorf(agent.CodeUnavailable, "the page can't be read: %w (%w)", err, last)
	}
	return s, nil
}

// look returns what is seen now.
func (e *Env) look(ctx context.Context, reading string) (agent.State, error) {
	tab, err := e.browser.Front(ctx)
	if err != nil {
		return agent.State{}, err
	}
	place, err := tab.Place(ctx)
	if err != nil {
		return agent.State{}, err
	}
	var what seen
	var h hidden
	before := e.at
	switch reason := e.unread(ctx, tab, &place); {
	case reason != "":
		e.at = &document{}
		what = seen{Page: reason, URL: place.URL}
	default:
		raw, err := tab.Snapshot(ctx, page.Styles)
		if err != nil {
			return agent.State{}, err
		}
		now, err := tab.Place(ctx)
		if err != nil {
			return agent.State{}, err
		}
		if now.Loader != place.Loader {
			return agent.State{}, errMoved
		}
		if what, err = e.see(raw, &place, before, reading); err != nil {
			return agent.State{}, err
		}
	}
	if err := e.judge(ctx, tab, &what, &h); err != nil {
		return agent.State{}, err
	}
	what.Changed = strings.TrimSpace(strings.Join(slices.Concat(e.said, e.browser.Notes(), []string{what.Changed}), "\n"))
	e.said = nil
	if what.URL == "" {
		what.URL = "about:blank"
	}
	e.list(&what, &h)
	s, err := agent.NewState(what, what.summary())
	if err != nil {
		return agent.State{}, err
	}
	if s.Hidden, err = agent.NewObject(h); err != nil {
		return agent.State{}, err
	}
	return s, e.shoot(ctx, tab, &what)
}

// unread says why a page can't be read; "" if it can.
func (e *Env) unread(ctx context.Context, tab *browser.Tab, place *browser.Place) string {
	refused := e.gate.Refusals()
	switch {
	case place.Crashed:
		return "The page has crashed."
	case place.Failed != "":
		reason := "This page could not be opened: " + place.Failed + "."
		if len(refused) > 0 {
			reason += " " + strings.Join(refused, "; ") + "."
		}
		return reason
	}
	if larger, n, err := tab.Larger(ctx, page.MaxNodes); err == nil && larger {
		return fmt.Sprintf("This page is too large to be read: it has about %d parts, and at most %d are read.", n, page.MaxNodes)
	}
	return ""
}

// see reads a snapshot.
func (e *Env) see(raw json.RawMessage, place *browser.Place, before *document, reading string) (seen, error) {
	key := place.Target + " " + place.Loader
	doc := e.known[key]
	if doc == nil {
		if len(e.known) >= maxDocuments {
			clear(e.known)
		}
		doc = &document{}
		e.known[key] = doc
	}
	now, err := page.Read(raw, width, height, &doc.numbers)
	if err != nil {
		return seen{}, err
	}
	mark := func(*page.Line) string { return "" }
	what := seen{Title: agent.Clip(now.Title, 200), URL: agent.Clip(place.URL, 500), Read: reading}
	switch {
	case e.config.Actions == listed: // what was met before is the same state again, however it came about
		now.Unnumbered()
	case doc == before && doc.page != nil:
		change := page.Compare(doc.page, now)
		what.Changed = change.Say()
		mark = change.Mark
	}
	tokens := e.config.Tokens
	if reading != "" || e.config.Actions == listed { // which is told besides
		tokens /= 2
	}
	tokens = max(tokens/2, tokens-prompttext.Tokens(what.Changed)-prompttext.Tokens(what.Title)-prompttext.Tokens(what.URL))
	doc.page, doc.list = now, now.List(tokens, doc.first, mark)
	doc.first = doc.list.First
	if what.Page = doc.list.Text; what.Page == "" {
		what.Page = "(an empty page)"
	}
	e.at = doc
	return what, nil
}

// summary says a moment in one sentence, for people.
func (s *seen) summary() string {
	name := s.Title
	if name == "" {
		name = s.URL
	}
	if first, _, _ := strings.Cut(s.Changed, "\n"); first != "" {
		return agent.Clip(name, 80) + ": " + agent.Clip(first, 160)
	}
	return agent.Clip(name, 80)
}

// list names what can be acted on, where all actions are listed, and says what can
// be done with it.
func (e *Env) list(what *seen, h *hidden) {
	if e.config.Actions != listed {
		return
	}
	what.Things = map[string]attributes{}
	e.at.names = map[string]int{}
	for _, l := range e.at.list.Shown {
		if l.Number == 0 || l.Can == page.Nothing || l.Disabled() {
			continue
		}
		name := e.at.name(l)
		what.Things[name] = attributes{"kind": l.Role, "name": agent.Clip(l.Name, maxCalled)}
		if s := l.States(); s != "" {
			what.Things[name]["state"] = s
		}
		if l.Can == page.Select {
			h.Select = append(h.Select, choice{name, distinct(l.Options)})
		} else {
			h.Click = append(h.Click, name)
		}
	}
}

// maxCalled bounds what a thing is called.
const maxCalled = 60

// name calls a thing by what it is and says; of several alike, the next ones have a
// number.
func (d *document) name(l *page.Line) string {
	plain := strings.TrimSpace(l.Role + " " + agent.Clip(l.Name, maxCalled))
	name := plain
	for i := 2; d.names[name] != 0; i++ {
		name = fmt.Sprintf("%s (%d)", plain, i)
	}
	d.names[name] = l.Number
	return name
}

// distinct returns the first options, each once.
func distinct(options []string) []string {
	var list []string
	for _, o := range options {
		if o != "" && !slices.Contains(list, o) && len(list) < maxChoices {
			list = append(list, o)
		}
	}
	return list
}

// judge asks the checks of the task. What they find goes to the hidden part alone.
func (e *Env) judge(ctx context.Context, tab *browser.Tab, what *seen, h *hidden) error {
	c := e.config
	var err error
	if h.Ended, _, err = e.holds(ctx, tab, c.Ended); err != nil {
		return err
	}
	if !c.checked() {
		return nil
	}
	met, asked, share := 0, 0, 0.0
	if c.URL != "" {
		asked++
		if fits(c.URL, what.URL) {
			met++
		}
	}
	if c.Text != "" {
		asked++
		if e.at.page != nil && strings.Contains(e.at.page.Text(nil), strings.Join(strings.Fields(c.Text), " ")) {
			met++
		}
	}
	if c.Script != "" {
		asked++
		yes, part, err := e.holds(ctx, tab, c.Script)
		if err != nil {
			return err
		}
		if yes {
			met++
		} else {
			share = part
		}
	}
	h.Success = met == asked
	h.Score = (float64(met) + share) / float64(asked)
	return nil
}

// holds reports whether an expression is true in the page, or what share of it a
// number says. One that throws does not hold.
func (e *Env) holds(ctx context.Context, tab *browser.Tab, expression string) (yes bool, share float64, err error) {
	if expression == "" || e.at.page == nil {
		return false, 0, nil
	}
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	raw, err := tab.Evaluate(short, expression)
	_, thrown := errors.AsType[*browser.ThrownError](err)
	switch {
	case thrown, errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return false, 0, nil
	case err != nil:
		return false, 0, err
	}
	if json.Unmarshal(raw, &share) == nil {
		return share >= 1, min(max(share, 0), 1), nil
	}
	_ = json.Unmarshal(raw, &yes) // what is no truth value is none
	return yes, 0, nil
}

// split cuts a text into parts of at most so many tokens, between lines where that
// goes.
func split(text string, tokens int) []string {
	var parts []string
	var b strings.Builder
	end := func() {
		if b.Len() > 0 {
			parts = append(parts, strings.TrimSuffix(b.String(), "\n"))
			b.Reset()
		}
	}
	for line := range strings.Lines(text) {
		for _, piece := range pieces(line, tokens) {
			if b.Len() > 0 && prompttext.Tokens(b.String())+prompttext.Tokens(piece) > tokens {
				end()
			}
			b.WriteString(piece)
		}
	}
	end()
	if len(parts) == 0 {
		return []string{""}
	}
	return parts
}

// pieces cuts a line that is longer than a part may be.
func pieces(line string, tokens int) []string {
	if prompttext.Tokens(line) <= tokens {
		return []string{line}
	}
	var list []string
	for runes := []rune(line); len(runes) > 0; {
		n := min(len(runes), tokens)
		for n < len(runes) && n < 4*tokens && prompttext.Tokens(string(runes[:n+1])) <= tokens {
			n += max(1, (4*tokens-n)/8)
			n = min(n, len(runes))
		}
		for n > 1 && prompttext.Tokens(string(runes[:n])) > tokens {
			n -= max(1, n/16)
		}
		list = append(list, string(runes[:n]))
		runes = runes[n:]
	}
	return list
}
