package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"purposeagent/agent"
	"purposeagent/environments/web/browser"
	"purposeagent/environments/web/page"
)

// The names of the actions.
const (
	open     = "open"
	click    = "click"
	typeText = "type"
	choose   = "select"
	press    = "press"
	scroll   = "scroll"
	back     = "back"
	read     = "read"
)

// pressed are the keys that are listed one by one.
var pressed = []string{"Enter", "Tab", "Escape", "ArrowUp", "ArrowDown"}

var thing = agent.ParamSpec{Name: "element", Type: "integer", Description: "the number in brackets before it"}

func optionally(p agent.ParamSpec) agent.ParamSpec {
	p.Optional = true
	return p
}

// allActions are those of an environment without bounds.
var allActions = []agent.ActionSpec{
	{Name: click, Description: "Click on a thing.", Params: []agent.ParamSpec{thing}},
	{Name: typeText, Description: "Replace what a field has in it.", Params: []agent.ParamSpec{thing, {Name: "text", Type: "string", Description: "what it has afterwards"},
		{Name: "submit", Type: "boolean", Description: "press Enter afterwards", Optional: true}}},
	{Name: choose, Description: "Choose an option of a list; in one that takes several it is added or taken out.", Params: []agent.ParamSpec{thing, {Name: "option", Type: "string", Description: "its text"}}},
	{Name: press, Description: "Press a key, where the cursor is.", Params: []agent.ParamSpec{{Name: "key", Type: "string", Enum: browser.Keys}}},
	{Name: scroll, Description: "Show more of the page, or of the region of a thing.", Params: []agent.ParamSpec{{Name: "direction", Type: "string", Enum: []string{"down", "up"}}, optionally(thing)}},
	{Name: read, Description: "Read the whole text of the page, or of the region of a thing.", Params: []agent.ParamSpec{optionally(thing), {Name: "part", Type: "integer", Description: "of a text that has several", Optional: true}}},
	{Name: back, Description: "Go back to the page before, or close a window that a page opened."},
	{Name: open, Description: "Open an address.", Params: []agent.ParamSpec{{Name: "url", Type: "string"}}},
}

// named is how a thing is meant where all actions are listed: by what it is called,
// so that what was learned on one page says something on another.
var named = agent.ParamSpec{Name: "element", Type: "string", Description: "what it is called in things", Role: agent.RoleThing}

// listedActions are those that can be listed in each state.
var listedActions = []agent.ActionSpec{
	{Name: click, Description: "Click on a thing.", Params: []agent.ParamSpec{named}},
	{Name: choose, Description: "Choose an option of a list.", Params: []agent.ParamSpec{named, {Name: "option", Type: "string", Description: "its text"}}},
	{Name: press, Description: allActions[3].Description, Params: []agent.ParamSpec{{Name: "key", Type: "string", Enum: pressed}}},
	{Name: scroll, Description: "Show more of the page.", Params: []agent.ParamSpec{{Name: "direction", Type: "string", Enum: []string{"down", "up"}}}},
	allActions[6],
}

// request is an action as it was asked for.
type request struct {
	Element   any    `json:"element"` // a number, or what it is called
	Text      string `json:"text"`
	Submit    bool   `json:"submit"`
	Option    string `json:"option"`
	Key       string `json:"key"`
	Direction string `json:"direction"`
	Part      int    `json:"part"`
	URL       string `json:"url"`
}

// maxTyped bounds what is typed at once.
const maxTyped = 20_000

// do does an action on the tab in front. What it returns is what an actor has asked
// to read. Errors are CodeInvalid where nothing was done.
func (e *Env) do(ctx context.Context, name string, r *request) (reading string, err error) {
	tab, err := e.browser.Front(ctx)
	if err != nil {
		return "", err
	}
	line, err := e.line(r.Element)
	if err != nil {
		return "", err
	}
	tab.Begin()
	switch name {
	case click:
		return "", e.click(ctx, tab, line)
	case typeText:
		return "", e.typeIn(ctx, tab, line, r)
	case choose:
		if line.Can != page.Select {
			return "", agent.Errorf(agent.CodeInvalid, "[%d] is no list of options but a %s", line.Number, line.Role)
		}
		return "", tab.Select(ctx, line.Node, r.Option)
	case press:
		return "", tab.Press(ctx, r.Key)
	case scroll:
		return "", e.scroll(ctx, tab, line, r.Direction)
	case read:
		return e.read(line, r.Part)
	case back:
		return "", e.back(ctx, tab)
	case open:
		if err := e.gate.Check(r.URL); err != nil {
			return "", err
		}
		if err := tab.Unmute(ctx); err != nil {
			return "", err
		}
		return "", tab.Open(ctx, r.URL)
	}
	return "", agent.Errorf(agent.CodeInvalid, "there is no action %q", name)
}

