package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"purposeagent/agent"
)

// nobody is the user outside that programs run as where this process is root. No
// file of any system belongs to it.
const nobody = 65534

// box holds a workspace: bubblewrap, and in it the keeper, which does what is
// asked over a socket.
type box struct {
	conn   *net.UnixConn
	proc   *os.File // the /proc of the inside
	keeper int      // the keeper's number there
	grace  time.Duration

	kills  chan struct{} // ends bubblewrap
	closed chan struct{} // closed when bubblewrap and all inside have ended
	once   sync.Once

	writing sync.Mutex // held while a frame is written

	calls sync.Mutex // of what follows, and of the connection's deadline
	call  int        // counts what begins and ends, so that a late kill hits no later call
}

// start starts bubblewrap and waits until the inside has said hello.
func start(ctx context.Context, cfg Config) (*box, error) {
	if err := diagnose(); err != nil {
		return nil, err
	}
	bwrap, err := exec.LookPath("bwrap")
	if err != nil {
		return nil, agent.Wrap(agent.CodeUnavailable, err, "bubblewrap is missing, without which nothing is run: install it with \"apt-get install bubblewrap\" or your system's package manager")
	}
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer func() { _ = theirs.Close() }()
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		_ = ours.Close()
		return nil, err
	}
	defer func() { _ = self.Close() }()
	said := &tail{max: 4 << 10}
	cmd := exec.Command(bwrap, arguments(cfg)...) //nolint:gosec,noctx // its arguments are ours; it ends with the workspace
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	cmd.Stderr, cmd.Stdout = said, said
	cmd.WaitDelay = time.Second
	cmd.ExtraFiles = []*os.File{theirs, self} // 3 and 4
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		if info, err := self.Stat(); err == nil && info.Mode().Perm()&0o005 != 0o005 {
			_ = ours.Close()
			path, _ := os.Executable()
			return nil, agent.Errorf(agent.CodeUnavailable, "programs are run as another user than root, who may not execute %s: chmod go+rx it", path)
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	b := &box{conn: ours, grace: grace, kills: make(chan struct{}), closed: make(chan struct{})}
	started := make(chan error)
	go b.own(cmd, started)
	if err := <-started; err != nil {
		_ = ours.Close()
		<-b.closed
		return nil, agent.Wrap(agent.CodeUnavailable, err, "bubblewrap can't be started: %v", err)
	}
	_ = theirs.Close()
	if err := b.hello(ctx); err != nil {
		b.close()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, refused(err, said.String())
	}
	return b, nil
}

// own starts bubblewrap and waits for it, all on one thread: the kernel ends
// bubblewrap with the thread that started it.
func (b *box) own(cmd *exec.Cmd, started chan<- error) {
	defer close(b.closed)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	ended := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		select {
		case <-b.kills:
			_ = cmd.Process.Kill() // the first process inside ends with it, and the kernel ends the rest
		case <-ended:
		}
	})
	_ = cmd.Wait()
	close(ended)
	killer.Wait()
}

func socketPair() (*net.UnixConn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	ours := os.NewFile(uintptr(fds[0]), "workspace")
	defer func() { _ = ours.Close() }()
	theirs := os.NewFile(uintptr(fds[1]), "workspace")
	conn, err := net.FileConn(ours)
	if err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		_ = theirs.Close()
		return nil, nil, errors.Join(fmt.Errorf("a socket pair is a %T", conn), conn.Close())
	}
	return unixConn, theirs, nil
}

// arguments are those of bubblewrap. The keeper's own file is the open file 4:
// its path needs not be readable for who runs it.
func arguments(cfg Config) []string {
	args := strings.Fields("--unshare-user --unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup-try" +
		" --hostname sandbox --die-with-parent --new-session --clearenv" +
		// what the first process inside needs to mount the files, and drops
		" --cap-drop ALL --cap-add CAP_SYS_ADMIN --cap-add CAP_SYS_RESOURCE --cap-add CAP_SETPCAP" +
		" --ro-bind /usr /usr --proc /proc --dir /etc" +
		// Not --dev: its terminals need one more user namespace, in which nothing can be mounted.
		" --dir /dev --dir /dev/shm --symlink /proc/self/fd /dev/fd --symlink /proc/self/fd/0 /dev/stdin --symlink /proc/self/fd/1 /dev/stdout --symlink /proc/self/fd/2 /dev/stderr" +
		" --dev-bind /dev/null /dev/null --dev-bind /dev/zero /dev/zero --dev-bind /dev/full /dev/full --dev-bind /dev/random /dev/random --dev-bind /dev/urandom /dev/urandom")
	for _, name := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"} {
		info, err := os.Lstat(name)
		if err != nil {
			continue
		}
		if target, err := os.Readlink(name); info.Mode()&os.ModeSymlink != 0 && err == nil {
			args = append(args, "--symlink", target, name)
		} else {
			args = append(args, "--ro-bind", name, name)
		}
	}
	for _, name := range []string{"ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "timezone", "mime.types", "protocols", "services", "ssl/certs", "ca-certificates", "python3", "perl", "java", "fonts", "magic"} {
		if info, err := os.Stat("/etc/" + name); err == nil && info.Mode().Perm()&0o004 != 0 {
			args = append(args, "--ro-bind-try", "/etc/"+name, "/etc/"+name)
		}
	}
	for _, name := range cfg.Show {
		args = append(args, "--ro-bind", name, name)
	}
	for _, name := range append([]string{Root, "/tmp", home, "/.space"}, cfg.Folders...) {
		args = append(args, "--dir", name)
	}
	for _, name := range cfg.Hide {
		if _, err := os.Stat(name); err == nil && shown(cfg, name) {
			args = append(args, "--size", "4096", "--tmpfs", name, "--remount-ro", name)
		}
	}
	return append(append(args, "--", "/proc/self/fd/4", childArgument, "first", strconv.FormatInt(cfg.Limits.Disk, 10), strconv.Itoa(cfg.Limits.Files)), cfg.Folders...)
}

