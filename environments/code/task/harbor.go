package task

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Bounds of a task folder: what is larger is refused, not cut.
const (
	maxFile    = 1 << 20  // bytes of a file
	maxBytes   = 16 << 20 // bytes of all files
	maxFiles   = 1000
	maxSeconds = 24 * 60 * 60
	maxMB      = 1 << 20
)

// settings is what is read of a task.toml; all else of it is named or free.
type settings struct {
	Schema  string `toml:"schema_version"`
	Version string `toml:"version"`
	Task    struct {
		Name string `toml:"name"`
	} `toml:"task"`
	Verifier struct {
		Timeout float64           `toml:"timeout_sec"`
		Env     map[string]string `toml:"env"`
		User    any               `toml:"user"`
	} `toml:"verifier"`
	Environment struct {
		Image    string `toml:"docker_image"`
		MemoryMB int64  `toml:"memory_mb"`
		Network  string `toml:"network_mode"`
		Internet bool   `toml:"allow_internet"`
	} `toml:"environment"`
	Steps     []map[string]any `toml:"steps"`
	Artifacts []any            `toml:"artifacts"`
}

// Harbor reads a task folder of Harbor's. Open it with os.Root, so that no link
// in it leads outside. What a container image would be built from is not done:
// the task says so in Left.
func Harbor(id string, folder fs.FS) (Task, error) {
	s, err := readSettings(id, folder)
	if err != nil {
		return Task{}, err
	}
	text, err := readFile(id, folder, "instruction.md", maxText)
	if err != nil {
		return Task{}, err
	}
	if strings.TrimSpace(string(text)) == "" {
		return Task{}, invalid(id, "instruction.md is empty")
	}
	t := Task{ID: id, Text: string(text), Verify: Verify{Command: []string{"bash", "/tests/test.sh"}},
		Limit: time.Duration(s.Verifier.Timeout * float64(time.Second)), MemoryMB: s.Environment.MemoryMB, Env: s.Verifier.Env}
	budget := &budget{bytes: maxBytes, files: maxFiles}
	if t.Files, err = readFolder(id, folder, "environment", budget); err != nil {
		return Task{}, err
	}
	if t.Hidden, err = readFolder(id, folder, "tests", budget); err != nil {
		return Task{}, err
	}
	if !slices.ContainsFunc(t.Hidden, func(f File) bool { return f.Path == "test.sh" }) {
		return Task{}, invalid(id, "tests/test.sh is missing")
	}
	if t.Dir, err = workDir(id, t.Files); err != nil {
		return Task{}, err
	}
	t.Files = slices.DeleteFunc(t.Files, func(f File) bool { return f.Path == "Dockerfile" || compose(f.Path) })
	t.Left, err = left(folder, s)
	if err != nil {
		return Task{}, invalid(id, "%v", err)
	}
	return t, nil
}

// readSettings reads and checks task.toml.
func readSettings(id string, folder fs.FS) (settings, error) {
	var s settings
	text, err := readFile(id, folder, "task.toml", maxText)
	if err != nil {
		return s, err
	}
	if _, err := toml.Decode(string(text), &s); err != nil {
		return s, invalid(id, "task.toml: %v", err)
	}
	version := s.Schema
	if version == "" {
		version = s.Version
	}
	seconds, memory := s.Verifier.Timeout, s.Environment.MemoryMB
	switch {
	case version != "" && version != "1" && !strings.HasPrefix(version, "1."):
		return s, invalid(id, "task.toml has schema %q; 1.0 to 1.4 are read", version)
	case len(s.Steps) > 0:
		return s, invalid(id, "it has several steps ([[steps]]), which are not supported")
	case !(seconds >= 0 && seconds <= maxSeconds): // NaN too
		return s, invalid(id, "verifier.timeout_sec must lie between 0 and %d", maxSeconds)
	case memory < 0 || memory > maxMB:
		return s, invalid(id, "environment.memory_mb must lie between 0 and %d", maxMB)
	}
	for name := range s.Verifier.Env {
		if !pythonName.MatchString(name) {
			return s, invalid(id, "verifier.env: %q isn't the name of a variable", name)
		}
	}
	return s, nil
}

