package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// childArgument is the first argument of this program inside of a workspace.
const childArgument = "__workspace"

// Child runs what this program does inside of a workspace and returns its exit
// code, where it was started for that; else it does nothing. A program that opens
// workspaces calls it first in main, and its tests in TestMain.
func Child() (code int, is bool) {
	if len(os.Args) < 3 || os.Args[1] != childArgument {
		return 0, false
	}
	if os.Getpid() == 1 { // what is first inside is bubblewrap's own
		return 1, true
	}
	var err error
	switch os.Args[2] {
	case "first":
		err = first()
	case "keeper":
		err = keep()
	case "stage":
		err = stage()
	default:
		err = errors.New("this is started by the program itself")
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "workspace:", err)
		return 1, true
	}
	return 0, true
}

// first is what bubblewrap starts. It mounts one tmpfs with a bound on its size
// and on its files, of which all writable folders are parts, makes the rest
// read-only, forbids more user namespaces, drops all capabilities, and becomes
// the keeper.
func first() error {
	runtime.LockOSThread() // capabilities are a thread's
	if len(os.Args) < 5 {
		return errors.New("this is started by the program itself")
	}
	if err := mount(os.Args[3], os.Args[4], os.Args[5:]); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
		return fmt.Errorf("user namespaces inside can't be forbidden: %w", err)
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	// What this program was started with, open for whoever started it, stays out.
	if err := unix.CloseRange(4, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return err
	}
	return unix.Exec("/proc/self/exe", []string{"keeper", childArgument, "keeper"}, []string{"PATH=" + programPath})
}

func mount(size, files string, folders []string) error {
	const space = "/.space"
	if err := unix.Mount("workspace", space, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("size=%s,nr_inodes=%s,mode=755", size, files)); err != nil {
		return fmt.Errorf("mount the files: %w", err)
	}
	for _, at := range append([]string{Root, "/tmp", home, "/dev/shm"}, folders...) {
		part := filepath.Join(space, strings.ReplaceAll(strings.TrimPrefix(at, "/"), "/", "_"))
		if err := os.Mkdir(part, 0o755); err != nil { //nolint:gosec // one user is all there is inside
			return err
		}
		if err := unix.Mount(part, at, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount %s: %w", at, err)
		}
	}
	if err := unix.Unmount(space, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount: %w", err)
	}
	for name, text := range map[string]string{
		"passwd":        fmt.Sprintf("agent:x:%d:%d:agent:%s:/bin/sh\n", os.Getuid(), os.Getgid(), home),
		"group":         fmt.Sprintf("agent:x:%d:\n", os.Getgid()),
		"hosts":         "127.0.0.1 localhost\n::1 localhost\n",
		"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
	} {
		if err := os.WriteFile("/etc/"+name, []byte(text), 0o644); err != nil { //nolint:gosec // for all to read
			return err
		}
	}
	if err := unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, ""); err != nil {
		return fmt.Errorf("make / read-only: %w", err)
	}
	return nil
}

// dropCapabilities drops what this thread has and could get.
func dropCapabilities() error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) { // one that this kernel does not know
			return fmt.Errorf("drop capabilities: %w", err)
		}
	}
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	var none [2]unix.CapUserData
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}

const programPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// order is what the keeper tells a stage, as JSON through the open file 3. What
// goes wrong before the program starts goes to the open file 4.
type order struct {
	Argv  []string `json:"argv"`
	Env   []string `json:"env"`
	Rules rules    `json:"rules"`
}

// failed is what a stage says when the program could not be started.
type failed struct {
	Errno   int    `json:"errno"`
	Message string `json:"message"`
}

// stage takes everything from itself that a program may not have, and becomes
// the program.
func stage() error {
	runtime.LockOSThread() // Landlock and the filter are a thread's, and go with it
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return err
	}
	in, out := os.NewFile(3, "order"), os.NewFile(4, "failed")
	text, err := io.ReadAll(in)
	if err == nil {
		var o order
		if err = json.Unmarshal(text, &o); err == nil {
			err = become(&o)
		}
	}
	f := failed{Message: err.Error()}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		f.Errno = int(errno)
	}
	if err := json.NewEncoder(out).Encode(f); err != nil {
		return err
	}
	return err
}

