package task

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"purposeagent/agent"
)

// maxFolders bounds how many Harbor folders one folder may hold.
const maxFolders = 1_000

// Read reads tasks from a file or a folder of this machine: HumanEval's lines, a
// task folder of Harbor's, or a folder of such folders. Errors are CodeInvalid.
func Read(name string) ([]Task, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, agent.Errorf(agent.CodeInvalid, `there is no file or folder %q; "built-in" and "none" need none`, name)
	case err != nil:
		return nil, agent.Errorf(agent.CodeInvalid, "%v", err)
	case info.IsDir():
		return readFolders(name)
	case !info.Mode().IsRegular():
		return nil, agent.Errorf(agent.CodeInvalid, "%q is neither a file nor a folder", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, agent.Errorf(agent.CodeInvalid, "%v", err)
	}
	defer func() { _ = f.Close() }()
	return HumanEval(f)
}

// Folder reports whether a folder is itself a task folder of Harbor's.
func Folder(name string) bool {
	_, err := os.Lstat(filepath.Join(name, "task.toml"))
	return err == nil
}

// readFolders reads one Harbor folder, or all in a folder. Links in them lead
// nowhere outside.
func readFolders(name string) ([]Task, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, agent.Errorf(agent.CodeInvalid, "%v", err)
	}
	defer func() { _ = root.Close() }()
	if _, err := root.Lstat("task.toml"); err == nil {
		absolute, err := filepath.Abs(name)
		if err != nil {
			return nil, agent.Errorf(agent.CodeInvalid, "%v", err)
		}
		one, err := Harbor(filepath.Base(absolute), root.FS())
		return []Task{one}, err
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, agent.Errorf(agent.CodeInvalid, "%v", err)
	}
	var list []Task
	for _, e := range entries {
		if _, err := root.Lstat(filepath.Join(e.Name(), "task.toml")); err != nil || !e.IsDir() {
			continue
		}
		if len(list) == maxFolders {
			return nil, agent.Errorf(agent.CodeInvalid, "%q holds more than %d task folders", name, maxFolders)
		}
		sub, err := fs.Sub(root.FS(), e.Name())
		if err != nil {
			return nil, agent.Errorf(agent.CodeInvalid, "%v", err)
		}
		one, err := Harbor(e.Name(), sub)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	if len(list) == 0 {
		return nil, agent.Errorf(agent.CodeInvalid, "%q is no task folder and holds none: each has a task.toml", name)
	}
	return list, nil
}
