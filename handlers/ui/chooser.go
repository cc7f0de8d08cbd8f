package ui

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// MaxOffered bounds the actions that a form offers one by one; beyond it they
// are chosen by name, with their parameters.
const MaxOffered = 250

// Names of the chooser's fields. Parameters are named for their action as well,
// so that the actions of one form stay apart.
const (
	FieldChoice = "choice" // a whole action, as JSON
	FieldName   = "name"   // an action by its schema
	FieldAction = "action" // a name written by hand
	FieldParams = "params" // and its parameters
)

func paramField(action, param string) string { return "param." + action + "." + param }

// ChooserView offers what can be done: the possible actions in a list where the
// environment names them, else every action with the fields of its parameters;
// writing one by hand is always possible. id begins the ids of the fields,
// proposed fills in the form, values are what somebody typed already, and
// problems what is wrong with it, by field.
func ChooserView(id string, specs []agent.ActionSpec, legal []agent.Action, proposed *agent.Action, values url.Values, problems map[string]string) pages.Chooser {
	v := pages.Chooser{ID: id, Hand: values.Get(FieldAction), Params: values.Get(FieldParams), Problems: problems}
	v.Open = v.Hand != "" || v.Params != "" || len(specs) == 0 && len(legal) == 0 || problems[FieldAction] != "" || problems[FieldParams] != ""
	if len(legal) > 0 && len(legal) <= MaxOffered {
		for _, a := range append(slices.Clone(legal), agent.Action{Name: agent.Done}) {
			if proposed != nil && a.Key() == proposed.Key() {
				continue
			}
			raw, err := json.Marshal(agent.Action{Name: a.Name, Params: a.Params})
			if err != nil {
				continue
			}
			text := partials.Clip(a.Label(), 120)
			if a.Name == agent.Done {
				text = agent.Done + ": " + doneMeans
			}
			v.Choices = append(v.Choices, partials.Option{Value: string(raw), Text: text, Selected: string(raw) == values.Get(FieldChoice)})
		}
		return v
	}
	for _, spec := range specs {
		v.Actions = append(v.Actions, actionForm(id, spec, proposed, values, problems))
	}
	if len(specs) > 0 {
		v.Actions = append(v.Actions, actionForm(id, agent.ActionSpec{Name: agent.Done, Description: doneMeans}, proposed, values, problems))
	}
	return v
}

// doneMeans is what somebody says who chooses DONE.
const doneMeans = "the purpose is reached"

// actionForm is one action with its parameters, drawn from its schema.
func actionForm(id string, spec agent.ActionSpec, proposed *agent.Action, values url.Values, problems map[string]string) pages.ActionForm {
	f := pages.ActionForm{Name: spec.Name, Text: spec.Description, Open: values.Get(FieldName) == spec.Name}
	if proposed != nil && !values.Has(FieldName) {
		f.Open = spec.Name == proposed.Name
	}
	for _, p := range spec.Params {
		name := paramField(spec.Name, p.Name)
		field := partials.Field{ID: id + "-" + spec.Name + "-" + p.Name, Name: name, Label: p.Name, Kind: "text", Hint: p.Description, Value: values.Get(name), Error: problems[name]}
		if f.Open && proposed != nil && !values.Has(name) && proposed.Name == spec.Name {
			if _, given := proposed.Params.Map()[p.Name]; given { // what was left out stays so
				field.Value = ParamText(*proposed, p.Name)
			}
		}
		switch {
		case len(p.Enum) > 0:
			field.Kind = "select"
			if p.Optional {
				field.Options = append(field.Options, partials.Option{Text: "–"})
			}
			for _, v := range p.Enum {
				field.Options = append(field.Options, partials.Option{Value: v, Text: v, Selected: v == field.Value})
			}
		case p.Type == "boolean":
			field.Kind, field.Checked = "checkbox", field.Value == "true"
		case p.Type == "integer" || p.Type == "number":
			field.Kind, field.Step = "number", "any"
		case p.Type == "string":
			field.Kind, field.Rows = "textarea", "1"
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

// ChosenAction reads what somebody chose: an action written by hand, one with
// its parameters, or one of the list; nil for none. CodeInvalid has a message
// per field.
func ChosenAction(values url.Values, specs []agent.ActionSpec) (*agent.Action, error) {
	hand, params := strings.TrimSpace(values.Get(FieldAction)), strings.TrimSpace(values.Get(FieldParams))
	switch {
	case hand != "":
		a := &agent.Action{Name: hand}
		if params == "" {
			return a, nil
		}
		object, err := agent.ParseObject([]byte(params))
		if err != nil {
			return nil, agent.InvalidFields(map[string]string{FieldParams: agent.MessageOf(err)})
		}
		a.Params = object
		return a, nil
	case params != "":
		return nil, agent.InvalidFields(map[string]string{FieldAction: "name the action that these parameters are of"})
	case values.Get(FieldName) != "":
		return actionBySchema(values, specs)
	case values.Get(FieldChoice) != "":
		var a agent.Action
		if err := json.Unmarshal([]byte(values.Get(FieldChoice)), &a); err != nil || a.Name == "" {
			return nil, agent.InvalidFields(map[string]string{FieldChoice: "is not an action"})
		}
		return &agent.Action{Name: a.Name, Params: a.Params}, nil
	}
	return nil, nil //nolint:nilnil // nothing was chosen, which is no error
}

// actionBySchema reads the parameters of an action by the types that its schema
// says. What is left empty is left out, but for a text that must be there.
func actionBySchema(values url.Values, specs []agent.ActionSpec) (*agent.Action, error) {
	a := &agent.Action{Name: values.Get(FieldName)}
	i := slices.IndexFunc(specs, func(spec agent.ActionSpec) bool { return spec.Name == a.Name })
	if i < 0 {
		return a, nil // DONE; whoever does it says where there is none of this name
	}
	params := map[string]any{}
	parse := FieldParser{Problems: map[string]string{}}
	for _, p := range specs[i].Params {
		field := paramField(a.Name, p.Name)
		text := values.Get(field)
		if text == "" && p.Type != "boolean" && (p.Optional || p.Type != "string") {
			continue
		}
		switch p.Type {
		case "integer":
			params[p.Name] = parse.Integer(field, text, math.MaxInt64)
		case "number":
			params[p.Name] = parse.Number(field, strings.TrimSpace(text))
		case "boolean":
			params[p.Name] = text == "true"
		default:
			params[p.Name] = text
		}
		if problem := parse.Problems[field]; problem != "" {
			message := fmt.Sprintf("%s of %s %s", partials.Clip(p.Name, 60), partials.Clip(a.Name, 60), problem)
			return nil, &agent.Error{Code: agent.CodeInvalid, Message: message, Fields: map[string]string{field: problem}}
		}
	}
	object, err := agent.NewObject(params)
	if err != nil {
		return nil, err
	}
	a.Params = object
	return a, nil
}