// shown reports whether a path of the host is seen inside.
func shown(cfg Config, name string) bool {
	for _, folder := range append([]string{"/usr"}, cfg.Show...) {
		if within(name, folder) {
			return true
		}
	}
	return false
}

// hello waits for the inside, and gets its /proc, through which what programs
// use is watched.
func (b *box) hello(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = b.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := b.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	// The handle comes with one byte of its own, before any frame.
	one, control := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	n, controls, _, _, err := b.conn.ReadMsgUnix(one, control)
	if err != nil || n != 1 {
		return fmt.Errorf("no handle of its /proc came: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:controls])
	if err != nil || len(messages) != 1 {
		return fmt.Errorf("no handle of its /proc came with a message: %w", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return fmt.Errorf("no handle of its /proc was in a message: %w", err)
	}
	unix.CloseOnExec(fds[0])
	b.proc = os.NewFile(uintptr(fds[0]), "proc")
	var system unix.Statfs_t
	if err := unix.Fstatfs(fds[0], &system); err != nil || system.Type != unix.PROC_SUPER_MAGIC {
		return errors.New("the handle is of no /proc")
	}
	kind, text, err := readFrame(b.conn)
	if err != nil {
		return err
	}
	var answer reply
	if err := json.Unmarshal(text, &answer); err != nil || kind != frameReply {
		return fmt.Errorf("no hello came: %w", err)
	}
	if answer.Code != "" {
		return errors.New(answer.Message)
	}
	b.keeper = answer.PID
	return b.conn.SetReadDeadline(time.Time{})
}

// close ends all inside, and returns when it has ended.
func (b *box) close() {
	_ = b.conn.Close() // the keeper ends, the kernel ends all others with the first process, and bubblewrap waits for that one
	patience := time.NewTimer(b.grace)
	select {
	case <-b.closed:
	case <-patience.C:
		b.once.Do(func() { close(b.kills) })
		<-b.closed
	}
	patience.Stop()
	if b.proc == nil {
		return
	}
	// Where bubblewrap had to be killed, the kernel ends what is inside after it.
	for deadline := time.Now().Add(b.grace); b.lives() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	_ = b.proc.Close()
}

// lives reports whether the first process inside has not ended yet, which it does
// after all others.
func (b *box) lives() bool {
	state, ok := afterLast(b.read("1/stat"), ") ")
	return ok && !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

// begin starts a call. kill ends all programs of that call, and its connection
// if the inside does not answer then; after done it does nothing.
func (b *box) begin() (kill, done func()) {
	b.calls.Lock()
	defer b.calls.Unlock()
	b.call++
	mine := b.call
	_ = b.conn.SetDeadline(time.Time{})
	kill = func() {
		b.calls.Lock()
		defer b.calls.Unlock()
		if b.call == mine {
			_ = b.conn.SetDeadline(time.Now().Add(b.grace)) // also for who writes now, while the other side does not read
			_ = b.send(frameKill, nil)
		}
	}
	return kill, func() {
		b.calls.Lock()
		defer b.calls.Unlock()
		b.call++
	}
}

func (b *box) send(kind byte, payload []byte) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	return writeFrame(b.conn, kind, payload)
}

func (b *box) sendJSON(kind byte, v any) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	return writeJSON(b.conn, kind, v)
}

// tail keeps the last bytes that are written to it.
type tail struct {
	mu  sync.Mutex
	b   []byte
	max int
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-t.max):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}

func signalName(n int) string {
	if n <= 0 || n > 64 {
		return ""
	}
	if name := unix.SignalName(unix.Signal(n)); name != "" {
		return name
	}
	return "signal " + strconv.Itoa(n)
}
