package suites

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
)

// csvColumns are the columns of a table of tasks. Beside them a column
// config.NAME or check.NAME has one setting.
var csvColumns = []string{"id", "environment", "purpose", "seed", "split", "max_steps", "config", "check", "content"}

// The columns of one setting begin so.
const (
	configColumn = "config."
	checkColumn  = "check."
)

// ParseCSV reads a table of tasks with a row of headings: the columns of a task by
// their names, and config.NAME or check.NAME for one setting. Fields are separated
// by commas, or by semicolons where the headings are. Problems have their line.
func ParseCSV(name string, raw []byte) (Suite, []Problem) {
	t := &table{}
	t.out.Name = name
	t.read(raw)
	if len(t.problems) > 0 {
		return t.out, t.problems
	}
	problems := t.out.Problems()
	for i, p := range problems {
		if p.Task > 0 {
			problems[i].Line = t.lines[p.Task-1]
		}
	}
	return t.out, problems
}

// table reads one table.
type table struct {
	collector
	out     Suite
	lines   []int // of the tasks
	columns []string
}

func (t *table) read(raw []byte) {
	switch {
	case len(raw) > MaxBytes:
		t.whole("", fmt.Sprintf("the table is larger than %d MiB; split it into several suites", MaxBytes>>20))
		return
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")), !utf8.Valid(raw):
		t.whole("", "the table is not UTF-8 text; save it as CSV UTF-8")
		return
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	r := csv.NewReader(bytes.NewReader(raw))
	heading, _, _ := bytes.Cut(raw, []byte("\n"))
	if !bytes.Contains(heading, []byte(",")) && bytes.Contains(heading, []byte(";")) {
		r.Comma = ';'
	}
	r.TrimLeadingSpace = true
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.broken(err)
			return
		}
		line, _ := r.FieldPos(0)
		if t.columns == nil {
			if !t.headings(line, row) {
				return
			}
			continue
		}
		if len(t.out.Tasks) == MaxTasks {
			t.add(Problem{Line: line, Text: fmt.Sprintf("there are more than %d tasks; split them into several suites", MaxTasks)})
			return
		}
		t.lines = append(t.lines, line)
		t.out.Tasks = append(t.out.Tasks, t.row(line, row))
	}
	if t.columns == nil {
		t.whole("", "the table is empty; its first row names the columns, such as id,environment,seed")
	}
}

// broken says what is wrong with the form of the table.
func (t *table) broken(err error) {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		t.whole("", err.Error())
		return
	}
	text := p.Err.Error()
	if errors.Is(p.Err, csv.ErrFieldCount) {
		text = fmt.Sprintf("the row does not have the %d fields that the headings name; put text with a comma in quotation marks", len(t.columns))
	}
	t.add(Problem{Line: p.StartLine, Text: text})
}

// headings reads the first row.
func (t *table) headings(line int, row []string) bool {
	for i, name := range row {
		name = strings.ToLower(strings.TrimSpace(name))
		_, config := strings.CutPrefix(name, configColumn)
		_, check := strings.CutPrefix(name, checkColumn)
		switch {
		case !slices.Contains(csvColumns, name) && !config && !check:
			t.add(Problem{Line: line, Text: fmt.Sprintf("there is no column %q; there are %s, and config.NAME or check.NAME for one setting", agent.Clip(visible(row[i]), 40), strings.Join(csvColumns, ", "))})
		case slices.Contains(t.columns, name):
			t.add(Problem{Line: line, Text: fmt.Sprintf("the column %q is there twice", agent.Clip(visible(name), 40))})
		}
		t.columns = append(t.columns, name)
	}
	for _, need := range []string{"id", "environment"} {
		if !slices.Contains(t.columns, need) {
			t.add(Problem{Line: line, Text: fmt.Sprintf("the column %q is missing", need)})
		}
	}
	return len(t.problems) == 0
}

// row reads one task.
func (t *table) row(line int, row []string) Task {
	task := Task{Seed: 1}
	p := Problem{Line: line, Task: len(t.lines)}
	if at := slices.Index(t.columns, "id"); at >= 0 {
		p.ID = agent.Clip(visible(row[at]), 60)
	}
	settings := map[string]map[string]any{configColumn: {}, checkColumn: {}}
	wrong := func(column string, err error) {
		p.Field, p.Text = column, err.Error()
		t.add(p)
	}
	for i, column := range t.columns {
		cell := unescape(strings.TrimSpace(row[i]))
		if cell == "" {
			continue
		}
		if err := task.cell(column, cell, settings); err != nil {
			wrong(column, err)
		}
	}
	for prefix, into := range map[string]*agent.Object{configColumn: &task.Config, checkColumn: &task.Check} {
		if len(settings[prefix]) == 0 {
			continue
		}
		all := into.Map()
		if all == nil {
			all = map[string]any{}
		}
		for name, v := range settings[prefix] {
			if _, twice := all[name]; twice {
				wrong(prefix+name, fmt.Errorf("is in the column %s too", strings.TrimSuffix(prefix, ".")))
			}
			all[name] = v
		}
		o, err := agent.NewObject(all)
		if err != nil {
			wrong(strings.TrimSuffix(prefix, "."), errors.New(agent.MessageOf(err)))
		}
		*into = o
	}
	return task
}

// cell reads one cell that is not empty into the task.
func (t *Task) cell(column, cell string, settings map[string]map[string]any) error {
	text := member{raw: json.RawMessage(cell)}
	switch column {
	case "id":
		t.ID = cell
	case "environment":
		t.Environment = cell
	case "purpose":
		t.Purpose = cell
	case "split":
		t.Split = strings.ToLower(cell)
	case "seed":
		return numberOf(text, &t.Seed)
	case "max_steps":
		var n int64
		err := numberOf(text, &n)
		if err == nil && n == 0 {
			err = fmt.Errorf("must be 1 to %d, or left out, got 0", agent.MaxMaxSteps)
		}
		t.MaxSteps = int(min(max(n, -1), agent.MaxMaxSteps+1))
		return err
	case "config":
		return objectOf(text, &t.Config)
	case "check":
		return objectOf(text, &t.Check)
	case "content":
		t.Content = cell
	default:
		for prefix, into := range settings {
			if name, ok := strings.CutPrefix(column, prefix); ok {
				into[name] = setting(cell)
			}
		}
	}
	return nil
}

// setting is a cell as a value: JSON where it is JSON, else text.
func setting(cell string) any {
	var v any
	d := json.NewDecoder(strings.NewReader(cell))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return cell
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return cell
	}
	return v
}

// WriteCSV writes the tasks as a table that ParseCSV reads. A cell that a
// spreadsheet would take for a formula gets an apostrophe, which is taken off again.
func (s *Suite) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvColumns); err != nil {
		return err
	}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		row := []string{t.ID, t.Environment, t.Purpose, strconv.FormatInt(t.Seed, 10), t.Split, "", "", "", t.Content}
		if t.MaxSteps > 0 {
			row[5] = strconv.Itoa(t.MaxSteps)
		}
		if !t.Config.IsEmpty() {
			row[6] = t.Config.String()
		}
		if !t.Check.IsEmpty() {
			row[7] = t.Check.String()
		}
		for k := range row {
			row[k] = escape(row[k])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formula reports whether a spreadsheet takes a cell for a formula, whatever
// apostrophes it begins with.
func formula(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	return rest != "" && strings.ContainsRune("=+-@\t\r", rune(rest[0]))
}

func escape(cell string) string {
	if formula(cell) {
		return "'" + cell
	}
	return cell
}

func unescape(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && formula(cell) {
		return rest
	}
	return cell
}
