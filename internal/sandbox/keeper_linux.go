package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"purposeagent/agent"
)

// keeper does inside what is asked from outside: it starts programs, ends them,
// and reads and writes files. It has no more rights than they.
type keeper struct {
	in    io.Reader
	mu    sync.Mutex
	out   io.Writer
	roots map[string]*os.Root
	work  chan frame // the frames of a request; kills go their own way
}

type frame struct {
	kind byte
	b    []byte
}

// keep serves until the other side closes the connection; then it ends, and the
// kernel ends all that is left.
func keep() error {
	// Nobody inside may look into it, though all are one user.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	unix.CloseOnExec(3)
	conn := os.NewFile(3, "outside")
	proc, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(3, []byte{0}, unix.UnixRights(proc), nil, 0); err != nil {
		return err
	}
	_ = unix.Close(proc)
	k := &keeper{in: conn, out: conn, roots: map[string]*os.Root{}, work: make(chan frame)}
	if err := k.reply(reply{PID: os.Getpid()}); err != nil {
		return err
	}
	go k.read()
	for {
		f := <-k.work
		if f.kind != frameRequest {
			continue // the rest of a request that was refused
		}
		var req request
		if err := json.Unmarshal(f.b, &req); err != nil {
			return err
		}
		answer, err := k.do(&req)
		if err != nil {
			answer = failure(err, &req)
		}
		if err := k.reply(answer); err != nil {
			return err
		}
	}
}

// read takes the frames. A kill is done at once, and so is the end, whatever is
// at work.
func (k *keeper) read() {
	for {
		kind, b, err := readFrame(k.in)
		if err != nil {
			unix.Exit(0) // at once: nothing here is worth a clean end
		}
		if kind == frameKill {
			killAll()
			continue
		}
		k.work <- frame{kind, b}
	}
}

func (k *keeper) send(kind byte, b []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return writeFrame(k.out, kind, b)
}

func (k *keeper) reply(r reply) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return writeJSON(k.out, frameReply, r)
}

func failure(err error, req *request) reply {
	err = sayFile(err, req.At.Name)
	if known, ok := errors.AsType[*agent.Error](err); ok {
		return reply{Code: string(known.Code), Message: known.Message}
	}
	return reply{Code: string(agent.CodeUnavailable), Message: err.Error()}
}

// Write sends data, so that an archive can be written to it.
func (k *keeper) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(len(rest), chunk)
		if err := k.send(frameData, rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(b), nil
}

// body reads the data of a request to its end.
type body struct {
	k     *keeper
	rest  []byte
	ended bool
}

