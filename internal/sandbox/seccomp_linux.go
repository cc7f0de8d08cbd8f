package sandbox

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// refusedCalls are refused with EPERM: what a program without privileges has no
// use for, or must not have. All that is in no list is answered with ENOSYS, as
// by a kernel that has no such call, so that libraries fall back to older ones.
var refusedCalls = []string{
	"acct", "adjtimex", "bpf", "chroot", "clock_adjtime", "clock_settime", "delete_module", "fanotify_init", "fanotify_mark", "finit_module", "fsconfig", "fsmount",
	"fsopen", "fspick", "init_module", "ioperm", "iopl", "kcmp", "kexec_file_load", "kexec_load", "lookup_dcookie", "mount", "mount_setattr", "move_mount",
	"move_pages", "migrate_pages", "name_to_handle_at", "nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd", "pivot_root", "process_madvise",
	"process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "quotactl_fd", "reboot", "setdomainname", "sethostname", "setns", "settimeofday", "swapoff", "swapon",
	"syslog", "umount2", "unshare", "userfaultfd", "vhangup",
	// keys are kept by the kernel, out of any limit here
	"add_key", "keyctl", "request_key",
}

// allowedCalls are what programs need. Missing on purpose, beside what is
// refused: memory that no limit here counts (memfd_create, memfd_secret, shmget,
// msgget, semget, mq_open), io_uring, clone3 (whose flags a filter can't see;
// libraries take clone then).
var allowedCalls = []string{
	"accept", "accept4", "access", "alarm", "arch_prctl", "bind", "brk", "cachestat", "capget", "capset", "chdir", "chmod", "chown", "clone", "clock_getres", "clock_gettime",
	"clock_nanosleep", "close", "close_range", "connect", "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod",
	"fchmodat", "fchmodat2", "fchown", "fchownat", "fcntl", "fdatasync", "fgetxattr", "flistxattr", "flock", "fork", "fremovexattr", "fsetxattr", "fstat", "fstatfs", "fsync",
	"ftruncate", "futex", "futex_requeue", "futex_wait", "futex_waitv", "futex_wake", "futimesat", "get_mempolicy", "get_robust_list", "getcpu", "getcwd", "getdents", "getdents64", "getegid",
	"geteuid", "getgid", "getgroups", "getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getrandom", "getresgid", "getresuid",
	"getrlimit", "getrusage", "getsid", "getsockname", "getsockopt", "gettid", "gettimeofday", "getuid", "getxattr", "inotify_add_watch", "inotify_init", "inotify_init1",
	"inotify_rm_watch", "ioctl", "ioprio_get", "ioprio_set", "kill", "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "lchown", "lgetxattr",
	"link", "linkat", "listen", "listxattr", "llistxattr", "lremovexattr", "lseek", "lsetxattr", "lstat", "madvise", "membarrier", "mincore", "mkdir", "mkdirat", "mknod",
	"mknodat", "mlock", "mlock2", "mlockall", "mmap", "mprotect", "mremap", "mseal", "msync", "munlock", "munlockall", "munmap", "nanosleep", "newfstatat", "open", "openat",
	"openat2", "pause", "personality", "pidfd_open", "pidfd_send_signal", "pipe", "pipe2", "pkey_alloc", "pkey_free", "pkey_mprotect", "poll", "ppoll", "prctl", "pread64", "preadv",
	"preadv2", "prlimit64", "pselect6", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv", "recvfrom", "recvmmsg",
	"recvmsg", "removexattr", "rename", "renameat", "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getattr",
	"sched_getparam", "sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield", "seccomp",
	"select", "sendfile", "sendmmsg", "sendmsg", "sendto", "set_mempolicy", "set_robust_list", "set_tid_address", "setfsgid", "setfsuid", "setgid", "setgroups",
	"setitimer", "setpgid", "setpriority", "setregid", "setresgid", "setresuid", "setreuid", "setrlimit", "setsid", "setsockopt", "setuid", "setxattr", "shutdown",
	"sigaltstack", "socket", "socketpair", "signalfd", "signalfd4", "splice", "stat", "statfs", "statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs", "sysinfo", "tee",
	"tgkill", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime", "timerfd_create", "timerfd_gettime", "timerfd_settime", "times",
	"tkill", "truncate", "umask", "uname", "unlink", "unlinkat", "ustat", "utime", "utimensat", "utimes", "vfork", "vmsplice", "wait4", "waitid", "write", "writev",
}

