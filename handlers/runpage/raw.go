package runpage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// rawPart bounds what is shown of a step at once, in bytes: states may be large.
const rawPart = 96 << 10

// rawPanel is the step as it is stored, for reading, part by part.
func (s *Section) rawPanel(run string, step agent.Step, part string) *runview.RawPanel {
	text := rawStep(step)
	parts := inParts(text, rawPart)
	n, err := strconv.Atoi(part)
	if err != nil || n < 1 || n > len(parts) {
		n = 1
	}
	p := &runview.RawPanel{Text: parts[n-1]}
	if len(parts) == 1 {
		return p
	}
	p.Note = fmt.Sprintf("Part %d of %d; %s in all", n, len(parts), partials.Bytes(len(text)))
	p.All = s.Link("/api/v1/runs/" + url.PathEscape(run) + "/steps?limit=1&after=" + strconv.Itoa(step.Index-1))
	if n > 1 {
		p.Earlier = s.StepLink(run, step.Index, "raw."+strconv.Itoa(n-1))
	}
	if n < len(parts) {
		p.Later = s.StepLink(run, step.Index, "raw."+strconv.Itoa(n+1))
	}
	return p
}

// inParts cuts a text into parts of at most so many bytes, at the ends of lines
// where there are some, and never within a character.
func inParts(text string, size int) []string {
	var parts []string
	for len(text) > size {
		cut := strings.LastIndexByte(text[:size], '\n') + 1
		if cut == 0 {
			cut = len(strings.ToValidUTF8(text[:size], ""))
		}
		parts, text = append(parts, text[:cut]), text[cut:]
	}
	return append(parts, text)
}

// rawStep is the step as it is stored, for reading.
func rawStep(step agent.Step) string {
	raw, err := json.Marshal(step)
	if err != nil {
		return "this step can't be written as JSON: " + err.Error()
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return string(raw)
	}
	return b.String()
}