func (b *body) Read(p []byte) (int, error) {
	for len(b.rest) == 0 {
		if b.ended {
			return 0, io.EOF
		}
		switch f := <-b.k.work; f.kind {
		case frameEnd:
			b.ended = true
		case frameData:
			b.rest = f.b
		default:
			return 0, errors.New("data was expected")
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (k *keeper) do(req *request) (reply, error) {
	if req.Op == opRun {
		return k.run(req)
	}
	root, err := k.root(req.At.Root)
	if err != nil {
		return reply{}, err
	}
	name := req.At.Name
	switch req.Op {
	case opList:
		return list(root, name, req.Deep)
	case opRead:
		return reply{}, k.readFile(root, name, req.Limit)
	case opWrite:
		data := &body{k: k}
		err := put(root, name, data, fs.FileMode(req.Mode).Perm())
		_, _ = io.Copy(io.Discard, data) // what was not taken
		return reply{}, err
	case opFolder:
		return reply{}, root.MkdirAll(name, 0o755)
	case opRemove:
		return reply{}, remove(root, name)
	case opArchive:
		return reply{}, pack(k, root, name, packing{limit: req.Limit})
	case opUnpack:
		data := &body{k: k}
		err := unpack(data, root, name)
		_, _ = io.Copy(io.Discard, data)
		return reply{}, err
	}
	return reply{}, agent.Errorf(agent.CodeInvalid, "there is no request %q", req.Op)
}

func (k *keeper) root(name string) (*os.Root, error) {
	if r, ok := k.roots[name]; ok {
		return r, nil
	}
	r, err := os.OpenRoot(name)
	if err == nil {
		k.roots[name] = r
	}
	return r, err
}

func (k *keeper) readFile(root *os.Root, name string, most int64) error {
	f, err := openPlain(root, name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return agent.Errorf(agent.CodeInvalid, "%s is no file", name)
	case info.Size() > most:
		return agent.Errorf(agent.CodeInvalid, "%s has %d bytes, more than %d", name, info.Size(), most)
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{k}, struct{ io.Reader }{io.LimitReader(f, most)}, make([]byte, chunk))
	return err
}

// remove removes what a name stands for; of the root itself what is in it.
func remove(root *os.Root, name string) error {
	if name != "." {
		return root.RemoveAll(name)
	}
	inside, err := names(root, name)
	for _, n := range inside {
		err = errors.Join(err, root.RemoveAll(n))
	}
	return err
}

func list(root *os.Root, folder string, deep bool) (reply, error) {
	var answer reply
	size := 0
	see := func(name string, info fs.FileInfo) error {
		e := Entry{Name: name, Size: info.Size(), Mode: uint32(info.Mode().Perm()), Modified: info.ModTime().UTC(), Kind: KindOther}
		switch {
		case info.Mode().IsRegular():
			e.Kind = KindFile
		case info.IsDir():
			e.Kind, e.Size = KindFolder, 0
		case info.Mode()&fs.ModeSymlink != 0:
			e.Kind = KindLink
			e.Target, _ = root.Readlink(name)
		}
		if folder != "." {
			e.Name = name[len(folder)+1:]
		}
		size += len(e.Name) + len(e.Target)
		if answer.Entries = append(answer.Entries, e); len(answer.Entries) > MaxList || size > maxListed {
			return agent.Errorf(agent.CodeInvalid, "there are too many entries to list: more than %d, or names that are too long", MaxList)
		}
		return nil
	}
	if deep {
		return answer, walk(root, folder, see)
	}
	inside, err := names(root, folder)
	for _, name := range inside {
		full := name
		if folder != "." {
			full = folder + "/" + name
		}
		info, statErr := root.Lstat(full)
		if statErr != nil {
			return answer, statErr
		}
		if err := see(full, info); err != nil {
			return answer, err
		}
	}
	return answer, err
}

// maxListed bounds the names of a list so that it fits a frame, however JSON
// writes them.
const maxListed = 256 << 10

// run runs a program until it has ended, and ends all that it left behind.
func (k *keeper) run(req *request) (reply, error) {
	stdin, err := io.ReadAll(&body{k: k})
	if err != nil {
		return reply{}, err
	}
	if req.Rules == nil || len(req.Argv) == 0 {
		return reply{}, agent.Errorf(agent.CodeInvalid, "a command needs a program")
	}
	req.Rules.Processes += ownTasks()
	text, err := json.Marshal(order{Argv: req.Argv, Env: append([]string{"PATH=" + programPath, "HOME=" + home, "TMPDIR=/tmp", "LANG=C.UTF-8", "USER=agent"}, req.Env...), Rules: *req.Rules})
	if err != nil {
		return reply{}, err
	}
	said, err := k.start(text, stdin)
	if err != nil {
		return reply{}, err
	}
	if len(said.failed) > 0 {
		var f failed
		if err := json.Unmarshal(said.failed, &f); err != nil {
			return reply{}, err
		}
		errno := syscall.Errno(f.Errno)
		if slices.Contains([]syscall.Errno{syscall.ENOENT, syscall.ENOTDIR}, errno) {
			return reply{}, agent.Errorf(agent.CodeNotFound, "%s", f.Message)
		}
		if slices.Contains([]syscall.Errno{syscall.EACCES, syscall.ENOEXEC, syscall.EISDIR, syscall.ELOOP}, errno) {
			return reply{}, agent.Errorf(agent.CodeDenied, "%s", f.Message)
		}
		return reply{}, errors.New(f.Message)
	}
	return said.reply, nil
}

// ended is what became of a stage.
type ended struct {
	reply  reply
	failed []byte // what it says where the program did not start
}

func (k *keeper) start(order, stdin []byte) (ended, error) {
	var p pipes
	defer p.close()
	orders, err := p.pair()
	if err != nil {
		return ended{}, err
	}
	fails, err := p.pair()
	if err != nil {
		return ended{}, err
	}
	input, err := p.pair()
	if err != nil {
		return ended{}, err
	}
	stdout, err := p.pair()
	if err != nil {
		return ended{}, err
	}
	stderr, err := p.pair()
	if err != nil {
		return ended{}, err
	}
	cmd := stageCommand()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input.r, stdout.w, stderr.w
	cmd.ExtraFiles = []*os.File{orders.r, fails.w}
	if err := cmd.Start(); err != nil {
		return ended{}, err
	}
	for _, f := range []*os.File{input.r, stdout.w, stderr.w, orders.r, fails.w} {
		_ = f.Close()
	}
	var e ended
	var all sync.WaitGroup
	all.Go(func() { _, _ = orders.w.Write(order); _ = orders.w.Close() })
	all.Go(func() { _, _ = input.w.Write(stdin); _ = input.w.Close() })
	all.Go(func() { e.failed, _ = io.ReadAll(io.LimitReader(fails.r, 64<<10)) })
	all.Go(func() { k.forward(frameStdout, stdout.r) })
	all.Go(func() { k.forward(frameStderr, stderr.r) })
	err = cmd.Wait()
	sweep()
	all.Wait() // nothing is left that holds an end of a pipe
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return e, err
	}
	state := cmd.ProcessState
	e.reply.Exit = state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.reply.Signal = int(status.Signal())
	}
	e.reply.CPU = (state.UserTime() + state.SystemTime()).Microseconds()
	return e, nil
}

// forward sends what a program writes, to the end.
func (k *keeper) forward(kind byte, from io.Reader) {
	b := make([]byte, chunk)
	for {
		n, err := from.Read(b)
		if n > 0 && k.send(kind, b[:n]) != nil || err != nil {
			return
		}
	}
}

// pipes are closed together; closing one twice does nothing.
type pipes []*os.File

type pipe struct{ r, w *os.File }

func (p *pipes) pair() (pipe, error) {
	r, w, err := os.Pipe()
	if err == nil {
		*p = append(*p, r, w)
	}
	return pipe{r, w}, err
}

func (p *pipes) close() {
	for _, f := range *p {
		_ = f.Close()
	}
}

// killAll ends every process inside but the first and this one, in one go: none
// that is being forked gets away.
func killAll() { _ = unix.Kill(-1, unix.SIGKILL) }

// sweep ends all and waits until they are gone.
func sweep() {
	for range 400 {
		killAll()
		if !others() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// others reports whether there is a process beside the first and this one.
func others() bool {
	f, err := os.Open("/proc")
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	list, _ := f.Readdirnames(-1)
	for _, name := range list {
		if n, err := strconv.Atoi(name); err == nil && n != 1 && n != os.Getpid() {
			return true
		}
	}
	return false
}

// ownTasks is how many threads there are that are no program's: they count in
// the kernel's limit of processes, and so does room for a few more.
func ownTasks() uint64 {
	n := 1 // the first process
	if f, err := os.Open("/proc/self/task"); err == nil {
		defer func() { _ = f.Close() }()
		list, _ := f.Readdirnames(-1)
		n += len(list)
	}
	return uint64(n) + 2
}
