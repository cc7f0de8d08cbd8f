// Package sandbox runs programs that nobody trusts: what an agent writes and
// starts. A Workspace is a set of folders in memory, and programs that see them,
// a read-only system, and nothing else of the host.
//
// What contains them, from the outside in: bubblewrap with namespaces of users,
// mounts, processes, network, IPC and host name; a user that is not root, inside
// and outside; no capabilities and no new privileges; Landlock; an allow-list of
// system calls; resource limits of the kernel; and a watch in this process that
// adds up what all programs of a workspace use and ends them. Where one of these
// can't be had, Open refuses: nothing ever runs uncontained.
//
// The program that opens workspaces starts itself again inside them. Its main
// function calls Child before anything else, and so does TestMain in tests.
package sandbox

import (
	"fmt"
	"path"
	"strings"
	"time"

	"purposeagent/agent"
)

// Root is the folder in which commands start and to which relative names refer.
const Root = "/workspace"

// Bounds of single calls.
const (
	MaxFile   = 16 << 20 // bytes of a file that Read and Write take, and of a command's Stdin
	MaxList   = 10_000   // entries that List returns
	MaxDepth  = 100      // folders in each other that List, Archive and CopyIn go down
	MaxOutput = 16 << 20 // bytes that Command.MaxOutput may ask for
)

// Limits are totals over the life of a workspace. A field that is 0 has the
// value of DefaultLimits.
type Limits struct {
	// Wall is the time that all commands together may run. One that is at work
	// when it is used up is ended; later ones are refused.
	Wall time.Duration
	// CPU is the processor time of all programs of all commands, looked at every
	// 50 ms. One process can't use more than it either.
	CPU time.Duration
	// Memory is what all programs hold at one time: private and shared pages,
	// page tables, and what buffers of their sockets may take. The kernel bounds
	// one process at twice as much; the sum is looked at every 50 ms, so that a
	// program gets above it for that long before all are ended.
	Memory int64
	// Processes is how many processes and threads there are at one time. The
	// kernel refuses more, so a program sees an error and is not ended.
	Processes int
	// Output is what all commands may write to stdout and stderr. A command that
	// writes beyond it is ended; later ones are refused.
	Output int64
	// Disk is the size of all files that a workspace holds at one time. It is
	// memory too. The kernel refuses more ("No space left on device").
	Disk int64
	// Files is how many files and folders a workspace holds at one time.
	Files int
	// OpenFiles is how many files one process has open.
	OpenFiles int
}

// DefaultLimits are those of a field that is 0.
func DefaultLimits() Limits {
	return Limits{Wall: 10 * time.Minute, CPU: 10 * time.Minute, Memory: 512 << 20, Processes: 64, Output: 64 << 20, Disk: 256 << 20, Files: 50_000, OpenFiles: 256}
}

// Config is what a workspace is opened with. The zero value is usable.
type Config struct {
	Limits Limits
	// Folders are absolute paths of empty writable folders beside Root, such as
	// /tests. They share Disk with it. A folder of the system can't be one.
	Folders []string
	// Show are absolute paths of the host that programs may read and execute
	// beside the system (/usr, /bin, /lib, /sbin, some of /etc), such as /opt/node.
	Show []string
	// Hide are absolute paths that are empty inside even where they are below
	// what is shown, such as a data folder in /usr/local.
	Hide []string
}

// Command is a program to run.
type Command struct {
	// Argv is the program and its arguments. Without a slash it is looked for in
	// the PATH of Env.
	Argv []string
	Dir  string // where it starts; "" is Root
	// Env is added to PATH, HOME, TMPDIR, LANG, USER and nothing of the host's.
	Env   []string
	Stdin []byte
	// Timeout ends the command; 0 is what is left of Limits.Wall.
	Timeout time.Duration
	// MaxOutput is how many bytes are kept of stdout and of stderr, the first
	// ones; what comes after counts and is thrown away. 0 is 1 MiB.
	MaxOutput int
}

// Limit names what ended a command.
type Limit string

