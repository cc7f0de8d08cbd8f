package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
)

// Click clicks in the middle of a node. reaches says whether a click on another
// node, which lies in front there, is one on this node. Errors are CodeInvalid
// where it can't be clicked.
func (t *Tab) Click(ctx context.Context, node int64, reaches func(hit int64) bool) error {
	x, y, err := t.middle(ctx, node)
	if err != nil {
		return err
	}
	if hit, err := t.hit(ctx, x, y); err != nil {
		return err
	} else if hit != 0 && hit != node && !reaches(hit) {
		return &CoveredError{hit}
	}
	mouse := func(kind string, buttons int) object {
		m := object{"type": kind, "x": x, "y": y, "buttons": buttons}
		if kind != "mouseMoved" {
			m["button"], m["clickCount"] = "left", 1
		}
		return m
	}
	t.browser.tell(t.session, "Input.dispatchMouseEvent", mouse("mouseMoved", 0))
	t.browser.tell(t.session, "Input.dispatchMouseEvent", mouse("mousePressed", 1))
	return t.input(ctx, "Input.dispatchMouseEvent", mouse("mouseReleased", 0))
}

// hit returns the node in front at a point of the window, or 0.
func (t *Tab) hit(ctx context.Context, x, y float64) (int64, error) {
	left, top, err := t.scrolled(ctx)
	if err != nil {
		return 0, err
	}
	var hit struct {
		Node int64 `json:"backendNodeId"`
	}
	err = t.call(ctx, "DOM.getNodeForLocation", object{"x": int(x + left), "y": int(y + top)}, &hit) // from the top of the page
	if refusal(err) != "" {
		return 0, nil // nothing is there
	}
	return hit.Node, err
}

// input does the last part of an input. A tab that closes over it has had it.
func (t *Tab) input(ctx context.Context, method string, params object) error {
	err := t.call(ctx, method, params, nil)
	if text := refusal(err); strings.Contains(text, "closed") || strings.Contains(text, "detached") || strings.Contains(text, "not found") || strings.Contains(text, "navigated") {
		return nil
	}
	return err
}

// CoveredError is the error of a click at a place where another node lies in front.
type CoveredError struct{ Node int64 }

func (*CoveredError) Error() string { return "something else lies in front of it" }

// errHidden is the error of what can't be seen.
var errHidden = agent.Errorf(agent.CodeInvalid, "it is not visible any more")

// middle scrolls a node into view and returns a point in it.
func (t *Tab) middle(ctx context.Context, node int64) (x, y float64, err error) {
	if err := t.call(ctx, "DOM.scrollIntoViewIfNeeded", object{"backendNodeId": node}, nil); err != nil {
		if refusal(err) != "" {
			return 0, 0, errHidden
		}
		return 0, 0, err
	}
	var got struct {
		Quads [][]float64 `json:"quads"`
	}
	if err := t.call(ctx, "DOM.getContentQuads", object{"backendNodeId": node}, &got); err != nil {
		if refusal(err) != "" {
			return 0, 0, errHidden
		}
		return 0, 0, err
	}
	width, height := float64(t.browser.options.Width), float64(t.browser.options.Height)
	for _, q := range got.Quads {
		if len(q) != 8 {
			continue
		}
		left, right := max(0, slices.Min([]float64{q[0], q[2], q[4], q[6]})), min(width, slices.Max([]float64{q[0], q[2], q[4], q[6]}))
		top, bottom := max(0, slices.Min([]float64{q[1], q[3], q[5], q[7]})), min(height, slices.Max([]float64{q[1], q[3], q[5], q[7]}))
		if right-left >= 1 && bottom-top >= 1 {
			return (left + right) / 2, (top + bottom) / 2, nil
		}
	}
	return 0, 0, errHidden
}

// On calls a JavaScript function on a node (as this) and returns what it returns.
func (t *Tab) On(ctx context.Context, node int64, function string, arguments ...any) (json.RawMessage, error) {
	var resolved struct {
		Object struct {
			ID string `json:"objectId"`
		} `json:"object"`
	}
	if err := t.call(ctx, "DOM.resolveNode", object{"backendNodeId": node, "objectGroup": "purpose"}, &resolved); err != nil {
		if refusal(err) != "" {
			return nil, errHidden
		}
		return nil, err
	}
	defer t.browser.tell(t.session, "Runtime.releaseObjectGroup", object{"objectGroup": "purpose"})
	list := make([]object, len(arguments))
	for i, a := range arguments {
		list[i] = object{"value": a}
	}
	var got evaluated
	err := t.call(ctx, "Runtime.callFunctionOn", object{"functionDeclaration": function, "objectId": resolved.Object.ID, "arguments": list,
		"returnByValue": true, "awaitPromise": true, "userGesture": true}, &got)
	if err != nil {
		return nil, err
	}
	return got.value()
}