// become returns only with an error.
func become(o *order) error {
	if err := os.Chdir(o.Rules.Dir); err != nil {
		return fmt.Errorf("start in %s: %w", o.Rules.Dir, reason(err))
	}
	program, err := find(o.Argv[0], o.Env)
	if err != nil {
		return err
	}
	filters, err := programFilters()
	if err != nil {
		return err
	}
	if err := fence(o.Rules.Writable); err != nil {
		return err
	}
	unix.Umask(0o022)
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, 10) // what serves goes first
	for resource, most := range map[int]uint64{
		unix.RLIMIT_CPU: o.Rules.CPUSeconds, unix.RLIMIT_DATA: o.Rules.Data, unix.RLIMIT_FSIZE: o.Rules.File, unix.RLIMIT_NOFILE: o.Rules.OpenFiles,
		unix.RLIMIT_CORE: 0, unix.RLIMIT_MEMLOCK: 64 << 10, unix.RLIMIT_MSGQUEUE: 0, unix.RLIMIT_SIGPENDING: 1024, unix.RLIMIT_RTPRIO: 0, unix.RLIMIT_NICE: 0,
	} {
		if err := limit(resource, most); err != nil {
			return err
		}
	}
	if err := limit(unix.RLIMIT_NPROC, o.Rules.Processes); err != nil {
		return err
	}
	for _, f := range filters {
		if err := f.load(); err != nil {
			return err
		}
	}
	return fmt.Errorf("start %s: %w", o.Argv[0], unix.Exec(program, o.Argv, o.Env))
}

// limit sets a limit for good; one that is lower already stays.
func limit(resource int, most uint64) error {
	var now unix.Rlimit
	err := unix.Prlimit(0, resource, nil, &now)
	most = min(most, now.Max)
	if err == nil {
		err = unix.Prlimit(0, resource, &unix.Rlimit{Cur: most, Max: most}, nil)
	}
	if err != nil {
		return fmt.Errorf("limit %d: %w", resource, err)
	}
	return nil
}

// find looks for a program as a shell does.
func find(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	folders := programPath
	for _, v := range env {
		if p, ok := strings.CutPrefix(v, "PATH="); ok {
			folders = p
		}
	}
	var denied error
	for folder := range strings.SplitSeq(folders, ":") {
		full := path.Join(folder, name)
		if !path.IsAbs(full) {
			full = "./" + full
		}
		info, err := os.Stat(full)
		switch {
		case err != nil || info.IsDir():
		case info.Mode().Perm()&0o111 == 0:
			denied = fmt.Errorf("start %s: %w", full, syscall.EACCES)
		default:
			return full, nil
		}
	}
	if denied != nil {
		return "", denied
	}
	return "", fmt.Errorf("there is no program %q: %w", name, syscall.ENOENT)
}

// fence applies Landlock to this thread: reading and executing what is mounted,
// writing below the folders of the workspace, signals and abstract sockets among
// what the command starts only (from Landlock's sixth version).
func fence(writable []string) error {
	fd, flags, err := landlock.V6.BestEffort().NewRulesetFD(
		landlock.RODirs("/"),
		landlock.RWDirs(writable...).WithRefer(),
		landlock.RWFiles("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"),
	)
	if err != nil {
		return fmt.Errorf("fence: %w", err)
	}
	if fd < 0 {
		return errors.New("this kernel has no Landlock")
	}
	defer func() { _ = unix.Close(fd) }()
	if err := ll.LandlockRestrictSelf(fd, flags); err != nil {
		return fmt.Errorf("fence: %w", err)
	}
	return nil
}

// stageCommand is the command that becomes a program.
func stageCommand() *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", childArgument, "stage") //nolint:noctx // it is ended with all others
	cmd.Args[0] = "stage"
	cmd.Env = []string{"GOMAXPROCS=1"}
	cmd.Dir = Root
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}