// What ends a command before it ends itself.
const (
	LimitWall   Limit = "wall"   // Limits.Wall, or Command.Timeout with Result.TimedOut
	LimitCPU    Limit = "cpu"    // Limits.CPU
	LimitMemory Limit = "memory" // Limits.Memory
	LimitOutput Limit = "output" // Limits.Output
)

// Result is what became of a command. Programs write what they like: Stdout and
// Stderr are bytes of a stranger.
type Result struct {
	ExitCode  int    // -1 where a signal ended it
	Signal    string // such as "SIGKILL"; "" where it exited
	Stdout    []byte
	Stderr    []byte
	Truncated bool  // more was written than is kept
	TimedOut  bool  // Command.Timeout or Limits.Wall ended it
	Killed    Limit // what ended it; "" where it ended itself
	// Wall and CPU are what the command took, with all that it started; CPU of
	// programs that nobody waited for is known to 50 ms.
	Wall, CPU time.Duration
	// PeakMemory and PeakProcesses are the most that was seen, at looks 50 ms
	// apart: 0 for a command that was faster.
	PeakMemory    int64
	PeakProcesses int
}

// Kind tells what an entry is.
type Kind string

// Kinds of entries.
const (
	KindFile   Kind = "file"
	KindFolder Kind = "folder"
	KindLink   Kind = "link"  // a symbolic link, never followed
	KindOther  Kind = "other" // a pipe or a socket
)

// Entry is a file of a workspace, or a folder.
type Entry struct {
	Name     string    `json:"name"` // relative to the folder that was listed, with slashes
	Kind     Kind      `json:"kind"`
	Size     int64     `json:"size,omitempty"` // of a file, as it says: a sparse one holds less
	Mode     uint32    `json:"mode,omitempty"` // permission bits
	Modified time.Time `json:"modified,omitzero"`
	Target   string    `json:"target,omitempty"` // of a link, as it stands there
}

// withDefaults returns limits without zeros, or says by field what is wrong.
func (l Limits) withDefaults() (Limits, error) {
	d := DefaultLimits()
	wrong := map[string]string{}
	fill(&l.Wall, d.Wall, time.Millisecond, 24*time.Hour, "wall", wrong)
	fill(&l.CPU, d.CPU, time.Millisecond, 24*time.Hour, "cpu", wrong)
	fill(&l.Memory, d.Memory, 16<<20, 1<<42, "memory", wrong)
	fill(&l.Processes, d.Processes, 1, 10_000, "processes", wrong)
	fill(&l.Output, d.Output, 1, 1<<40, "output", wrong)
	fill(&l.Disk, d.Disk, 1<<20, 1<<42, "disk", wrong)
	fill(&l.Files, d.Files, 64, 10_000_000, "files", wrong)
	fill(&l.OpenFiles, d.OpenFiles, 32, 65_536, "open_files", wrong)
	if len(wrong) > 0 {
		return l, agent.InvalidFields(wrong)
	}
	return l, nil
}

func fill[T int | int64 | time.Duration](field *T, otherwise, low, high T, name string, wrong map[string]string) {
	if *field == 0 {
		*field = otherwise
	}
	if *field < low || *field > high {
		wrong[name] = fmt.Sprintf("must be from %v to %v, got %v", low, high, *field)
	}
}

