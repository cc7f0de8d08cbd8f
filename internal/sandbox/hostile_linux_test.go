package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"

	"purposeagent/agent"
)

// small are limits that hostile programs run into at once.
var small = Limits{Wall: time.Minute, CPU: 500 * time.Millisecond, Memory: 96 << 20, Processes: 24, Output: 4 << 20, Disk: 8 << 20, Files: 500, OpenFiles: 64}

// alive counts as long as this process is not held up, and fails the test if it
// did not count on while the test ran.
func alive(t *testing.T) {
	t.Helper()
	var beats atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-tick.C:
				beats.Add(1)
			case <-stop:
				tick.Stop()
				return
			}
		}
	})
	t.Cleanup(func() {
		close(stop)
		all.Wait()
		if beats.Load() == 0 {
			t.Error("this process stood still")
		}
	})
}

func python(t *testing.T, w *Workspace, timeout time.Duration, program string) Result {
	t.Helper()
	r, err := w.Run(t.Context(), Command{Argv: []string{"python3", "-c", program}, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unharmed checks that a workspace is as good as before, and that nothing is left
// of what ran.
func unharmed(t *testing.T, w *Workspace) {
	t.Helper()
	r := sh(t, w, "echo on > /workspace/on && cat /workspace/on; rm /workspace/on; set -- /proc/[0-9]*; echo $#")
	// the first process, the keeper, and sh
	if string(r.Stdout) != "on\n3\n" {
		t.Errorf("afterwards: %q, %s", r.Stdout, r.Stderr)
	}
}

func TestHostileLimits(t *testing.T) {
	for _, tt := range []struct {
		name    string
		program string
		killed  Limit
	}{
		{"an endless loop", "while True: pass", LimitCPU},
		{"endless loops of children for which nobody waits", `
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
  try:
    if os.fork() == 0:
      for i in range(2000000): pass
      os._exit(0)
  except OSError: pass`, LimitCPU},
		{"memory bit by bit", `
import time
a = []
try:
  while True: a.append(bytearray(1 << 20))
except MemoryError: time.sleep(1000) # the kernel's bound for one process came first`, LimitMemory},
		{"memory of many", `
import os, time
for i in range(10):
  if os.fork() == 0:
    a = bytearray(20 << 20); time.sleep(1000)
time.sleep(1000)`, LimitMemory},
		{"shared memory that is mapped nowhere", `
import mmap, time
m = mmap.mmap(-1, 1 << 30)
for i in range(0, 1 << 30, 1 << 20):
  m[i:i + (1 << 20)] = bytes(b"x" * (1 << 20))
  m.madvise(mmap.MADV_DONTNEED)
time.sleep(1000)`, LimitMemory},
		{"shared memory of /dev/zero", `
import mmap, os, time
m = mmap.mmap(os.open("/dev/zero", os.O_RDWR), 1 << 30)
for i in range(0, 1 << 30, 1 << 20):
  m[i:i + (1 << 20)] = bytes(b"x" * (1 << 20))
  m.madvise(mmap.MADV_DONTNEED)
time.sleep(1000)`, LimitMemory},
		{"memory in sockets", `
import os, socket, time
for p in range(20):
  if os.fork() == 0:
    all = []
    try:
      while True:
        a, b = socket.socketpair(); all += [a, b]
        a.setblocking(False)
        a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
        while True:
          try: a.send(b"x" * 65536)
          except BlockingIOError: break
    except OSError: time.sleep(1000)
time.sleep(1000)`, LimitMemory},
		{"output without end", "while True: print('x' * 100000)", LimitOutput},
		{"output without end to both", "import sys\nwhile True: print('x' * 1000); print('y' * 1000, file=sys.stderr)", LimitOutput},
	} {
		t.Run(tt.name, func(t *testing.T) {
			alive(t)
			w := open(t, Config{Limits: small})
			r := python(t, w, 0, tt.program)
			if r.Killed != tt.killed || r.Signal != "SIGKILL" {
				t.Errorf("killed by %q (%s), want %q: exit %d, %.300s", r.Killed, r.Signal, tt.killed, r.ExitCode, r.Stderr)
			}
			if len(r.Stdout) > 1<<20 || len(r.Stderr) > 1<<20 {
				t.Errorf("%d and %d bytes are kept", len(r.Stdout), len(r.Stderr))
			}
			if tt.killed != LimitMemory {
				if _, err := w.Run(t.Context(), Command{Argv: []string{"true"}}); agent.CodeOf(err) != agent.CodeRateLimited {
					t.Errorf("a command after %s was used up: %v", tt.killed, err)
				}
				return
			}
			unharmed(t, w)
		})
	}
}

// TestHostile runs programs that end by themselves, or by their time, and say
// what they got.
func TestHostile(t *testing.T) {
	for _, tt := range []struct {
		name    string
		program string
		timeout time.Duration // 0: it ends by itself
		want    string        // what stdout is
	}{
		{"10 GB at once", "try: bytearray(10 << 30)\nexcept MemoryError: print('no')", 0, "no\n"},
		{"a fork bomb", "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", 150 * time.Millisecond, ""},
		{"threads", `
import threading, time
n = 0
try:
  while True: threading.Thread(target=time.sleep, args=(1000,), daemon=True).start(); n += 1
except RuntimeError: print("no", n < 30)`, 0, "no True\n"},
		{"zombies", `
import os
n = 0
try:
  while True:
    if os.fork() == 0: os._exit(0)
    n += 1
except OSError: print("no", n < 30)`, 0, "no True\n"},
		{"a full disk", `
import errno
total = 0
for at in "/workspace", "/tmp", "/dev/shm", "/home/agent":
  try:
    with open(at + "/big", "wb", buffering=0) as f:
      while True: total += f.write(b"x" * 65536)
  except OSError as e: print(errno.errorcode[e.errno])
print(total <= 8 << 20)
import os
for at in "/workspace", "/tmp", "/dev/shm", "/home/agent": os.remove(at + "/big")`, 0, "ENOSPC\nENOSPC\nENOSPC\nENOSPC\nTrue\n"},
		{"many files", `
import errno, os
n = 0
try:
  while True: os.link("/workspace/x", "/workspace/l%d" % n) if n % 2 and n > 1 else open("/workspace/" + ("x" if n == 0 else "f%d" % n), "w").close(); n += 1
except OSError as e: print(errno.errorcode[e.errno], n < 600)
for f in os.listdir("/workspace"): os.remove("/workspace/" + f)`, 0, "ENOSPC True\n"},
		{"many open files", `
import errno
a = []
try:
  while True: a.append(open("/dev/null"))
except OSError as e: print(errno.errorcode[e.errno], len(a) < 64)`, 0, "EMFILE True\n"},
		{"limits raised", `
import resource
for what in resource.RLIMIT_NPROC, resource.RLIMIT_DATA, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE:
  try: resource.setrlimit(what, (1 << 40, 1 << 40)); print("raised", what)
  except (ValueError, OSError): pass`, 0, ""},
		{"writing where nothing may be written", `
import os
for at in "/usr/x", "/usr/bin/python3", "/etc/passwd", "/etc/x", "/x", "/dev/x", "/dev/null/x", "/proc/sys/kernel/hostname", "/proc/sys/user/max_user_namespaces", "/proc/1/oom_score_adj", "/proc/sysrq-trigger", "/sys/x", "/home/x", "/.space/x":
  try: open(at, "w"); print("wrote", at)
  except OSError: pass
for do in (lambda: os.mknod("/workspace/dev", 0o20666, os.makedev(1, 1)), lambda: os.rename("/usr/bin", "/workspace/bin"), lambda: os.chmod("/usr/bin/python3", 0o777), lambda: os.link("/usr/bin/python3", "/workspace/p"), lambda: os.chroot("/workspace"), lambda: os.sethostname("x"), lambda: os.nice(-5)):
  try: do(); print("did it")
  except (OSError, AttributeError): pass`, 0, ""},
		{"becoming root", `
import os, stat, subprocess
for do in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0])):
  try: do(); print("did it")
  except OSError: pass
subprocess.run(["cp", "/usr/bin/id", "/workspace/id"]); os.chmod("/workspace/id", 0o6755)
for program in ["/workspace/id", "-u"], ["su", "-c", "id -u"], ["mount", "-t", "tmpfs", "x", "/workspace"], ["unshare", "-U", "id", "-u"], ["nsenter", "-t", "1", "-a", "id", "-u"]:
  try:
    p = subprocess.run(program, capture_output=True, stdin=subprocess.DEVNULL)
    if p.returncode == 0 and (p.stdout.strip() == b"0" or program[0] == "mount"): print(program, p.stdout)
  except OSError: pass
status = open("/proc/self/status").read()
for line in "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2":
  if line not in status: print("not", line)
if os.getuid() == 0: print("root")`, 0, ""},
		{"a network", `
import os, socket
for family in range(46):
  for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW:
    try: socket.socket(family, kind).close(); print("made", family) if family != socket.AF_UNIX else None
    except OSError: pass
print([l.split(":")[0].strip() for l in open("/proc/net/dev").readlines()[2:]])`, 0, "['lo']\n"},
		{"the keeper and the first process", `
import os
for n in os.listdir("/proc"):
  if n.isdigit() and int(n) != os.getpid():
    for f in "mem", "environ", "fd/3", "fd/0", "root", "cwd", "exe", "maps", "auxv":
      try:
        fd = os.open("/proc/%s/%s" % (n, f), os.O_RDONLY)
        if n != "1" or f != "environ" and f != "auxv" and os.read(fd, 1): print("opened", n, f)
      except OSError: pass`, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			alive(t)
			w := open(t, Config{Limits: small})
			r := python(t, w, tt.timeout, tt.program)
			if string(r.Stdout) != tt.want || r.TimedOut != (tt.timeout > 0) || r.Killed != "" && tt.timeout == 0 {
				t.Errorf("got %q (killed %q, exit %d), want %q: %.1000s", r.Stdout, r.Killed, r.ExitCode, tt.want, r.Stderr)
			}
			if r.PeakProcesses > small.Processes+16 { // with the threads of what becomes the program
				t.Errorf("there were %d processes", r.PeakProcesses)
			}
			unharmed(t, w)
		})
	}
}

// TestHostileCalls makes system calls that no program may make.
func TestHostileCalls(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Log("the numbers are those of amd64: on other processors the lists are the same")
		return
	}
	w := open(t, Config{Limits: small})
	r := python(t, w, 0, `
import ctypes, errno, mmap
libc = ctypes.CDLL(None, use_errno=True)
def call(name, want, *args):
  libc.syscall.restype = ctypes.c_long
  r = libc.syscall(*[ctypes.c_long(a) for a in args])
  got = errno.errorcode.get(ctypes.get_errno(), "none") if r < 0 else "done"
  if got != want: print(name, got)
call("ptrace attach", "EPERM", 101, 16, 2, 0, 0)
call("ptrace me", "EPERM", 101, 0, 0, 0, 0)
call("process_vm_readv", "EPERM", 310, 2, 0, 0, 0, 0, 0)
call("unshare user", "EPERM", 272, 0x10000000)
call("clone user", "EPERM", 56, 0x10000011, 0, 0, 0, 0)
call("clone net, high bits", "EPERM", 56, 0x7000000040000011, 0, 0, 0, 0)
call("clone3", "ENOSYS", 435, 0, 0)
call("setns", "EPERM", 308, 0, 0)
call("mount", "EPERM", 165, 0, 0, 0, 0, 0)
call("pivot_root", "EPERM", 155, 0, 0)
call("chroot", "EPERM", 161, 0)
call("bpf", "EPERM", 321, 0, 0, 0)
call("perf_event_open", "EPERM", 298, 0, 0, 0, 0, 0)
call("userfaultfd", "EPERM", 323, 0)
call("keyctl", "EPERM", 250, 0, 0)
call("add_key", "EPERM", 248, 0, 0, 0, 0, 0)
call("open_by_handle_at", "EPERM", 304, 0, 0, 0)
call("pidfd_getfd", "EPERM", 438, 0, 0, 0)
call("init_module", "EPERM", 175, 0, 0, 0)
call("reboot", "EPERM", 169, 0, 0, 0)
call("swapon", "EPERM", 167, 0, 0)
call("memfd_create", "ENOSYS", 319, 0, 0)
call("shmget", "ENOSYS", 29, 0, 1 << 30, 0o1600)
call("msgget", "ENOSYS", 68, 0, 0o1600)
call("semget", "ENOSYS", 64, 0, 1, 0o1600)
call("io_uring_setup", "ENOSYS", 425, 1, 0)
call("modify_ldt", "ENOSYS", 154, 0, 0, 0)
call("a call that is not yet there", "ENOSYS", 999)
call("getpid as x32", "ENOSYS", 0x40000000 + 39)
call("socket inet", "EPERM", 41, 2, 1, 0)
call("socket inet, high bits", "EPERM", 41, (1 << 32) + 2, 1, 0)
call("socket netlink", "EPERM", 41, 16, 3, 0)
call("socket packet", "EPERM", 41, 17, 3, 0)
call("socket vsock", "EPERM", 41, 40, 1, 0)
call("a bigger pipe", "EPERM", 72, 1, 1031, 1 << 20)
call("a bigger pipe, high bits", "EPERM", 72, 1, (1 << 32) + 1031, 1 << 20)
call("typing", "EPERM", 16, 0, 0x5412, 0)
call("typing, high bits", "EPERM", 16, 0, (1 << 32) + 0x5412, 0)
call("personality", "EPERM", 135, 0x0400000)
call("a system call by an argument", "EPERM", 72, 165, 1031, 0)
m = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
m.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3") # getpid by the 32-bit interface
f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
if f() >= 0: print("32-bit calls are done")
print("end")`)
	if string(r.Stdout) != "end\n" {
		t.Errorf("%s%s", r.Stdout, r.Stderr)
	}
	unharmed(t, w)
}

func TestHostileReading(t *testing.T) {
	const secret = "the-servers-secret-5117"
	t.Setenv("PURPOSE_TEST_SECRET", secret)
	data := t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "secret.key"), []byte(secret), 0o666); err != nil {
		t.Fatal(err)
	}
	w := open(t, Config{Limits: small})
	r := python(t, w, 0, fmt.Sprintf(`
import glob, os
for at in %q, "/etc/shadow", "/root", "/var", "/proc/1/root/etc/shadow", "/proc/self/root/etc/shadow", "/proc/1/cwd", "/proc/%d/environ", "/run", "/sys", "/boot", "/proc/kcore", "/dev/sda", "/dev/vda", "/dev/mem", "/oldroot", "/newroot":
  try:
    os.listdir(at) if os.path.isdir(at) else open(at).read(1)
    print("read", at)
  except OSError: pass
secret = %q[::-1]
if secret in str(os.environ): print("in the environment")
for f in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
  try:
    if secret.encode() in open(f, "rb").read(): print("in", f)
  except OSError: pass
for fd in range(3, 64):
  try: print("open", fd, os.readlink("/proc/self/fd/%%d" %% fd)) if os.fstat(fd) else None
  except OSError: pass`, filepath.Join(data, "secret.key"), os.Getpid(), reversed(secret)))
	if len(r.Stdout) > 0 || r.ExitCode != 0 {
		t.Errorf("%s%s", r.Stdout, r.Stderr)
	}
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

