package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// plainWords says in plain words what huma's validation says. Schemas keep
// their messages, so this comes before the first route.
func plainWords() {
	huma.ValidateStrictCasing = true // keys are what the description says, letter by letter
	validation.MsgUnexpectedProperty = "there is no such field"
	validation.MsgExpectedBoolean = "must be true or false"
	validation.MsgExpectedNumber = "must be a number"
	validation.MsgExpectedInteger = "must be a whole number"
	validation.MsgExpectedString = "must be a string"
	validation.MsgExpectedArray = "must be a list"
	validation.MsgExpectedObject = "must be a JSON object"
	validation.MsgExpectedOneOf = "must be one of \"%s\""
	validation.MsgExpectedMinimumNumber = "must be %v or more"
	validation.MsgExpectedExclusiveMinimumNumber = "must be more than %v"
	validation.MsgExpectedMaximumNumber = "must be %v or less"
	validation.MsgExpectedExclusiveMaximumNumber = "must be less than %v"
	validation.MsgExpectedMinLength = "must have at least %d characters"
	validation.MsgExpectedMaxLength = "must have at most %d characters"
	validation.MsgExpectedBePattern = "must be %s"
	validation.MsgExpectedMatchPattern = "must match the pattern %s"
	validation.MsgExpectedMinItems = "must have at least %d items"
	validation.MsgExpectedMaxItems = "must have at most %d items"
	validation.MsgExpectedRequiredProperty = "%s is missing"
}

// statuses returns what an operation may answer besides its success. Every
// operation may fail (500) or meet a database that can't answer (503).
func statuses(op *huma.Operation, inputs bool) []int {
	codes := []int{http.StatusInternalServerError, http.StatusServiceUnavailable}
	if inputs { // an address or body that can't be read; values that are refused
		codes = append(codes, http.StatusBadRequest, http.StatusUnprocessableEntity)
	}
	if strings.Contains(op.Path, "{") {
		codes = append(codes, http.StatusNotFound)
	}
	if op.Method != http.MethodGet { // another site's page; a change that came too late; a model's or program's limits
		codes = append(codes, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusGatewayTimeout)
	}
	if op.RequestBody != nil {
		codes = append(codes, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// acceptAsRead makes the schema of a request say what is read: null means the
// same as leaving an optional field out.
func acceptAsRead(r huma.Registry, s *huma.Schema, seen map[*huma.Schema]bool) {
	for s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	if seen[s] {
		return
	}
	seen[s] = true
	for name, p := range s.Properties {
		acceptAsRead(r, p, seen)
		if slices.Contains(s.Required, name) {
			continue
		}
		for p.Ref != "" {
			p = r.SchemaFromRef(p.Ref)
		}
		p.Nullable = true
		if len(p.Enum) > 0 && !slices.Contains(p.Enum, nil) {
			p.Enum = append(p.Enum, nil)
		}
	}
	if s.Items != nil {
		acceptAsRead(r, s.Items, seen)
	}
}