// check completes a configuration.
func (c Config) check() (Config, error) {
	limits, err := c.Limits.withDefaults()
	if err != nil {
		return c, err
	}
	c.Limits = limits
	for _, folder := range c.Folders {
		if err := clean(folder); err != nil {
			return c, err
		}
		top := "/" + strings.Split(folder, "/")[1]
		switch top {
		case "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/sys", "/dev", "/home", "/tmp", "/.space", Root:
			return c, agent.Errorf(agent.CodeInvalid, "%s can't be a folder of a workspace: %s is taken", folder, top)
		}
		if strings.Count(folder, "/") > 3 {
			return c, agent.Errorf(agent.CodeInvalid, "%s lies too deep: a folder of a workspace has at most three names", folder)
		}
	}
	for i, folder := range c.Folders {
		for _, other := range c.Folders[:i] {
			if within(folder, other) || within(other, folder) {
				return c, agent.Errorf(agent.CodeInvalid, "the folders %s and %s of a workspace overlap", other, folder)
			}
		}
	}
	for _, shown := range append(append([]string{}, c.Show...), c.Hide...) {
		if err := clean(shown); err != nil {
			return c, err
		}
	}
	for _, shown := range c.Show {
		for _, taken := range append([]string{Root, "/tmp", home, "/dev", "/proc"}, c.Folders...) {
			if within(shown, taken) || within(taken, shown) {
				return c, agent.Errorf(agent.CodeInvalid, "%s of the host can't be shown: a workspace has its own %s", shown, taken)
			}
		}
	}
	return c, nil
}

func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// clean refuses what is not the plain form of an absolute path.
func clean(name string) error {
	if !path.IsAbs(name) || path.Clean(name) != name || name == "/" || strings.ContainsRune(name, 0) {
		return agent.Errorf(agent.CodeInvalid, "%q must be an absolute path without . and .., below /", name)
	}
	return nil
}

// check says what is wrong with a command.
func (c *Command) check(cfg *Config) error {
	switch {
	case len(c.Argv) == 0 || c.Argv[0] == "":
		return agent.Errorf(agent.CodeInvalid, "a command needs a program")
	case len(c.Stdin) > MaxFile:
		return agent.Errorf(agent.CodeInvalid, "stdin must be at most %d bytes, got %d", MaxFile, len(c.Stdin))
	case c.MaxOutput < 0 || c.MaxOutput > MaxOutput:
		return agent.Errorf(agent.CodeInvalid, "the output to keep must be 0 to %d bytes, got %d", MaxOutput, c.MaxOutput)
	case c.Timeout < 0:
		return agent.Errorf(agent.CodeInvalid, "a timeout can't be negative")
	}
	size := 0
	for _, word := range c.Argv {
		size += len(word) + 1
		if strings.ContainsRune(word, 0) {
			return agent.Errorf(agent.CodeInvalid, "an argument holds a NUL byte")
		}
	}
	for _, v := range c.Env {
		size += len(v) + 1
		name, _, ok := strings.Cut(v, "=")
		if !ok || name == "" || strings.ContainsRune(v, 0) {
			return agent.Errorf(agent.CodeInvalid, "%q is no variable of the form NAME=value", v)
		}
	}
	if size > maxArguments {
		return agent.Errorf(agent.CodeInvalid, "arguments and variables must be at most %d bytes, got %d", maxArguments, size)
	}
	_, err := cfg.locate(c.Dir)
	return err
}

// maxArguments keeps a command well below a frame of the protocol and below what
// the kernel takes.
const maxArguments = 512 << 10

// place is a name in a workspace: a folder of it and the path below that.
type place struct {
	Root string `json:"root"`
	Name string `json:"name"`
}

// locate reads a name, relative to Root or absolute.
func (c *Config) locate(name string) (place, error) {
	if strings.ContainsRune(name, 0) || len(name) > 4096 {
		return place{}, agent.Errorf(agent.CodeInvalid, "a name of a file is at most 4096 bytes without NUL")
	}
	full := name
	if !path.IsAbs(full) {
		full = Root + "/" + full
	}
	for part := range strings.SplitSeq(full, "/") {
		if part == ".." {
			return place{}, agent.Errorf(agent.CodeInvalid, "%q leads outside: names have no \"..\"", name)
		}
	}
	full = path.Clean(full)
	for _, root := range append([]string{Root}, c.Folders...) {
		if within(full, root) {
			below := strings.TrimPrefix(strings.TrimPrefix(full, root), "/")
			if below == "" {
				below = "."
			}
			return place{Root: root, Name: below}, nil
		}
	}
	return place{}, agent.Errorf(agent.CodeInvalid, "%q is not in the workspace", name)
}
