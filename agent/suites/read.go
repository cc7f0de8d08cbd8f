package suites

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
)

// Parse reads a suite in JSON and checks all of it: form, fields by name, ids,
// bounds. It returns every problem that it finds, at most MaxProblems, each with
// its line. A suite with problems must not be used.
func Parse(raw []byte) (Suite, []Problem) {
	r := &reader{}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	r.suite(raw)
	if len(r.problems) > 0 {
		return r.out, r.problems
	}
	problems := r.out.Problems()
	for i, p := range problems {
		if p.Task > 0 {
			problems[i].Line = r.lines[p.Task-1]
		}
	}
	return r.out, problems
}

// reader reads one suite.
type reader struct {
	collector
	out   Suite
	lines []int // of the tasks
}

// fault is where JSON is wrong.
type fault struct {
	offset int
	text   string
}

func (f *fault) Error() string { return f.text }

// lineOf is the line of an offset, from 1.
func lineOf(raw []byte, offset int) int {
	return 1 + bytes.Count(raw[:min(max(offset, 0), len(raw))], []byte("\n"))
}

// said adds what an error of a part of the file says.
func (r *reader) said(raw []byte, p Problem, err error) {
	if f, ok := errors.AsType[*fault](err); ok {
		p.Line = lineOf(raw, f.offset)
	}
	p.Text = err.Error()
	r.add(p)
}

func (r *reader) suite(raw []byte) {
	switch {
	case len(raw) > MaxBytes:
		r.whole("", fmt.Sprintf("the file is larger than %d MiB; split it into several suites", MaxBytes>>20))
		return
	case len(bytes.TrimSpace(raw)) == 0:
		r.whole("", "the file is empty")
		return
	case !utf8.Valid(raw):
		r.whole("", "the file is not UTF-8 text; save it as UTF-8")
		return
	}
	members, err := membersOf(raw, 0)
	if err != nil {
		r.said(raw, Problem{}, err)
		return
	}
	at, ok := members["format"]
	var format string
	if !ok || json.Unmarshal(at.raw, &format) != nil || format != Format {
		r.add(Problem{Line: lineOf(raw, at.offset), Field: "format", Text: fmt.Sprintf("must be %q; this program reads no other form", Format)})
		return
	}
	r.unknown(raw, Problem{}, members, []string{"format", "name", "description", "tasks"})
	for name, into := range map[string]*string{"name": &r.out.Name, "description": &r.out.Description} {
		if m, ok := members[name]; ok {
			if err := textOf(m, into); err != nil {
				r.said(raw, Problem{Field: name}, err)
			}
		}
	}
	m, ok := members["tasks"]
	if !ok {
		r.whole("tasks", "is missing: a list of tasks")
		return
	}
	tasks, err := elementsOf(m.raw, m.offset)
	if err != nil {
		r.said(raw, Problem{Field: "tasks"}, err)
		return
	}
	for i, e := range tasks {
		r.lines = append(r.lines, lineOf(raw, e.offset))
		r.out.Tasks = append(r.out.Tasks, r.taskOf(raw, i, e))
	}
}

// unknown refuses fields that there are none of.
func (r *reader) unknown(raw []byte, p Problem, members map[string]member, known []string) {
	names := make([]string, 0, len(members))
	for name := range members {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return members[a].offset - members[b].offset })
	for _, name := range names {
		p.Line = lineOf(raw, members[name].offset)
		p.Text = fmt.Sprintf("there is no field %q; there are %s", agent.Clip(visible(name), 40), strings.Join(known, ", "))
		r.add(p)
	}
}

var taskFields = []string{"id", "environment", "config", "purpose", "seed", "split", "max_steps", "check", "content"}

// taskOf reads one task.
func (r *reader) taskOf(raw []byte, i int, e member) Task {
	t := Task{Seed: 1}
	p := Problem{Task: i + 1}
	members, err := membersOf(e.raw, e.offset)
	if err != nil {
		r.said(raw, p, err)
		return t
	}
	if m, ok := members["id"]; ok && textOf(m, &t.ID) == nil {
		p.ID = agent.Clip(visible(t.ID), 60)
	}
	r.unknown(raw, p, members, taskFields)
	for _, name := range taskFields {
		m, ok := members[name]
		if !ok {
			continue
		}
		var err error
		switch name {
		case "id":
			err = textOf(m, &t.ID)
		case "environment":
			err = textOf(m, &t.Environment)
		case "purpose":
			err = textOf(m, &t.Purpose)
		case "split":
			err = textOf(m, &t.Split)
		case "seed":
			err = numberOf(m, &t.Seed)
		case "max_steps":
			var n int64
			err = numberOf(m, &n)
			t.MaxSteps = int(min(max(n, -1), agent.MaxMaxSteps+1))
			if n == 0 {
				err = &fault{m.offset, fmt.Sprintf("must be 1 to %d, or left out, got 0", agent.MaxMaxSteps)}
			}
		case "config":
			err = objectOf(m, &t.Config)
		case "check":
			err = objectOf(m, &t.Check)
		case "content":
			err = textOf(m, &t.Content)
		}
		if err != nil {
			p.Field = name
			r.said(raw, p, err)
		}
	}
	return t
}

