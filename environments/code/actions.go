package code

import (
	"context"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/internal/sandbox"
)

// The actions.
const (
	actWrite  = "write"
	actEdit   = "edit"
	actRead   = "read"
	actRemove = "remove"
	actRun    = "run"
	actTest   = "test"
)

// Actions announces what can be done; "test" only where all tasks have visible
// tests.
func (e *Env) Actions() []agent.ActionSpec {
	file := agent.ParamSpec{Name: "path", Type: "string", Description: "a file below the folder, such as lib/words.py"}
	command := "the arguments of python3, such as main.py --help"
	about := "run python3 in the folder"
	if e.config.Programs == programsShell {
		command, about = "a command of a shell, such as make && ./main", "run a command in the folder"
	}
	specs := []agent.ActionSpec{
		{Name: actWrite, Description: "write a whole file; what was in it is gone", Params: []agent.ParamSpec{file, {Name: "content", Type: "string", Description: "all of the file"}}},
		{Name: actEdit, Description: "replace a piece of a file", Params: []agent.ParamSpec{file,
			{Name: "old", Type: "string", Description: "the piece as it stands in the file; it must be there exactly once"}, {Name: "new", Type: "string", Description: "what stands there afterwards"}}},
		{Name: actRead, Description: "read a file", Params: []agent.ParamSpec{file, {Name: "from", Type: "integer", Description: "the first line to show, counted from 1", Optional: true}}},
		{Name: actRemove, Description: "remove a file or a folder", Params: []agent.ParamSpec{file}},
		{Name: actRun, Description: about, Params: []agent.ParamSpec{{Name: "command", Type: "string", Description: command}, {Name: "input", Type: "string", Description: "what the program reads from its standard input", Optional: true}}},
	}
	if e.tasks.visible() {
		specs = append(specs, agent.ActionSpec{Name: actTest, Description: "run the tests that came with the task"})
	}
	return specs
}

// do does an action in the workspace, and reports whether that may have changed
// files.
func (e *Env) do(ctx context.Context, a agent.Action, v *view) (changes bool, err error) {
	switch a.Name {
	case actRun:
		return true, e.run(ctx, a.Param("command"), a.Param("input"), v)
	case actTest:
		return true, e.test(ctx, v)
	}
	name, err := fileName(a.Param("path"), e.root())
	if err != nil {
		return false, err
	}
	switch a.Name {
	case actRead:
		return false, e.readFile(name, a, v)
	case actRemove:
		if _, ok := e.at.entries[name]; !ok {
			return false, agent.Errorf(agent.CodeNotFound, "there is no file %s", name)
		}
		v.did = "Removed " + name + "."
		return true, e.box.Remove(ctx, e.path(name))
	case actWrite:
		content := a.Param("content")
		v.did, v.Opened = fmt.Sprintf("Wrote %s, %d lines.", name, strings.Count(content, "\n")), &opened{Path: name}
		return true, e.box.Write(ctx, e.path(name), []byte(content), e.modeOf(name))
	}
	content, err := e.edited(name, a)
	if err != nil {
		return false, err
	}
	v.did, v.Opened = "Edited "+name+".", &opened{Path: name, Lines: lineBefore(content, a.Param("new"))}
	return true, e.box.Write(ctx, e.path(name), []byte(content), e.modeOf(name))
}

// fileName reads a path as an agent writes it, relative to the root or below it.
func fileName(text, root string) (string, error) {
	name := strings.TrimPrefix(path.Clean(text), root+"/")
	switch {
	case text == "" || name == "." || name == root:
		return "", agent.Errorf(agent.CodeInvalid, "name a file, such as main.py")
	case path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../"):
		return "", agent.Errorf(agent.CodeInvalid, "%s is not below %s", agent.Clip(text, 100), root)
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError }):
		return "", agent.Errorf(agent.CodeInvalid, "a file's name has no control characters")
	case len(name) > 1000:
		return "", agent.Errorf(agent.CodeInvalid, "a file's name has at most 1000 bytes")
	}
	return name, nil
}

func (e *Env) modeOf(name string) os.FileMode {
	if was, ok := e.at.entries[name]; ok && was.Hash != "" {
		return os.FileMode(was.Mode)
	}
	return 0o644
}

// textOf returns a text file of the workspace.
func (e *Env) textOf(name string) (string, error) {
	was, ok := e.at.entries[name]
	content, file := e.at.content(name)
	switch {
	case !ok:
		return "", agent.Errorf(agent.CodeNotFound, "there is no file %s", name)
	case !file:
		return "", agent.Errorf(agent.CodeInvalid, "%s is %s", name, map[bool]string{true: "a folder", false: "a link to " + clean(was.Target)}[was.Target == ""])
	case !utf8.Valid(content):
		return "", agent.Errorf(agent.CodeInvalid, "%s is no text; a program can read it", name)
	}
	return string(content), nil
}