// prepare focuses what is typed into and selects what is in it, or sets a value
// that is not typed by keys. It answers "keys", "set" or what is wrong.
const prepare = `function (text) {
  const e = this, set = (proto) => {
    Object.getOwnPropertyDescriptor(proto, 'value').set.call(e, text);
    e.dispatchEvent(new Event('input', {bubbles: true}));
    e.dispatchEvent(new Event('change', {bubbles: true}));
  };
  if (e.disabled) return 'it is disabled';
  if (e.readOnly) return 'it is read-only';
  if (e instanceof HTMLInputElement && e.type === 'file') return 'files can\'t be chosen here';
  if (e instanceof HTMLInputElement && ['date', 'time', 'month', 'week', 'datetime-local', 'color', 'range'].includes(e.type)) {
    e.focus(); set(HTMLInputElement.prototype);
    return e.value === text || e.type === 'range' || e.type === 'color' ? 'set' : 'it takes no such value; its type is ' + e.type + ', so write for instance ' +
      {date: '2026-12-01', time: '14:30', month: '2026-12', week: '2026-W49', 'datetime-local': '2026-12-01T14:30'}[e.type];
  }
  e.focus();
  if (e instanceof HTMLInputElement || e instanceof HTMLTextAreaElement) { e.select(); return 'keys'; }
  if (e.isContentEditable) { getSelection().selectAllChildren(e); return 'keys'; }
  const inner = e.querySelector('input, textarea, [contenteditable]');
  return 'it takes no text' + (inner ? '; the field is inside of it' : '');
}`

// maxKeys is how many characters are typed key by key; the rest of a text comes as
// if it were pasted.
const maxKeys = 200

// Type replaces what a field has in it. Errors are CodeInvalid where it takes no text.
func (t *Tab) Type(ctx context.Context, node int64, text string) error {
	if err := t.call(ctx, "DOM.scrollIntoViewIfNeeded", object{"backendNodeId": node}, nil); refusal(err) != "" {
		return errHidden
	} else if err != nil {
		return err
	}
	raw, err := t.On(ctx, node, prepare, text)
	if err != nil {
		return err
	}
	var how string
	if err := json.Unmarshal(raw, &how); err != nil || how != "keys" && how != "set" {
		return agent.Errorf(agent.CodeInvalid, "nothing can be typed there: %s", how)
	}
	if how == "set" {
		return nil
	}
	if text == "" {
		return t.Press(ctx, "Delete")
	}
	runes := []rune(text)
	typed := runes[:min(len(runes), maxKeys)]
	for i, r := range typed {
		down, up := letter(r)
		t.browser.tell(t.session, "Input.dispatchKeyEvent", down)
		if i < len(typed)-1 || len(runes) > len(typed) {
			t.browser.tell(t.session, "Input.dispatchKeyEvent", up)
			continue
		}
		return t.input(ctx, "Input.dispatchKeyEvent", up)
	}
	return t.input(ctx, "Input.insertText", object{"text": string(runes[len(typed):])})
}

// letter returns the events of a key that writes a character.
func letter(r rune) (down, up object) {
	if r == '\n' {
		k := keys["Enter"]
		return k.event("keyDown", 0), k.event("keyUp", 0)
	}
	down = object{"type": "keyDown", "text": string(r), "unmodifiedText": string(r), "key": string(r)}
	up = object{"type": "keyUp", "key": string(r)}
	if r < 0x80 {
		code := int([]rune(strings.ToUpper(string(r)))[0])
		if code >= 'A' && code <= 'Z' || code >= '0' && code <= '9' || code == ' ' {
			down["windowsVirtualKeyCode"], up["windowsVirtualKeyCode"] = code, code
		}
	}
	return down, up
}

type key struct {
	name, text string
	code       int
}

// keys are those that can be pressed.
var keys = map[string]key{
	"Enter": {"Enter", "\r", 13}, "Tab": {"Tab", "", 9}, "Escape": {"Escape", "", 27}, "Backspace": {"Backspace", "", 8}, "Delete": {"Delete", "", 46},
	"Space": {" ", " ", 32}, "ArrowUp": {"ArrowUp", "", 38}, "ArrowDown": {"ArrowDown", "", 40}, "ArrowLeft": {"ArrowLeft", "", 37},
	"ArrowRight": {"ArrowRight", "", 39}, "Home": {"Home", "", 36}, "End": {"End", "", 35}, "PageUp": {"PageUp", "", 33}, "PageDown": {"PageDown", "", 34},
}

