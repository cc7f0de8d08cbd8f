package settingsview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Prompts lists the roles of models with the words that each is asked in.
type Prompts struct{ Rows []PromptRole }

// PromptRole is one role.
type PromptRole struct {
	Title, Tells, Used, Versions string
	Href                         templ.SafeURL
}

// Prompt is the words of one role, to be read and changed.
type Prompt struct {
	Title, Tells, Base, Message, Notice string
	Action, Use                         templ.SafeURL
	Text, Note                          partials.Field
	Versions                            []PromptVersion
}

// PromptVersion is one version, with what it changed in the one before.
type PromptVersion struct {
	Number, Name, Note, Actor string
	At                        partials.Time
	Used                      bool
	Href                      templ.SafeURL
	Lines                     []pages.DiffLine
}
