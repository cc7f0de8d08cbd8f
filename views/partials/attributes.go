package partials

import "github.com/a-h/templ"

// attributes marks the current tab and, where the tab has a target, makes
// htmx fill it and keep the address.
func (t Tab) attributes() templ.Attributes {
	a := templ.Attributes{}
	if t.Current {
		a["aria-current"] = "true"
	}
	if t.Target != "" {
		a["hx-get"] = string(t.Href)
		a["hx-target"] = t.Target
		a["hx-push-url"] = "true"
	}
	return a
}

// confirm asks before the form is sent, and names what the answer replaces.
func (p Post) confirm() templ.Attributes {
	a := templ.Attributes{}
	if p.Confirm != "" {
		a["hx-confirm"] = p.Confirm
	}
	if p.Update != "" {
		a["hx-select-oob"] = p.Update
	}
	return a
}

func (p Post) key() templ.Attributes {
	if p.Key == "" {
		return nil
	}
	return templ.Attributes{"data-key": p.Key}
}

// aria ties the input to its hint or error.
func (f Field) aria() templ.Attributes {
	a := templ.Attributes{}
	if by := f.described(); by != "" {
		a["aria-describedby"] = by
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// limits holds what the browser may check or offer; the server checks all of it again.
func (f Field) limits() templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("min", f.Min)
	set("max", f.Max)
	set("step", f.Step)
	set("maxlength", f.MaxLength)
	set("list", f.List)
	if f.Kind == "code" {
		a["wrap"] = "off" // a line of a program is a line
	}
	return a
}

func (f Field) spellcheck() string {
	if f.mono() {
		return "false"
	}
	return "true"
}