func TestHostileNetwork(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	abstract, err := net.Listen("unix", "@purpose-sandbox-"+strconv.Itoa(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	defer abstract.Close()
	var reached atomic.Int64
	var all sync.WaitGroup
	for _, l := range []net.Listener{tcp, abstract} {
		all.Go(func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				reached.Add(1)
				_ = conn.Close()
			}
		})
	}
	w := open(t, Config{Limits: small})
	_, port, _ := net.SplitHostPort(tcp.Addr().String())
	r := python(t, w, 0, fmt.Sprintf(`
import socket
for family, kind, to in (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", %s)), (socket.AF_INET6, socket.SOCK_STREAM, ("::1", %s)), (socket.AF_UNIX, socket.SOCK_STREAM, "\0%s"):
  try: socket.socket(family, kind).connect(to); print("connected", to)
  except OSError: pass
a, b = socket.socketpair(); a.send(b"own"); print(b.recv(9).decode())`, port, port, strings.TrimPrefix(abstract.Addr().String(), "@")))
	if string(r.Stdout) != "own\n" {
		t.Errorf("%s%s", r.Stdout, r.Stderr)
	}
	_ = tcp.Close()
	_ = abstract.Close()
	all.Wait()
	if n := reached.Load(); n > 0 {
		t.Errorf("the host was reached %d times", n)
	}
}

