package mcp

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// shownResult is what an actor sees of one answer.
type shownResult struct {
	Call       string       `json:"call"` // the action in words
	Text       string       `json:"text,omitempty"`
	Structured agent.Object `json:"structured,omitzero"`
}

// result reads what a tool answered: its text with marks for all that is no
// text, and its structured content, each within the limit.
func (s *session) result(call string, r *mcp.CallToolResult, limit int) (shownResult, string) {
	shown := shownResult{Call: call}
	structured, text := s.structured(r.StructuredContent, limit)
	var parts []string
	for _, c := range r.Content {
		part := content(c)
		if structured != "" && sameJSON(part, r.StructuredContent) {
			continue // servers say it twice, for clients of before
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	if text != "" && len(parts) == 0 {
		parts = append(parts, text)
	}
	shown.Structured = structured
	text = strings.Join(parts, "\n")
	shown.Text = s.cut(text, limit)
	if shown.Text == "" && structured == "" {
		shown.Text = "(an empty answer)"
	}
	return shown, text
}

// structured is a structured answer as an object, or as text where it is none or
// does not fit.
func (s *session) structured(content any, limit int) (agent.Object, string) {
	if content == nil {
		return "", ""
	}
	raw, err := json.Marshal(content)
	if err != nil {
		return "", ""
	}
	text := s.hide.mask(string(raw))
	if len(text) > limit {
		return "", text
	}
	object, err := agent.ParseObject([]byte(text))
	if err != nil || object.IsEmpty() {
		return "", text
	}
	return object, ""
}

// sameJSON reports whether a text is a value as JSON.
func sameJSON(text string, value any) bool {
	var other any
	if value == nil || json.Unmarshal([]byte(text), &other) != nil {
		return false
	}
	a, errA := json.Marshal(other)
	b, errB := json.Marshal(value)
	return errA == nil && errB == nil && string(a) == string(b)
}

// content is a piece of an answer as text.
func content(c mcp.Content) string {
	switch c := c.(type) {
	case *mcp.TextContent:
		return c.Text
	case *mcp.ImageContent:
		return mark("image", c.MIMEType, len(c.Data))
	case *mcp.AudioContent:
		return mark("audio", c.MIMEType, len(c.Data))
	case *mcp.ResourceLink:
		return fmt.Sprintf("[resource %s %s]", c.URI, c.Name)
	case *mcp.EmbeddedResource:
		if c.Resource != nil {
			return resourceText(c.Resource)
		}
	}
	return ""
}

func mark(what, kind string, n int) string { return fmt.Sprintf("[%s %s, %d bytes]", what, kind, n) }

func resourceText(r *mcp.ResourceContents) string {
	if r.Text == "" && len(r.Blob) > 0 {
		return mark("file", r.MIMEType, len(r.Blob))
	}
	return r.Text
}

// cut makes a server's text fit to be shown, and says how much of it is left out.
func (s *session) cut(text string, limit int) string {
	text = strings.TrimSpace(s.hide.mask(announced.Clean(text)))
	if len(text) <= limit {
		return text
	}
	end := limit
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s … [cut: %d of %d bytes are left out]", text[:end], len(text)-end, len(text))
}

// resource is one that can be read.
type resource struct {
	URI  string `json:"uri"`
	Name string `json:"name,omitempty"`
	Type string `json:"type,omitempty"`
}

// maxResources bounds how many a state lists.
const maxResources = 50

// view is the data of a state.
type view struct {
	Results   []shownResult `json:"results"`
	Resources []resource    `json:"resources,omitempty"`
	Templates []resource    `json:"resource_templates,omitempty"`
	Notices   []string      `json:"notices,omitempty"` // about the server, of the last step
}

// maxSummary bounds the answer in a state's summary, in bytes.
const maxSummary = 500

// summary is a state in a sentence or two.
func (v *view) summary(beginning string) string {
	text := beginning
	if n := len(v.Results); n > 0 {
		last := &v.Results[n-1]
		answer := last.Text
		if !last.Structured.IsEmpty() {
			answer = strings.TrimSpace(answer + " " + last.Structured.String())
		}
		text = last.Call + " answered: " + agent.Clip(answer, maxSummary)
	}
	if len(v.Notices) > 0 {
		text += "\n" + strings.Join(v.Notices, "\n")
	}
	return text
}