var workDirLine = regexp.MustCompile(`(?im)^[ \t]*WORKDIR[ \t]+(\S+)[ \t]*\r?$`)

// workDir is the folder that the task's Dockerfile works in, as its texts name it;
// "" where it names none that a workspace can have.
func workDir(id string, files []File) (string, error) {
	at := slices.IndexFunc(files, func(f File) bool { return f.Path == "Dockerfile" })
	if at < 0 {
		return "", nil
	}
	found := workDirLine.FindAllSubmatch(files[at].Data, -1)
	if len(found) == 0 {
		return "", nil
	}
	dir := path.Clean(string(found[len(found)-1][1]))
	switch {
	case dir == "/workspace":
		return "", nil
	case !workDirName.MatchString(dir), slices.Contains([]string{"/tests", "/logs"}, "/"+strings.Split(dir, "/")[1]):
		return "", invalid(id, "environment/Dockerfile works in %q, which a workspace can't have; a folder such as /app can be", dir)
	}
	return dir, nil
}

var workDirName = regexp.MustCompile(`^(/[A-Za-z0-9_][A-Za-z0-9._-]*){1,3}$`)

// compose tells whether a file describes several containers.
func compose(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "docker-compose.") || strings.HasPrefix(base, "compose.")
}

// left names what a task asks for and does not get.
func left(folder fs.FS, s settings) ([]string, error) {
	var out []string
	entries, err := fs.ReadDir(folder, "environment")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		switch {
		case e.Name() == "Dockerfile":
			out = append(out, "environment/Dockerfile: no image is built; the programs of this host are used")
		case compose(e.Name()):
			out = append(out, "environment/"+e.Name()+": no other containers are started")
		}
	}
	if s.Environment.Image != "" {
		out = append(out, fmt.Sprintf("environment.docker_image %q: the programs of this host are used", s.Environment.Image))
	}
	if s.Environment.Internet || s.Environment.Network != "" && s.Environment.Network != "none" {
		out = append(out, "network: there is none")
	}
	if s.Verifier.User != nil {
		out = append(out, "verifier.user: the tests run as the agent's user")
	}
	if len(s.Artifacts) > 0 {
		out = append(out, "artifacts: they are not collected")
	}
	return out, nil
}

// budget is what the files of a task may still hold.
type budget struct {
	bytes int64
	files int
}

// readFolder reads the files below a folder, which need not be there.
func readFolder(id string, folder fs.FS, below string, b *budget) ([]File, error) {
	var out []File
	err := fs.WalkDir(folder, below, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == below && errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return invalid(id, "%s: %v", name, err)
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return invalid(id, "%s is neither a file nor a folder", name)
		}
		if b.files--; b.files < 0 {
			return invalid(id, "it holds more than %d files", maxFiles)
		}
		data, err := readFile(id, folder, name, maxFile)
		if err != nil {
			return err
		}
		if b.bytes -= int64(len(data)); b.bytes < 0 {
			return invalid(id, "its files hold more than %d bytes", maxBytes)
		}
		info, err := d.Info()
		if err != nil {
			return invalid(id, "%s: %v", name, err)
		}
		out = append(out, File{Path: strings.TrimPrefix(name, below+"/"), Data: data, Exec: info.Mode()&0o100 != 0})
		return nil
	})
	return out, err
}

// readFile reads a plain file of bounded size.
func readFile(id string, folder fs.FS, name string, limit int64) ([]byte, error) {
	// A named pipe would block Open, so what it is gets looked at first.
	info, err := fs.Lstat(folder, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, invalid(id, "%s is missing", name)
	case err != nil:
		return nil, invalid(id, "%s: %v", name, err)
	case !info.Mode().IsRegular():
		return nil, invalid(id, "%s isn't a plain file", name)
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, invalid(id, "%s: %v", name, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, invalid(id, "%s: %v", name, err)
	case int64(len(data)) > limit:
		return nil, invalid(id, "%s holds more than %d bytes", name, limit)
	}
	return data, nil
}
