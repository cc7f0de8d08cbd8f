package code

import (
	"archive/tar"
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
)

// Bounds of what an agent is shown of a state.
const (
	maxListed = 100   // files
	maxOutput = 4_000 // bytes of each of a command's outputs
	maxText   = 8_000 // bytes of a file that is read at once
	maxNamed  = 20    // tests that fail, by name
)

// hidden is the bookkeeping of a state.
type hidden struct {
	Task  string `json:"task"`
	Files string `json:"files"` // the tree now
	// What the visible tests say of it; Total is 0 where there are none.
	Passed int `json:"passed"`
	Total  int `json:"total"`
}

// view is what an action brought to see.
type view struct {
	Did    string     `json:"did,omitempty"`
	Ran    *ran       `json:"ran,omitempty"`
	Opened *opened    `json:"opened,omitempty"`
	Tests  *testsView `json:"tests,omitempty"`

	output []byte // whole, for people
}

// ran is what became of a command.
type ran struct {
	Exit   int    `json:"exit"`
	Ended  string `json:"ended,omitempty"` // what ended it before its own end
	Output string `json:"output"`
	Errors string `json:"errors,omitempty"`
}

// opened is a part of a file.
type opened struct {
	Path string `json:"path"`
	From int    `json:"from"` // the first line, counted from 1
	To   int    `json:"to"`
	Of   int    `json:"of"`
	Text string `json:"text"`
}

// testsView is what the visible tests said.
type testsView struct {
	Passed  int      `json:"passed"`
	Total   int      `json:"total"`
	Failing []string `json:"failing,omitempty"`
}

// data is what an agent sees.
type data struct {
	Folder string                       `json:"folder"`
	Files  map[string]map[string]string `json:"files"`
	More   int                          `json:"more_files,omitempty"`
	*view
}

// The values of a file's attributes.
var (
	fileKinds  = []string{"python", "test", "text", "data", "folder", "link"}
	fileStates = []string{"as given", "changed", "new"}
)

// state is what the agent sees of the tree after an action.
func (e *Env) state(now *tree, h *hidden, v *view) (agent.State, error) {
	start := e.startEntries()
	d := data{Folder: e.root(), Files: map[string]map[string]string{}, view: v}
	for _, name := range now.names() {
		if len(d.Files) == maxListed {
			d.More = len(now.entries) - maxListed
			break
		}
		d.Files[clean(name)] = now.attributes(name, start)
	}
	s, err := agent.NewState(d, e.summary(now, v))
	if err != nil {
		return agent.State{}, err
	}
	s.Hidden, err = agent.NewObject(h)
	return s, err
}

// attributes says of a file what it is, how long, and whether it is the task's.
func (t *tree) attributes(name string, start map[string]entry) map[string]string {
	e := t.entries[name]
	a := map[string]string{"state": "new", "kind": "data"}
	if was, ok := start[name]; ok {
		a["state"] = "changed"
		if was.Hash == e.Hash && was.Kind == e.Kind {
			a["state"] = "as given"
		}
	}
	switch content := t.contents[e.Hash]; {
	case e.Kind == tar.TypeDir:
		a["kind"] = "folder"
	case e.Kind == tar.TypeSymlink:
		a["kind"] = "link"
	case bytes.IndexByte(content, 0) >= 0 || !utf8.Valid(content):
	default:
		a["lines"] = strconv.Itoa(bytes.Count(content, []byte("\n")))
		base := path.Base(name)
		switch a["kind"] = "text"; {
		case strings.HasPrefix(base, "test_") || strings.HasSuffix(base, "_test.py"):
			a["kind"] = "test"
		case path.Ext(base) == ".py":
			a["kind"] = "python"
		}
	}
	return a
}

// summary says the state in a sentence or two.
func (e *Env) summary(now *tree, v *view) string {
	text := v.Did
	switch {
	case text == "" && len(now.entries) == 0:
		return "An empty folder."
	case text == "":
		return "The task's files lie in " + e.root() + ": " + agent.Clip(strings.Join(cleaned(now.names()), ", "), 200) + "."
	case v.Tests != nil:
		text += fmt.Sprintf(" %d of %d tests pass.", v.Tests.Passed, v.Tests.Total)
	case v.Ran != nil && v.Ran.Ended != "":
		text += " It was ended: " + v.Ran.Ended + "."
	case v.Ran != nil && v.Ran.Exit != 0:
		text += fmt.Sprintf(" It ended with %d.", v.Ran.Exit)
	case v.Ran != nil:
		text += " It ended well."
	}
	return text
}

func cleaned(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = clean(name)
	}
	return out
}

// clean is text of a program without what a terminal would act on: sequences of
// colour are left out, other control characters and bytes that are no UTF-8
// become U+FFFD.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		if n := escape(text[i:]); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch i += size; {
		case r == '\r':
		case unicode.IsControl(r) && r != '\n' && r != '\t':
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escape is the length of a sequence that sets colours, 0 for anything else.
func escape(text string) int {
	if !strings.HasPrefix(text, "\x1b[") {
		return 0
	}
	for i := 2; i < len(text) && i < 32; i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c == ';':
		case c >= '@' && c <= '~':
			return i + 1
		default:
			return 0
		}
	}
	return 0
}

// shown is an output as an agent sees it: its beginning and its end.
func shown(output []byte, cut bool) string {
	text := strings.TrimRight(clean(string(output)), "\n")
	left := ""
	if cut {
		left = "\n… there was more …"
	}
	if len(text) <= maxOutput {
		return text + left
	}
	head := strings.ToValidUTF8(text[:maxOutput/3], "")
	tail := strings.ToValidUTF8(text[len(text)-2*maxOutput/3:], "")
	return fmt.Sprintf("%s\n… %d bytes are left out …\n%s%s", head, len(text)-len(head)-len(tail), tail, left)
}
