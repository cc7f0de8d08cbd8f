package environments

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
	"purposeagent/handlers/ui"
	"purposeagent/views/environmentsview"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// form is what stands in the inputs of the console's form, as a person typed it.
type form struct {
	config        map[string]string
	purpose, seed string
	note          string
	problems      map[string]string
	message       string // what is wrong with the whole
}

func readForm(values url.Values) form {
	f := form{config: map[string]string{}, purpose: strings.TrimSpace(values.Get("purpose")), seed: strings.TrimSpace(values.Get("seed")), problems: map[string]string{}}
	for name, all := range values {
		if property, ok := strings.CutPrefix(name, configschema.FieldPrefix); ok && len(all) > 0 {
			f.config[property] = all[len(all)-1] // a check box follows its hidden "false"
		}
	}
	return f
}

// kindOf finds the kind that a path names.
func (s *Section) kindOf(c echo.Context) (ui.Kind, error) {
	name := c.Param("kind")
	for _, k := range s.Environments.Kinds() {
		if k.Name == name {
			return k, nil
		}
	}
	return ui.Kind{}, agent.Errorf(agent.CodeNotFound, "there is no environment %q", partials.Clip(ui.Visible(name), 40))
}

// show is the page of one kind, its form filled from the address or a preset.
func (s *Section) show(c echo.Context) error {
	k, err := s.kindOf(c)
	if err != nil {
		return err
	}
	schema, err := ui.ParseSchema(k.Schema)
	if err != nil {
		return err
	}
	q := c.QueryParams()
	f := readForm(q)
	name := q.Get("preset")
	if name == "" && len(q) == 0 && len(k.Presets) > 0 {
		name = k.Presets[0].Name
	}
	if name != "" {
		if err := f.use(&k, schema, name); err != nil {
			return err
		}
	}
	return s.page(c, http.StatusOK, &k, schema, f)
}

// use fills the form with a preset.
func (f *form) use(k *ui.Kind, schema ui.ConfigSchema, name string) error {
	for _, p := range k.Presets {
		if p.Name == name {
			f.config, f.purpose, f.note = schema.Values(p.Config), p.Purpose, "Filled with the preset "+p.Title+"."
			return nil
		}
	}
	return agent.Errorf(agent.CodeNotFound, "there is no preset %q for %s", partials.Clip(ui.Visible(name), 40), k.Title)
}

// begin starts a console, or shows the page with what is wrong.
func (s *Section) begin(c echo.Context) error {
	k, err := s.kindOf(c)
	if err != nil {
		return err
	}
	if k.Refused != "" {
		return agent.Errorf(agent.CodeDenied, "%s", k.Refused)
	}
	schema, err := ui.ParseSchema(k.Schema)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	f := readForm(values)
	config, problems := schema.Config(f.config)
	p := ui.FieldParser{Problems: problems}
	seed := p.Integer("seed", f.seed, math.MaxInt64)
	if f.problems = p.Problems; len(f.problems) > 0 {
		return s.page(c, http.StatusUnprocessableEntity, &k, schema, f)
	}
	v, err := s.cfg.Consoles.Begin(c.Request().Context(), agent.EnvironmentRef{Name: k.Name, Config: config}, f.purpose, seed)
	if err == nil {
		return s.SeeOther(c, consolePath(k.Name, v.ID))
	}
	known, ok := errors.AsType[*agent.Error](err)
	if !ok || known.Code == agent.CodeInternal {
		return err
	}
	if len(known.Fields) > 0 {
		f.problems = known.Fields
	} else {
		f.message = ui.Sentence(agent.MessageOf(err))
	}
	return s.page(c, ui.StatusOf(known.Code), &k, schema, f)
}

func (s *Section) page(c echo.Context, status int, k *ui.Kind, schema ui.ConfigSchema, f form) error {
	v := environmentsview.Page{Card: s.card(k, s.countOf(c.Request().Context())), Docs: k.Docs, Settings: settingsOf(schema)}
	var about About
	if s.cfg.About != nil {
		about = s.cfg.About(k.Name)
	}
	v.Told, v.Actions, v.Powers = about.Text, actionsOf(about.Actions), powersOf(k, about)
	if !about.Known {
		v.Unknown = "What it can do and which actions it has is known once one of its programs has run: start a console or a run. A page alone starts no program."
		if k.Refused != "" {
			v.Unknown = "What it can do is known once one of its programs has run, which is not allowed here."
		}
	}
	if s.cfg.Consoles != nil && k.Refused == "" {
		v.Try = s.tryForm(k, schema, f)
	}
	return s.Page(c, status, layout.Frame{Title: k.Title, Crumbs: []layout.Crumb{{Label: section, Href: s.Link("/environments")}, {Label: k.Title}}}, environmentsview.KindPage(v))
}