func TestHostileSignals(t *testing.T) {
	abi, err := ll.LandlockGetABIVersion()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command("sleep", "1000")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	for _, script := range []string{
		fmt.Sprintf("kill -9 %d; kill -9 %d; kill -9 1; kill -TERM 1", other.Process.Pid, os.Getpid()),
		"kill -9 -1", "kill -STOP -1; echo on", "kill -9 2; kill -QUIT 2; echo on", "kill -9 $PPID",
	} {
		w := open(t, Config{Limits: small})
		r, err := w.Run(t.Context(), Command{Argv: []string{"sh", "-c", script}, Timeout: 200 * time.Millisecond})
		// Before its sixth version Landlock lets a program end its own workspace.
		if abi < 6 && err != nil {
			if agent.CodeOf(err) != agent.CodeConflict {
				t.Errorf("%s: %v", script, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v, %+v", script, err, r)
			continue
		}
		unharmed(t, w)
	}
	if err := other.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("a process of the host was ended: %v", err)
	}
}

// withMark are the processes of the host that have a text in their arguments.
func withMark(t *testing.T, mark string) []string {
	t.Helper()
	list, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(list) == 0 {
		t.Fatalf("no processes: %v", err)
	}
	var found []string
	for _, file := range list {
		if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), mark) {
			found = append(found, file)
		}
	}
	return found
}

