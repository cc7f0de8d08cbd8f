package sandbox

import (
	"bufio"
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// period is how far the looks at what programs use are apart.
const period = 50 * time.Millisecond

// usage is what the programs of a command used.
type usage struct {
	cpu       time.Duration
	memory    int64
	processes int
}

// watch looks at what all programs use until ctx ends, and ends them for a limit
// that they are above. It reads the /proc of the inside from outside: no program
// can hide from that or stop it.
func (b *box) watch(ctx context.Context, l Limits, cpu time.Duration, kill func(Limit)) usage {
	var most usage
	var c meter
	c.reset(b.look(0))
	look := func() {
		began := time.Now()
		s := b.look(l.Memory)
		most.cpu = c.add(s)
		most.memory, most.processes = max(most.memory, s.memory), max(most.processes, s.tasks)
		switch {
		case s.memory > l.Memory:
			kill(LimitMemory)
		case most.cpu > cpu:
			kill(LimitCPU)
		}
		// Looking takes a fifth of one processor at most, whatever programs do.
		sleep(ctx, max(period, 4*time.Since(began)))
	}
	for sleep(ctx, 10*time.Millisecond); ctx.Err() == nil; {
		look()
	}
	most.cpu = c.add(b.look(0))
	return most
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// meter adds up processor time. What a process used moves to the one that waits
// for it; of one for which nobody waits it is lost to the kernel's sum, which gets
// smaller then.
type meter struct {
	first, last, lost time.Duration
	less              bool // the sum was smaller at the last look
}

func (m *meter) reset(s sample) { m.first, m.last = s.cpu, s.cpu }

// add returns what was used since reset. Processes are looked at one by one, so
// a sum may miss what moved meanwhile: it is lost if it is missing twice.
func (m *meter) add(s sample) time.Duration {
	switch {
	case s.cpu >= m.last:
		m.last, m.less = s.cpu, false
	case !m.less:
		m.less = true
	default:
		m.lost += m.last - s.cpu
		m.last, m.less = s.cpu, false
	}
	return m.last + m.lost - m.first
}

// sample is what programs hold at one time.
type sample struct {
	cpu    time.Duration // used so far, with that of processes that ended
	memory int64
	tasks  int
}

// look adds up all processes but the first and the keeper, of which only what
// ended below them counts. With a limit it also looks at memory that is shared
// and nowhere mapped, where there could be so much.
func (b *box) look(limit int64) sample {
	var s sample
	var mapped []string // processes with much in maps that hold no private memory
	var reserved int64
	for _, name := range b.processes() {
		own := name == "1" || name == strconv.Itoa(b.keeper)
		s.cpu += processor(b.read(name+"/stat"), own)
		if own {
			continue
		}
		m := parseStatus(b.read(name + "/status"))
		s.memory += m.held
		s.tasks += m.threads
		if m.reserved > 0 {
			reserved += m.reserved
			mapped = append(mapped, name)
		}
	}
	if sockets := socketsUsed(b.read(strconv.Itoa(b.keeper) + "/net/sockstat")); sockets > 0 {
		s.memory += int64(sockets) * socketMemory
	}
	if limit > 0 && s.memory+reserved > limit {
		seen := map[string]bool{}
		for _, name := range mapped {
			s.memory += b.shared(name, seen)
			if s.memory > limit {
				break
			}
		}
	}
	return s
}

// socketMemory is what the buffers of a socket of files may hold: twice what the
// kernel lets a program ask for.
var socketMemory = func() int64 {
	b, err := os.ReadFile("/proc/sys/net/core/wmem_max")
	n, parseErr := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil || parseErr != nil {
		n = 212_992
	}
	return 2 * n
}()

// processes are the names of all processes inside.
func (b *box) processes() []string {
	f, err := b.open(".")
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	list, _ := f.Readdirnames(-1)
	var numbers []string
	for _, name := range list {
		if name[0] >= '0' && name[0] <= '9' {
			numbers = append(numbers, name)
		}
	}
	return numbers
}

// open opens a file of the /proc of the inside.
func (b *box) open(name string) (f *os.File, err error) {
	if b.proc == nil {
		return nil, os.ErrClosed
	}
	proc, err := b.proc.SyscallConn()
	if err != nil {
		return nil, err
	}
	// It may be closed at the same time: its number is ours in here.
	if controlErr := proc.Control(func(at uintptr) {
		var fd int
		if fd, err = unix.Openat(int(at), name, unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
			f = os.NewFile(uintptr(fd), name)
		}
	}); controlErr != nil {
		return nil, controlErr
	}
	return f, err
}

// read reads a small file of /proc; "" where the process has ended.
func (b *box) read(name string) string {
	f, err := b.open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	text, _ := io.ReadAll(io.LimitReader(f, 16<<10))
	return string(text)
}

// processor reads the processor time in a stat file: of the process and of those
// below it that ended, or of those alone.
func processor(stat string, ended bool) time.Duration {
	rest, ok := afterLast(stat, ") ") // a name may hold anything
	fields := strings.Fields(rest)
	if !ok || len(fields) < 15 {
		return 0
	}
	from := 11 // utime, stime, cutime, cstime
	if ended {
		from = 13
	}
	var ticks int64
	for _, f := range fields[from:15] {
		n, _ := strconv.ParseInt(f, 10, 64)
		ticks += min(max(n, 0), 1<<29) // cutime is signed, and all four fit
	}
	return time.Duration(ticks) * (time.Second / 100)
}

// afterLast is what comes after the last of a text's separators.
func afterLast(s, sep string) (after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[i+len(sep):], true
	}
	return "", false
}

// held is what one process has.
type held struct {
	held     int64 // bytes of memory that are its own or shared and mapped
	reserved int64 // of maps that are neither private data nor code
	threads  int
}

// parseStatus reads a status file. The name in its first line may hold anything
// but a line feed, which the kernel writes as \n.
func parseStatus(text string) held {
	var h held
	kilobytes := map[string]int64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSuffix(strings.TrimSpace(value), " kB")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 && n < 1<<40 {
			kilobytes[name] = n
		}
	}
	h.threads = int(kilobytes["Threads"])
	h.held = (kilobytes["RssAnon"] + kilobytes["RssShmem"] + kilobytes["VmSwap"] + kilobytes["VmPTE"]) << 10
	h.reserved = max(0, kilobytes["VmSize"]-kilobytes["VmData"]-kilobytes["VmStk"]-kilobytes["VmExe"]-kilobytes["VmLib"]) << 10
	return h
}

