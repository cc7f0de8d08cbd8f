package page

import "slices"

// acting are the roles of things that people act on.
var acting = []string{"button", "link", "checkbox", "radio", "switch", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "option",
	"textbox", "searchbox", "combobox", "slider", "spinbutton", "treeitem"}

// role is what a thing is; "" if it is nothing to act on and no heading or dialog.
func role(n *node) string {
	if n.kind != element {
		return ""
	}
	if r := n.attrs["role"]; slices.Contains(acting, r) || r == "heading" || r == "dialog" || r == "alertdialog" {
		return r
	}
	switch n.tag {
	case "a", "area":
		if _, ok := n.attrs["href"]; ok {
			return "link"
		}
	case "button":
		return "button"
	case "summary":
		return "summary"
	case "select":
		if _, ok := n.attrs["multiple"]; ok {
			return "listbox"
		}
		return "combobox"
	case "textarea":
		return "textbox"
	case "input":
		return inputRole(n.attrs["type"])
	case "h1", "h2", "h3", "h4", "h5", "h6":
		return "heading"
	case "dialog":
		return "dialog"
	}
	if editable(n) {
		return "textbox"
	}
	return ""
}

func inputRole(kind string) string {
	switch kind {
	case "hidden":
		return ""
	case "submit", "button", "reset", "image":
		return "button"
	case "checkbox", "radio":
		return kind
	case "range":
		return "slider"
	case "number":
		return "spinbutton"
	case "search":
		return "searchbox"
	case "date", "time", "month", "week", "datetime-local", "color", "file":
		return kind
	}
	return "textbox"
}

// editable reports whether a node is the outermost one of a text that can be edited.
func editable(n *node) bool {
	v, ok := n.attrs["contenteditable"]
	return ok && v != "false"
}

// clicks reports whether a node that has no role can be clicked on: it listens to
// clicks, or shows a hand where what is around it does not.
func (w *writer) clicks(n *node) bool {
	if n.kind != element || !n.shown() {
		return false
	}
	switch n.tag {
	case "html", "body", "label", "iframe", "form", "main":
		return false
	}
	inside := within(n, func(p *node) bool { return role(p) != "" && role(p) != "dialog" && role(p) != "heading" })
	hand := n.styles[cursor] == "pointer" && (n.parent == nil || n.parent.styles[cursor] != "pointer") && !inside
	if t := n.attrs["tabindex"]; t != "" && t[0] != '-' && !inside {
		hand = true
	}
	if !n.clickable && (!hand || find(n, func(c *node) bool { return c.clickable }) != nil) {
		return false // where something inside listens, that is what is clicked on
	}
	// What holds much is a container that listens for what is inside of it.
	if w.view > 0 && (n.right-n.left)*(n.floor-n.top) > w.view/2 {
		return false
	}
	return count(n, func(c *node) bool { return role(c) != "" || c.clickable }, 4) < 4 || len(words(n)) <= maxName
}

func within(n *node, fits func(*node) bool) bool {
	for p := n.parent; p != nil; p = p.parent {
		if fits(p) {
			return true
		}
	}
	return false
}

// count counts nodes below one that fit, up to a limit.
func count(n *node, fits func(*node) bool, limit int) int {
	total := 0
	for _, c := range n.children {
		if total >= limit {
			return total
		}
		if fits(c) {
			total++
		}
		total += count(c, fits, limit-total)
	}
	return total
}
