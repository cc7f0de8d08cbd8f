package script

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// limitProcess has the kernel bound this process: its memory, with room for what
// the interpreter itself takes and for how the runtime takes it; no files to
// write, few to open, no core dump. What serves people goes first.
func limitProcess(memory int64) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	data := int64(0)
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmData:"); ok {
			data, _ = strconv.ParseInt(strings.Fields(text)[0], 10, 64)
		}
	}
	if data == 0 {
		return errors.New("the kernel does not say how much memory this process has")
	}
	most := uint64(data<<10) + uint64(memoryFactor*(2*memory+arena))
	for resource, most := range map[int]uint64{syscall.RLIMIT_DATA: most, syscall.RLIMIT_CORE: 0, syscall.RLIMIT_FSIZE: 0, syscall.RLIMIT_NOFILE: 64} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("limit %d: %w", resource, err)
		}
	}
	closeInherited()
	if threads, err := os.ReadDir("/proc/self/task"); err == nil {
		for _, thread := range threads {
			if id, err := strconv.Atoi(thread.Name()); err == nil {
				_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, niceness)
			}
		}
	}
	return nil
}

// closeInherited closes what whoever started this program had left open: files and
// sockets. What the runtime has open for itself is neither, but for how many
// processors it may use.
func closeInherited() {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, file := range list {
		fd, err := strconv.Atoi(file.Name())
		target, gone := os.Readlink("/proc/self/fd/" + file.Name())
		if err != nil || gone != nil || fd <= 2 || strings.HasPrefix(target, "/sys/fs/cgroup/") {
			continue
		}
		if strings.HasPrefix(target, "/") || strings.HasPrefix(target, "socket:") {
			_ = syscall.Close(fd)
		}
	}
}

const (
	arena    = 128 << 20 // the runtime takes memory in pieces of 64 MB
	niceness = 5
)

// resident returns the memory that a process has, in bytes; 0 where nobody knows.
func resident(pid int) int64 {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	fields := strings.Fields(string(raw))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// itself is where this program is.
func itself() (string, error) { return "/proc/self/exe", nil }
