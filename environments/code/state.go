package code

import (
	"archive/tar"
	"bytes"
	"errors"
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

// view is what actions brought to see: the file that was read or written last, and
// what the last command came to, with the tests if those were run.
type view struct {
	Opened *opened    `json:"opened,omitempty"`
	Ran    *ran       `json:"ran,omitempty"`
	Tests  *testsView `json:"tests,omitempty"`

	did string // the last action, in words
	ran bool   // it was a command

	output []byte // whole, for people
}

// ran is what became of a command.
type ran struct {
	Command string `json:"command"`
	Since   string `json:"since,omitempty"` // what happened after it
	Exit    int    `json:"exit"`
	Ended   string `json:"ended,omitempty"` // what ended it before its own end
	Output  string `json:"output"`
	Errors  string `json:"errors,omitempty"`
}

// opened is a part of a file.
type opened struct {
	Path  string `json:"path"`
	Lines string `json:"lines"` // "1 to 9 of 9", counted from 1
	Text  string `json:"text"`
}

// testsView is what the visible tests said.
type testsView struct {
	Passed  int      `json:"passed"`
	Total   int      `json:"total"`
	Failing []string `json:"failing,omitempty"`
}

// changedSince is said of a command after which files were changed.
const changedSince = "files were changed after it"

// viewOf is what a state shows already: it stays until something replaces it.
func viewOf(state agent.State) (*view, error) {
	v := &view{}
	if err := state.Data.Decode(v); err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, errors.Join(errForeign, err), "this state was not made here")
	}
	return v, nil
}

// refresh brings what was shown up to date with the files.
func (v *view) refresh(before, now *tree) {
	if v.Opened != nil {
		content, ok := now.content(v.Opened.Path)
		if ok && utf8.Valid(content) {
			v.Opened, _ = part(v.Opened.Path, string(content), v.Opened.from())
		} else {
			v.Opened = nil
		}
	}
	if !v.ran && v.Ran != nil && before.hash != now.hash {
		v.Ran.Since = changedSince
	}
}

// from is the first line that is shown.
func (o *opened) from() int {
	n := 1
	_, _ = fmt.Sscan(o.Lines, &n) // of a file that was written nothing is shown yet
	return n
}

// part is a file from a line on, as far as it is shown at once, and how many lines
// it has.
func part(name, text string, from int) (o *opened, lines int) {
	all := strings.SplitAfter(text, "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	from = min(max(from, 1), max(len(all), 1))
	to := from - 1
	var b strings.Builder
	for _, line := range all[to:] {
		if b.Len()+len(line) > maxText && b.Len() > 0 {
			break
		}
		b.WriteString(clean(agent.Clip(line, maxText)))
		to++
	}
	return &opened{Path: name, Lines: fmt.Sprintf("%d to %d of %d", min(from, to), to, len(all)), Text: b.String()}, len(all)
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
	text := v.did
	switch {
	case text == "" && len(now.entries) == 0:
		return "An empty folder."
	case text == "":
		return "The task's files lie in " + e.root() + ": " + agent.Clip(strings.Join(cleaned(now.names()), ", "), 200) + "."
	case !v.ran:
	case v.Tests != nil:
		text += fmt.Sprintf(" %d of %d tests pass.", v.Tests.Passed, v.Tests.Total)
	case v.Ran.Ended != "":
		text += " It was ended: " + v.Ran.Ended + "."
	case v.Ran.Exit != 0:
		text += fmt.Sprintf(" It ended with %d.", v.Ran.Exit)
	default:
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