// daemons is a script that leaves programs behind which hold on to its outputs,
// have sessions of their own and ignore what can be ignored.
func daemons(mark string) string {
	return "trap '' TERM HUP INT; setsid sleep 1000." + mark + " & (setsid sh -c 'trap \"\" TERM; sleep 1001." + mark + " & exec setsid sleep 1002." + mark + "' &) ; sleep 1003." + mark + " & "
}

func TestDaemonsEndWithTheirCommand(t *testing.T) {
	mark := fmt.Sprintf("%d%d", os.Getpid(), 1)
	w := open(t, Config{Limits: small})
	if r := sh(t, w, daemons(mark)+"echo left"); string(r.Stdout) != "left\n" {
		t.Errorf("%+v", r)
	}
	if left := withMark(t, mark); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	unharmed(t, w)
}

func TestDaemonsEndWithTheWorkspace(t *testing.T) {
	mark := fmt.Sprintf("%d%d", os.Getpid(), 2)
	w := open(t, Config{Limits: small})
	var running sync.WaitGroup
	running.Go(func() {
		_, err := w.Run(context.Background(), Command{Argv: []string{"sh", "-c", daemons(mark) + "sleep 1000"}})
		if agent.CodeOf(err) != agent.CodeConflict {
			t.Errorf("the command that was at work: %v", err)
		}
	})
	for len(withMark(t, mark)) < 4 {
		time.Sleep(5 * time.Millisecond) // until they are there
	}
	w.Close()
	if left := withMark(t, mark); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	running.Wait()
}

