package pages

import "github.com/a-h/templ"

// ruleKey binds a key to a button.
func ruleKey(key string) templ.Attributes {
	if key == "" {
		return nil
	}
	return templ.Attributes{"data-key": key}
}

// segmentProblem ties a row of radio buttons to its message.
func segmentProblem(id, problem string) templ.Attributes {
	if problem == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": id + "-error"}
}

// modelProblem ties a model's input to its hint or message.
func modelProblem(in Input) templ.Attributes {
	if in.Error != "" {
		return templ.Attributes{"aria-invalid": "true", "aria-describedby": in.ID + "-error"}
	}
	return templ.Attributes{"aria-describedby": in.ID + "-hint"}
}