func (e *Env) edited(name string, a agent.Action) (string, error) {
	text, err := e.textOf(name)
	if err != nil {
		return "", err
	}
	was, is := a.Param("old"), a.Param("new")
	switch n := strings.Count(text, was); {
	case was == "":
		return "", agent.Errorf(agent.CodeInvalid, "say which piece to replace; write replaces a whole file")
	case n == 0:
		return "", agent.Errorf(agent.CodeInvalid, "%s does not have this piece; read it first", name)
	case n > 1:
		return "", agent.Errorf(agent.CodeInvalid, "%s has this piece %d times; give more of what stands around it", name, n)
	}
	return strings.Replace(text, was, is, 1), nil
}

// lineBefore is a line some way before a piece of a file.
func lineBefore(content, piece string) string {
	return strconv.Itoa(1 + strings.Count(content[:max(strings.Index(content, piece)-maxText/4, 0)], "\n"))
}

// readFile shows a part of a file, from a line on.
func (e *Env) readFile(name string, a agent.Action, v *view) error {
	text, err := e.textOf(name)
	if err != nil {
		return err
	}
	var from int
	if p := a.Param("from"); p != "" {
		if _, err := fmt.Sscan(p, &from); err != nil {
			return agent.Errorf(agent.CodeInvalid, "from must be a line's number")
		}
	}
	o, n := part(name, text, from)
	if from > max(n, 1) {
		return agent.Errorf(agent.CodeInvalid, "%s has %d lines", name, n)
	}
	v.Opened = o
	v.did = fmt.Sprintf("Read %s, lines %s.", name, o.Lines)
	return nil
}

// run runs a command of the agent.
func (e *Env) run(ctx context.Context, command, input string, v *view) error {
	argv := []string{"sh", "-c", command}
	if e.config.Programs == programsPython {
		words, err := split(command)
		if err != nil {
			return err
		}
		if len(words) > 0 && (words[0] == "python3" || words[0] == "python") {
			words = words[1:] // as people write it
		}
		argv = append([]string{"python3"}, words...)
	} else if strings.TrimSpace(command) == "" {
		return agent.Errorf(agent.CodeInvalid, "say which command to run")
	}
	_, err := e.start(ctx, command, argv, []byte(input), v)
	return err
}

// start runs a command in the agent's workspace and notes what became of it.
func (e *Env) start(ctx context.Context, command string, argv []string, input []byte, v *view) (sandbox.Result, error) {
	r, err := e.box.Run(ctx, sandbox.Command{Argv: argv, Dir: e.root(), Env: variables(&e.task), Stdin: input, Timeout: seconds(e.config.Seconds)})
	if err != nil {
		return r, err
	}
	said := agent.Clip(clean(strings.Join(strings.Fields(command), " ")), 200)
	v.did, v.ran, v.Tests = "Ran "+agent.Clip(said, 100)+".", true, nil
	v.Ran = &ran{Command: said, Exit: r.ExitCode, Output: shown(r.Stdout, r.Truncated), Errors: shown(r.Stderr, false), Ended: e.why(&r)}
	v.output = append(append([]byte(nil), r.Stdout...), r.Stderr...)
	return r, nil
}

// why says what ended a command before its own end, "" where nothing did.
func (e *Env) why(r *sandbox.Result) string {
	switch r.Killed {
	case sandbox.LimitWall:
		return fmt.Sprintf("it took longer than %d s, or all commands together longer than %d s", e.config.Seconds, e.config.TotalSeconds)
	case sandbox.LimitCPU:
		return fmt.Sprintf("all commands together used %d s of the processor", e.config.TotalSeconds)
	case sandbox.LimitMemory:
		return fmt.Sprintf("its programs held more than %d MB of memory", e.config.MemoryMB)
	case sandbox.LimitOutput:
		return "it wrote too much"
	}
	if r.Signal != "" {
		return "by " + r.Signal
	}
	return ""
}

// split reads words as a shell does, with quotes and backslashes and nothing else
// of a shell.
func split(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	open, quote, escaped := false, rune(0), false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
			word.WriteRune(r)
		case r == '\\' && quote != '\'':
			escaped, open = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if open {
				words, open = append(words, word.String()), false
				word.Reset()
			}
		default:
			open = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, agent.Errorf(agent.CodeInvalid, "the command ends within a quotation")
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}