// serveToBeKilled is a server that is killed while programs of an agent run.
func serveToBeKilled(mark string) {
	w, err := Open(context.Background(), Config{Limits: small})
	if err == nil {
		_, err = w.Run(context.Background(), Command{Argv: []string{"sh", "-c", daemons(mark) + "sleep 1000"}})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestNothingOutlivesAKilledServer(t *testing.T) {
	mark := fmt.Sprintf("%d%d", os.Getpid(), 3)
	server := exec.Command("/proc/self/exe")
	server.Env = append(os.Environ(), "SANDBOX_TEST_SERVER="+mark)
	server.Stderr = t.Output()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	for len(withMark(t, mark)) < 4 {
		if err := server.Process.Signal(syscall.Signal(0)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	for len(withMark(t, mark)) > 0 { // the test's own time limit ends this
		time.Sleep(5 * time.Millisecond)
	}
}

// TestKeeperThatStandsStill stops the keeper as no program should be able to: the
// workspace is ended from outside then, with all that is in it.
func TestKeeperThatStandsStill(t *testing.T) {
	mark := fmt.Sprintf("%d%d", os.Getpid(), 4)
	w := open(t, Config{Limits: small})
	w.box.grace = 100 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() {
		if _, err := w.Run(ctx, Command{Argv: []string{"sh", "-c", daemons(mark) + "sleep 1000"}}); !errors.Is(err, context.Canceled) {
			t.Errorf("the command that was at work: %v", err)
		}
	})
	for len(withMark(t, mark)) < 4 {
		time.Sleep(5 * time.Millisecond)
	}
	keepers := withMark(t, "keeper\x00"+childArgument+"\x00keeper")
	for _, file := range keepers {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		// Only the one of this workspace: it is below a child of this process.
		if descends(t, pid, os.Getpid()) {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
	}
	cancel()
	running.Wait()
	if left := withMark(t, mark); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
	if _, err := w.Run(t.Context(), Command{Argv: []string{"true"}}); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("a command after it: %v", err)
	}
}

// descends reports whether a process is below another one.
func descends(t *testing.T, pid, from int) bool {
	t.Helper()
	for pid > 1 && pid != from {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return false
		}
		rest, _ := afterLast(string(stat), ") ")
		if pid, err = strconv.Atoi(strings.Fields(rest)[1]); err != nil {
			t.Fatal(err)
		}
	}
	return pid == from
}

// TestAsAnotherUser does the main things as an ordinary user, where this is root.
func TestAsAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("all tests are run as an ordinary user here")
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^(TestCheck|TestRun|TestFiles|TestHostileLimits|TestHostileReading|TestHostileSignals)$")
	cmd.Env = append(os.Environ(), "HOME=/nonexistent", "TMPDIR=/tmp")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 2000, Gid: 2000}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as user 2000: %v\n%s", err, out)
	}
}