// tryForm is the form that starts a console.
func (s *Section) tryForm(k *ui.Kind, schema ui.ConfigSchema, f form) *environmentsview.Try {
	hint := "Say in a sentence what is to be reached"
	if k.DrawPurpose != nil {
		hint = "Left empty, it is drawn from the seed: every seed is another task"
	}
	t := &environmentsview.Try{Action: s.Link(pathOf(k.Name) + "/console"), Note: f.note, Message: f.message, Fields: schema.Inputs(f.config, f.problems),
		Purpose: partials.Field{ID: "f-purpose", Name: "purpose", Label: "Purpose", Kind: "textarea", Rows: "2", Value: f.purpose, Hint: hint, Error: f.problems["purpose"], MaxLength: strconv.Itoa(agent.MaxPurposeBytes)},
		Seed:    partials.Field{ID: "f-seed", Name: "seed", Label: "Seed", Kind: "text", Value: f.seed, Placeholder: "drawn", Error: f.problems["seed"]},
		Fold:    pages.Fold{ID: "world-settings", Title: "Settings", Says: ui.SettingsWords(schema, f.config)}}
	told := map[string]bool{}
	add := func(name, id, label string) {
		if text := f.problems[name]; text != "" {
			t.Errors = append(t.Errors, pages.FieldError{Href: ui.Href(id), Label: label, Text: text})
		}
		told[name] = true
	}
	add("purpose", t.Purpose.ID, "Purpose")
	add("seed", t.Seed.ID, "Seed")
	for _, in := range t.Fields {
		t.Fold.Open = t.Fold.Open || in.Error != ""
		add(in.Name, in.ID, in.Label)
	}
	for name := range f.problems {
		if !told[name] {
			add(name, "try", ui.PlainField(strings.TrimPrefix(name, configschema.FieldPrefix)))
		}
	}
	for _, p := range k.Presets {
		t.Presets = append(t.Presets, pages.Preset{Link: partials.Link{Text: p.Title, Href: s.Link(pathOf(k.Name) + "?preset=" + url.QueryEscape(p.Name) + "#try")}, Note: partials.Clip(p.Purpose, 90)})
	}
	return t
}

// settingsOf are the settings with their types and defaults.
func settingsOf(schema ui.ConfigSchema) []environmentsview.Setting {
	var out []environmentsview.Setting
	for _, in := range schema.Inputs(nil, nil) {
		v := environmentsview.Setting{Name: strings.TrimPrefix(in.Name, configschema.FieldPrefix), Label: in.Label, Text: in.Hint, Type: "text"}
		value := partials.Clip(in.Value, 60)
		switch in.Kind {
		case "select":
			var words []string
			for _, o := range in.Options {
				words = append(words, o.Value)
			}
			v.Type = "one of " + strings.Join(words, ", ")
		case "number":
			v.Type = "number"
			if in.Step == "1" {
				v.Type = "whole number"
			}
			v.Type += rangeWords(in.Min, in.Max)
		case "checkbox":
			v.Type = "yes or no"
			value = map[bool]string{true: "yes", false: "no"}[in.Checked]
		case "json":
			v.Type = "JSON"
		}
		if v.Type += ", no default"; value != "" {
			v.Type = strings.TrimSuffix(v.Type, "no default") + "default " + value
		}
		out = append(out, v)
	}
	return out
}

func rangeWords(least, most string) string {
	switch {
	case least != "" && most != "":
		return " from " + least + " to " + most
	case least != "":
		return " from " + least
	case most != "":
		return " up to " + most
	}
	return ""
}

// actionsOf are the actions with the types of their parameters.
func actionsOf(specs []agent.ActionSpec) []environmentsview.Action {
	var out []environmentsview.Action
	for _, spec := range specs {
		a := environmentsview.Action{Name: spec.Name, Text: spec.Description}
		if spec.Destructive {
			a.Text = strings.TrimSpace(ui.Sentence(a.Text) + " It may destroy something that nothing brings back; a run can ask a person before.")
		}
		for _, p := range spec.Params {
			kind := p.Type
			if len(p.Enum) > 0 {
				kind = "one of " + strings.Join(p.Enum, ", ")
			}
			if p.Optional {
				kind += ", may be left out"
			}
			a.Params = append(a.Params, environmentsview.Param{Name: p.Name, Type: partials.Clip(kind, 200), Text: p.Description})
		}
		out = append(out, a)
	}
	return out
}

// powersOf says in words what an environment can do and what it can't.
func powersOf(k *ui.Kind, about About) []environmentsview.Power {
	var out []environmentsview.Power
	say := func(has bool, yes, no string) {
		text := yes
		if !has {
			text = no
		}
		out = append(out, environmentsview.Power{Has: has, Text: text})
	}
	p := about.Powers
	if about.Known {
		say(p.Restores, "Runs in it go on after a crash, can be forked and can wait for a person.", "A run in it can't be interrupted: it does not go on after a crash and can't wait for a person.")
		if p.Judges && !p.Verifies {
			say(true, "It judges once, at the end, whether the purpose was reached.", "")
		} else {
			say(p.Verifies, "It knows whether the purpose is reached; no actor is told before the end.", "It does not know whether a purpose is reached: a critic says so.")
		}
		say(p.Phi, "It has a Φ of its own, which the offline critic uses.", "It has no Φ of its own: a critic estimates it.")
		say(p.Lists, "It lists the actions that can be done now.", "It does not list what can be done now.")
		say(p.Draws, "It draws pictures of its states.", "It draws no pictures.")
	}
	say(k.DrawPurpose != nil, "It draws tasks: a seed gives the purpose, if you leave it empty.", "Its purpose is always given; the seed draws the world, where anything is drawn.")
	if about.Known && p.Secrets {
		say(true, "It has rules that nobody is told, you neither. Only acting finds them.", "")
	}
	if about.Known && p.Outside {
		say(true, "Its actions have effects outside of Purpose that nothing takes back.", "")
	}
	if k.Program {
		say(true, "It starts programs on this machine.", "")
	}
	return out
}