// filter is a program of the kernel's packet filter that looks at system calls.
type filter []unix.SockFilter

// condition refuses a call by the low half of one of its arguments, which is all
// that the kernel looks at in these: the high half would be a way around.
type condition struct {
	call     string
	argument uint32
	when     bpf.JumpTest // refused when this holds of any value
	values   []uint32
}

const namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

var conditions = []condition{
	{"clone", 0, bpf.JumpBitsSet, []uint32{namespaces}},
	// A bigger pipe is memory that no limit here counts.
	{"fcntl", 1, bpf.JumpEqual, []uint32{unix.F_SETPIPE_SZ}},
	// Typing for whoever looks at the terminal.
	{"ioctl", 1, bpf.JumpEqual, []uint32{unix.TIOCSTI, unix.TIOCLINUX}},
	// No network, not even of the workspace's own: sockets are those of files.
	{"socket", 0, bpf.JumpNotEqual, []uint32{unix.AF_UNIX}},
	{"socketpair", 0, bpf.JumpNotEqual, []uint32{unix.AF_UNIX}},
	// Plain, or without random addresses.
	{"personality", 0, bpf.JumpBitsSet, []uint32{^uint32(0x40000)}},
}

// programFilters are the filters that programs run under. The kernel runs all,
// and the one that is strictest decides.
func programFilters() ([]filter, error) {
	info, err := arch.GetInfo("")
	if err != nil {
		return nil, err
	}
	known := func(names []string) []string { // each architecture has its own calls
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { _, ok := info.SyscallNames[name]; return !ok })
	}
	// The library's own conditions are not used: they compare what comes after
	// one that does not hold with an argument instead of the call.
	policy := seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{
		{Action: seccomp.ActionErrno, Names: known(refusedCalls)},
		{Action: seccomp.ActionAllow, Names: known(allowedCalls)},
	}}
	program, err := policy.Assemble()
	if err != nil {
		return nil, fmt.Errorf("filter of system calls: %w", err)
	}
	// What is in no list, and calls by the interface of another architecture, end
	// at the last instruction.
	program[len(program)-1] = bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)}
	var filters []filter
	for _, p := range [][]bpf.Instruction{program, conditional(info.SyscallNames)} {
		raw, err := bpf.Assemble(p)
		if err != nil {
			return nil, fmt.Errorf("filter of system calls: %w", err)
		}
		f := make(filter, len(raw))
		for i, in := range raw {
			f[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// conditional is the program of the conditions, for processors that store the low
// half first, as all do for which there is a release.
func conditional(numbers map[string]int) []bpf.Instruction {
	var program []bpf.Instruction
	for _, c := range conditions {
		number, ok := numbers[c.call]
		if !ok {
			continue
		}
		program = append(program,
			bpf.LoadAbsolute{Off: 0, Size: 4}, // the call
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: uint32(number), SkipTrue: uint8(2*len(c.values) + 1)},
			bpf.LoadAbsolute{Off: 16 + 8*c.argument, Size: 4})
		for _, v := range c.values {
			program = append(program, bpf.JumpIf{Cond: c.when, Val: v, SkipFalse: 1}, bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)})
		}
	}
	return append(program, bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW})
}

// load puts the filter on this thread and what it starts, for good.
func (f filter) load() error {
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program))) //nolint:gosec // the call takes an address, and there is no other way to it
	if errno != 0 {
		return fmt.Errorf("filter of system calls: %w", errno)
	}
	return nil
}
