package roles

import (
	"encoding/json"
	"strings"

	"purposeagent/agent/prompttext"
)

// PartialThought returns the thought in an answer that is not whole yet: the
// value of the first "thought" of a JSON object, as far as it was written; "" as
// long as there is none. It never fails: half an escape is left out.
func PartialThought(text string) string {
	_, rest, _ := strings.Cut(text, `"thought"`)
	rest = strings.TrimLeft(rest, " \t\r\n")
	if !strings.HasPrefix(rest, ":") {
		return ""
	}
	rest = strings.TrimLeft(rest[1:], " \t\r\n")
	if !strings.HasPrefix(rest, `"`) {
		return ""
	}
	end := 1
	for end < len(rest) && rest[end] != '"' {
		if rest[end] != '\\' {
			end++
			continue
		}
		width := 2
		if end+1 < len(rest) && rest[end+1] == 'u' {
			width = 6
		}
		if end+width > len(rest) {
			break
		}
		end += width
	}
	var thought string
	if json.Unmarshal([]byte(rest[:min(end, len(rest))]+`"`), &thought) != nil {
		return ""
	}
	return prompttext.Cut(prompttext.AsData(strings.ToValidUTF8(thought, "")), maxThought)
}

// maxThought bounds a thought that is shown while it is written, in characters.
const maxThought = 2000