// Keys are the names of the keys that can be pressed, in their order.
var Keys = []string{"Enter", "Tab", "Shift+Tab", "Escape", "Space", "Backspace", "Delete", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"}

const shift = 8

func (k key) event(kind string, modifiers int) object {
	e := object{"type": kind, "key": k.name, "code": strings.ReplaceAll(k.name, " ", "Space"), "windowsVirtualKeyCode": k.code, "modifiers": modifiers}
	if kind == "keyDown" && k.text != "" {
		e["text"], e["unmodifiedText"] = k.text, k.text
	} else if kind == "keyDown" {
		e["type"] = "rawKeyDown"
	}
	return e
}

// Press presses one of Keys.
func (t *Tab) Press(ctx context.Context, name string) error {
	bare, shifted := strings.CutPrefix(name, "Shift+")
	k, ok := keys[bare]
	if !ok {
		return agent.Errorf(agent.CodeInvalid, "there is no key %q; there are %s", agent.Clip(name, 40), strings.Join(Keys, ", "))
	}
	modifiers := 0
	if shifted {
		modifiers = shift
	}
	t.browser.tell(t.session, "Input.dispatchKeyEvent", k.event("keyDown", modifiers))
	return t.input(ctx, "Input.dispatchKeyEvent", k.event("keyUp", modifiers))
}

// choose selects options of a list by their texts or values.
const choose = `function (wanted) {
  if (!(this instanceof HTMLSelectElement)) return 'it is no list of options';
  if (this.disabled) return 'it is disabled';
  const clean = (s) => s.replace(/\s+/g, ' ').trim(), all = [...this.options];
  const found = all.find(o => clean(o.label) === clean(wanted)) || all.find(o => clean(o.text) === clean(wanted)) || all.find(o => o.value === wanted) ||
    all.find(o => clean(o.label).toLowerCase() === clean(wanted).toLowerCase());
  if (!found) return 'it has no option ' + JSON.stringify(wanted) + '; it has ' + all.slice(0, 30).map(o => clean(o.label)).join(', ');
  if (found.disabled) return 'this option is disabled';
  this.focus();
  if (this.multiple) found.selected = !found.selected; else this.value = found.value, found.selected = true;
  this.dispatchEvent(new Event('input', {bubbles: true}));
  this.dispatchEvent(new Event('change', {bubbles: true}));
  return '';
}`

// Select chooses an option of a list; in one that takes several it is added or
// taken out. Errors are CodeInvalid.
func (t *Tab) Select(ctx context.Context, node int64, option string) error {
	raw, err := t.On(ctx, node, choose, option)
	if err != nil {
		return err
	}
	var wrong string
	if err := json.Unmarshal(raw, &wrong); err != nil {
		return fmt.Errorf("select: %w", err)
	}
	if wrong != "" {
		return agent.Errorf(agent.CodeInvalid, "nothing was selected: %s", agent.Clip(wrong, 600))
	}
	return nil
}

// scroll moves the nearest part of the page that can be scrolled.
const scroll = `function (to, share) {
  let e = this.nodeType === 1 ? this : this.parentElement;
  const root = e.ownerDocument.scrollingElement || e.ownerDocument.documentElement;
  for (; e && e !== root; e = e.parentElement || (e.getRootNode().host ?? null)) {
    const o = getComputedStyle(e).overflowY;
    if (e.scrollHeight > e.clientHeight + 1 && (o === 'auto' || o === 'scroll')) break;
  }
  e = e || root;
  const before = e.scrollTop, page = (e === root ? innerHeight : e.clientHeight) * share;
  e.scrollTo({top: to === null ? before + page : to, behavior: 'instant'});
  return e.scrollTop !== before;
}`

// Scroll moves the page, or the region that a node is in, by a share of what is
// shown of it, and reports whether anything moved.
func (t *Tab) Scroll(ctx context.Context, node int64, share float64) (bool, error) {
	return t.scroll(ctx, node, nil, share)
}

// ScrollTo moves the page so that the given height is at the top.
func (t *Tab) ScrollTo(ctx context.Context, y float64) (bool, error) {
	return t.scroll(ctx, 0, y, 0)
}

func (t *Tab) scroll(ctx context.Context, node int64, to any, share float64) (bool, error) {
	var raw json.RawMessage
	var err error
	if node != 0 {
		raw, err = t.On(ctx, node, scroll, to, share)
	} else {
		arguments, failed := json.Marshal([]any{to, share})
		if failed != nil {
			return false, failed
		}
		raw, err = t.Evaluate(ctx, "("+scroll+").apply(document.documentElement, "+string(arguments)+")")
	}
	if err != nil {
		return false, err
	}
	var moved bool
	return moved, json.Unmarshal(raw, &moved)
}
