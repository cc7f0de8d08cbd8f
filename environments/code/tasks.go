package code

import (
	"archive/tar"
	"cmp"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/environments/code/task"
)

// tasks are those of a configuration, in an order that does not depend on the
// order of files.
type tasks struct {
	list []task.Task // of the split
	all  map[string]task.Task
}

var builtIn = sync.OnceValues(task.Builtin)

// readTasks reads what a configuration names. Errors are CodeInvalid with a
// message per property.
func readTasks(c *config) (*tasks, error) {
	var list []task.Task
	var err error
	switch c.Tasks {
	case TasksNone:
		if c.Task != "" {
			return nil, agent.InvalidFields(map[string]string{"task": "there are no tasks to choose one from; name them in tasks"})
		}
		return &tasks{}, nil
	case TasksBuiltIn:
		list, err = builtIn()
	default:
		list, err = task.Read(c.Tasks)
	}
	if err != nil {
		return nil, agent.InvalidFields(map[string]string{"tasks": agent.MessageOf(err)})
	}
	t := &tasks{all: make(map[string]task.Task, len(list))}
	for _, one := range list {
		t.all[one.ID] = one
	}
	if c.Task != "" {
		one, ok := t.all[c.Task]
		if !ok {
			return nil, agent.InvalidFields(map[string]string{"task": "there is no such task; there are " + someIDs(list)})
		}
		t.list = []task.Task{one}
		return t, nil
	}
	list = slices.SortedFunc(slices.Values(list), func(a, b task.Task) int {
		return cmp.Or(cmp.Compare(place(a.ID), place(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	tests := max(len(list)/3, 1)
	switch c.Split {
	case splitTest:
		list = list[:tests]
	case splitTrain:
		list = list[tests:]
	}
	if len(list) == 0 {
		return nil, agent.InvalidFields(map[string]string{"split": "one task can't be split; choose all"})
	}
	t.list = list
	return t, nil
}

func someIDs(list []task.Task) string {
	var ids []string
	for _, one := range list[:min(len(list), 10)] {
		ids = append(ids, one.ID)
	}
	text := strings.Join(ids, ", ")
	if len(list) > len(ids) {
		text += ", …"
	}
	return text
}

// place orders tasks as if at random, and always alike.
func place(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // it never fails
	return h.Sum64()
}

// draw returns the task of a seed; without tasks an empty one.
func (t *tasks) draw(seed int64) task.Task {
	n := int64(len(t.list))
	if n == 0 {
		return task.Task{}
	}
	return t.list[((seed-1)%n+n)%n]
}

// named returns the task of a state.
func (t *tasks) named(id string) (task.Task, error) {
	if id == "" {
		return task.Task{}, nil
	}
	one, ok := t.all[id]
	if !ok {
		return one, agent.Errorf(agent.CodeUnavailable, "the task %q is not there any more", id)
	}
	return one, nil
}

// visible reports whether all tasks have visible tests.
func (t *tasks) visible() bool {
	return len(t.list) > 0 && !slices.ContainsFunc(t.list, func(one task.Task) bool { return len(one.Visible) == 0 })
}

// taskFile holds a task's text where that is too long for a purpose.
const taskFile = "TASK.md"

// purposeOf is what the agent is told to do, with what is not done of the task.
func purposeOf(t task.Task) string {
	text := strings.TrimSpace(t.Text)
	note := ""
	if len(t.Left) > 0 {
		note = "\n\n(Not as the task asks: " + strings.Join(t.Left, "; ") + ".)"
	}
	if len(text)+len(note) <= agent.MaxPurposeBytes {
		return text + note
	}
	lead := "Do what " + taskFile + " says, which begins: "
	room := agent.MaxPurposeBytes - len(lead) - len("…")
	for room > 0 && !utf8.RuneStart(text[room]) {
		room--
	}
	return lead + text[:room] + "…"
}

// startFiles are what the workspace holds at the beginning.
func (e *Env) startFiles() []task.File {
	list := e.task.Files
	if purpose := purposeOf(e.task); strings.HasPrefix(purpose, "Do what "+taskFile) {
		list = append(slices.Clone(list), task.File{Path: taskFile, Data: []byte(e.task.Text)})
	}
	return list
}

func modeOf(f task.File) os.FileMode {
	if f.Exec {
		return 0o755
	}
	return 0o644
}

// startEntries are the files that the task began with, by path.
func (e *Env) startEntries() map[string]entry {
	entries := map[string]entry{}
	for _, f := range e.startFiles() {
		entries[f.Path] = entry{Kind: tar.TypeReg, Hash: files.Hash(f.Data)}
	}
	return entries
}

// text says where the agent is.
func (e *Env) text() string {
	text := "You write programs in a folder of your own. You read, write and edit files there, and run "
	if e.config.Programs == programsShell {
		text += "commands. "
	} else {
		text += "python3. "
	}
	text += "There is no network, and nothing runs between two commands. "
	switch {
	case len(e.tasks.list) == 0:
	case e.tasks.visible():
		text += "The tests that came with the task are run after each change, as they came; other tests, which you don't see, decide when you have said DONE. "
	default:
		text += "Tests that you don't see decide when you have said DONE. "
	}
	return text + "A state shows the files, the one that was read or written last, and what the last command wrote."
}
