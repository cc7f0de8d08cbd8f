package task

import (
	"embed"
	"io/fs"
)

// builtin holds the tasks that are always there: instruction.md, the files at
// the start with the visible tests, the hidden tests, and a solution for tests.
//
//go:embed builtin
var builtin embed.FS

// Builtin are the tasks that are always there, by their id.
func Builtin() ([]Task, error) {
	entries, err := builtin.ReadDir("builtin")
	if err != nil {
		return nil, err
	}
	tasks := make([]Task, 0, len(entries))
	for _, e := range entries {
		folder, err := fs.Sub(builtin, "builtin/"+e.Name())
		if err != nil {
			return nil, err
		}
		t, err := builtinTask(e.Name(), folder)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

func builtinTask(id string, folder fs.FS) (Task, error) {
	text, err := readFile(id, folder, "instruction.md", maxText)
	if err != nil {
		return Task{}, err
	}
	left := &budget{bytes: maxBytes, files: maxFiles}
	start, err := readFolder(id, folder, "start", left)
	if err != nil {
		return Task{}, err
	}
	hidden, err := readFolder(id, folder, "hidden", left)
	if err != nil {
		return Task{}, err
	}
	return Task{ID: id, Text: string(text), Files: start, Hidden: hidden,
		Visible: []string{"test_" + id}, Verify: Verify{Modules: []string{"test_hidden"}}}, nil
}