// socketsUsed reads how many sockets of the workspace are open, but for the one
// of the keeper, which is of outside.
func socketsUsed(sockstat string) int {
	for line := range strings.Lines(sockstat) {
		if n, ok := strings.CutPrefix(line, "sockets: used "); ok {
			used, _ := strconv.Atoi(strings.TrimSpace(n))
			return used
		}
	}
	return 0
}

// shared is the size of anonymous memory that a process has mapped as shared and
// that seen does not have yet. It stays when it is no longer mapped page by page,
// so its size counts, not what is mapped of it.
func (b *box) shared(name string, seen map[string]bool) int64 {
	f, err := b.open(name + "/maps")
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	return sharedMaps(f, seen)
}

// maxMaps is how many maps of a process are read: a program that has more is
// taken for one that hides memory in them, and has tooMuch.
const (
	maxMaps = 10_000
	tooMuch = 1 << 50
)

func sharedMaps(r io.Reader, seen map[string]bool) int64 {
	var sum int64
	lines := 0
	for s := bufio.NewScanner(r); s.Scan(); {
		if lines++; lines > maxMaps {
			return tooMuch
		}
		fields := strings.Fields(s.Text())
		if len(fields) < 6 || len(fields[1]) != 4 || fields[1][3] != 's' || !strings.HasPrefix(fields[5], "/dev/zero") {
			continue
		}
		low, high, _ := strings.Cut(fields[0], "-")
		from, err1 := strconv.ParseUint(low, 16, 64)
		to, err2 := strconv.ParseUint(high, 16, 64)
		if key := fields[4] + " " + fields[2]; err1 == nil && err2 == nil && to > from && !seen[key] {
			seen[key] = true
			sum = min(sum+int64(min(to-from, tooMuch)), tooMuch)
		}
	}
	return sum
}