// line returns the line that an action is about, nil for none. Errors are CodeInvalid.
func (e *Env) line(element any) (*page.Line, error) {
	number := 0
	switch x := element.(type) {
	case nil:
		return nil, nil
	case float64:
		number = int(x)
	case string:
		if e.at == nil || e.at.names[x] == 0 {
			return nil, agent.Errorf(agent.CodeInvalid, "there is no %q on this page now", agent.Clip(x, 80))
		}
		number = e.at.names[x]
	}
	if e.at != nil && e.at.page != nil {
		if l := e.at.page.Line(number); l != nil {
			return l, nil
		}
	}
	return nil, agent.Errorf(agent.CodeInvalid, "there is no [%d] on this page now", number)
}

func (e *Env) click(ctx context.Context, tab *browser.Tab, line *page.Line) error {
	at := e.at.page
	err := tab.Click(ctx, line.Node, func(hit int64) bool { return at.Reaches(hit, line.Node) })
	if covered, ok := errors.AsType[*browser.CoveredError](err); ok {
		what := "something else"
		if other := at.Near(covered.Node); other != nil {
			what = agent.Clip(other.String(), 100)
		}
		return agent.Errorf(agent.CodeInvalid, "[%d] can't be clicked on: %s lies in front of it", line.Number, what)
	}
	return about(line, err)
}

func (e *Env) typeIn(ctx context.Context, tab *browser.Tab, line *page.Line, r *request) error {
	if len(r.Text) > maxTyped {
		return agent.Errorf(agent.CodeInvalid, "the text is %d bytes long; at most %d are typed at once", len(r.Text), maxTyped)
	}
	if line.Can != page.Type {
		return agent.Errorf(agent.CodeInvalid, "[%d] takes no text: it is a %s", line.Number, line.Role)
	}
	if err := tab.Type(ctx, line.Node, r.Text); err != nil || !r.Submit {
		return about(line, err)
	}
	return tab.Press(ctx, "Enter")
}

// about says which thing an error of the browser is about.
func about(line *page.Line, err error) error {
	if agent.CodeOf(err) == agent.CodeInvalid {
		return agent.Errorf(agent.CodeInvalid, "[%d]: %s", line.Number, agent.MessageOf(err))
	}
	return err
}

func (e *Env) scroll(ctx context.Context, tab *browser.Tab, line *page.Line, direction string) error {
	const share = .8
	down := direction != "up"
	if line != nil {
		moved, err := tab.Scroll(ctx, line.Node, map[bool]float64{true: share, false: -share}[down])
		if err == nil && !moved {
			e.note("Nothing moved: there is no more of it in this direction.")
		}
		return err
	}
	at := e.at
	switch {
	case at != nil && at.page != nil && down && at.list.Below > 0:
		at.first = at.list.First + len(at.list.Shown)
		_, err := tab.ScrollTo(ctx, max(0, at.page.Lines[at.first].Top-20))
		return err
	case at != nil && at.page != nil && !down && at.list.First > 0:
		at.first = max(0, at.list.First-len(at.list.Shown))
		_, err := tab.ScrollTo(ctx, max(0, at.page.Lines[at.first].Top-20))
		return err
	}
	moved, err := tab.Scroll(ctx, 0, map[bool]float64{true: share, false: -share}[down])
	if err == nil && !moved {
		e.note(fmt.Sprintf("Nothing moved: this is the %s of the page.", map[bool]string{true: "end", false: "top"}[down]))
	}
	return err
}

func (e *Env) back(ctx context.Context, tab *browser.Tab) error {
	if err := tab.Unmute(ctx); err != nil {
		return err
	}
	moved, err := tab.Back(ctx)
	if err == nil && !moved {
		e.note("There is no page before this one.")
	}
	return err
}

// read returns a part of a text, as long as a page may be.
func (e *Env) read(line *page.Line, part int) (string, error) {
	if e.at == nil || e.at.page == nil {
		return "", agent.Errorf(agent.CodeInvalid, "there is nothing to read")
	}
	parts := split(e.at.page.Text(line), e.config.Tokens)
	part = max(part, 1)
	if part > len(parts) {
		return "", agent.Errorf(agent.CodeInvalid, "there is no part %d; the text has %d", part, len(parts))
	}
	text := parts[part-1]
	if len(parts) > 1 {
		text += fmt.Sprintf("\n(part %d of %d)", part, len(parts))
	}
	if text == "" {
		text = "(no text)"
	}
	return text, nil
}

// decode reads the parameters of an action that fits its spec.
func decode(a agent.Action) (*request, error) {
	var r request
	if err := json.Unmarshal([]byte(a.Params.String()), &r); err != nil {
		return nil, agent.Errorf(agent.CodeInvalid, "the parameters of %s can't be read: %s", a.Name, agent.JSONProblem(err))
	}
	return &r, nil
}