func TestDiagnose(t *testing.T) {
	good := map[string]string{"user/max_user_namespaces": "1000"}
	for _, tt := range []struct {
		name   string
		system system
		want   string
	}{
		{"an old kernel", system{release: "5.10.0-8-amd64", abi: 1}, "5.14 is the first"},
		{"no Landlock", system{release: "6.1.0"}, "lsm="},
		{"no user namespaces", system{release: "6.1.0", abi: 2, sysctl: func(string) string { return "0" }}, "sysctl user.max_user_namespaces"},
		{"none for users", system{release: "6.1.0", abi: 2, sysctl: func(n string) string {
			return map[string]string{"user/max_user_namespaces": "9", "kernel/unprivileged_userns_clone": "0"}[n]
		}}, "kernel.unprivileged_userns_clone=1"},
	} {
		if err := tt.system.diagnose(); agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	fine := system{release: "6.8.0-31-generic", abi: 4, sysctl: func(n string) string { return good[n] }}
	if err := fine.diagnose(); err != nil {
		t.Error(err)
	}
	ubuntu := system{sysctl: func(n string) string {
		return map[string]string{"kernel/apparmor_restrict_unprivileged_userns": "1"}[n]
	}}
	if err := ubuntu.refused(os.ErrClosed, "bwrap: setting up uid map: Permission denied"); !strings.Contains(agent.MessageOf(err), "profile bwrap /usr/bin/bwrap") {
		t.Error(err)
	}
	if err := fine.refused(os.ErrClosed, "bwrap: Can't mount proc on /newroot/proc: Operation not permitted"); !strings.Contains(agent.MessageOf(err), "systempaths") {
		t.Error(err)
	}
	if err := fine.refused(os.ErrClosed, "bwrap: No permissions to create new namespace"); !strings.Contains(agent.MessageOf(err), "may not make namespaces") {
		t.Error(err)
	}
}

func TestWithoutBubblewrap(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := Check(t.Context()); agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), "apt-get install bubblewrap") {
		t.Errorf("got %v", err)
	}
}