// member is one value of JSON with where it begins in the file.
type member struct {
	raw    json.RawMessage
	offset int
}

func textOf(m member, into *string) error {
	if len(m.raw) == 0 || m.raw[0] != '"' {
		return &fault{m.offset, "must be a text in quotation marks"}
	}
	return json.Unmarshal(m.raw, into)
}

// numberOf reads a whole number. JSON has no NaN: it does not come this far.
func numberOf(m member, into *int64) error {
	n, ok := agent.WholeNumber(string(m.raw))
	if !ok {
		return &fault{m.offset, "must be a whole number, got " + agent.Clip(visible(string(m.raw)), 40)}
	}
	*into = n
	return nil
}

func objectOf(m member, into *agent.Object) error {
	if len(m.raw) == 0 || m.raw[0] != '{' {
		return &fault{m.offset, `must be a JSON object, such as {"size": 5}`}
	}
	o, err := agent.ParseObject(m.raw)
	if err != nil {
		return &fault{m.offset, agent.MessageOf(err)}
	}
	if !o.IsEmpty() { // one form of nothing, so that equal tasks are equal
		*into = o
	}
	return nil
}

// membersOf reads the fields of an object that begins at an offset of the file. A
// field that is there twice is refused.
func membersOf(raw []byte, base int) (map[string]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := opening(d, raw, base, '{', "must be a JSON object in braces"); err != nil {
		return nil, err
	}
	out := map[string]member{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, syntax(err, d, raw, base)
		}
		name, _ := key.(string) // a decoder gives nothing else here
		m, err := value(d, raw, base)
		if err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, &fault{m.offset, fmt.Sprintf("the field %q is there twice", agent.Clip(visible(name), 40))}
		}
		out[name] = m
	}
	return out, closing(d, raw, base)
}

// elementsOf reads the elements of a list, not more than one beyond what a suite
// can hold.
func elementsOf(raw []byte, base int) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if err := opening(d, raw, base, '[', "must be a list in square brackets"); err != nil {
		return nil, err
	}
	var out []member
	for d.More() {
		m, err := value(d, raw, base)
		if err != nil {
			return nil, err
		}
		if len(out) == MaxTasks {
			return nil, &fault{m.offset, fmt.Sprintf("there are more than %d tasks; split them into several suites", MaxTasks)}
		}
		out = append(out, m)
	}
	return out, closing(d, raw, base)
}

func opening(d *json.Decoder, raw []byte, base int, want json.Delim, otherwise string) error {
	token, err := d.Token()
	if err != nil {
		return syntax(err, d, raw, base)
	}
	if token != want {
		return &fault{base, otherwise}
	}
	return nil
}

// closing reads the end of a value, behind which nothing may stand.
func closing(d *json.Decoder, raw []byte, base int) error {
	if _, err := d.Token(); err != nil {
		return syntax(err, d, raw, base)
	}
	end := int(d.InputOffset())
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &fault{base + end, "something follows after the end"}
	}
	return nil
}

// value reads the next value.
func value(d *json.Decoder, raw []byte, base int) (member, error) {
	var v json.RawMessage
	if err := d.Decode(&v); err != nil {
		return member{}, syntax(err, d, raw, base)
	}
	return member{v, base + int(d.InputOffset()) - len(v)}, nil
}

// syntax says what is wrong with JSON.
func syntax(err error, d *json.Decoder, raw []byte, base int) error {
	offset := int(d.InputOffset())
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = int(s.Offset)
		if offset > 0 && offset <= len(raw) {
			offset--
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &fault{base + len(raw), "the JSON ends too early; a bracket or a quotation mark is missing"}
	}
	return &fault{base + offset, "this is not valid JSON: " + err.Error()}
}
