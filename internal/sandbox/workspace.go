package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"purposeagent/agent"
)

// grace is how long the inside has to end what it was told to end, before the
// whole workspace is ended from outside.
const grace = 10 * time.Second

// Workspace is a place where programs run. Calls are done one after the other:
// all methods may be called at the same time and wait for their turn. It lives
// until Close, until this process ends (however that comes), or until what keeps
// it is ended from inside; then every method returns an error with CodeConflict.
type Workspace struct {
	cfg  Config
	box  *box
	turn chan struct{} // holds one value while a call is at work
	gone chan struct{} // closed with the workspace
	end  sync.Once

	// what is used up, by turn
	wall, cpu time.Duration
	output    int64
}

// Open makes a workspace. Errors: CodeInvalid for limits and folders that can't
// be; CodeUnavailable where this host can't contain programs, with what to do
// about it; what ended ctx.
func Open(ctx context.Context, cfg Config) (*Workspace, error) {
	cfg, err := cfg.check()
	if err != nil {
		return nil, err
	}
	b, err := start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Workspace{cfg: cfg, box: b, turn: make(chan struct{}, 1), gone: make(chan struct{})}, nil
}

// Check tells whether this host can contain programs, by opening a workspace and
// running one. Errors: CodeUnavailable, with what to do about it.
func Check(ctx context.Context) error {
	w, err := Open(ctx, Config{})
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := w.Run(ctx, Command{Argv: []string{"true"}})
	switch {
	case err != nil:
		return err
	case r.ExitCode != 0:
		return agent.Errorf(agent.CodeUnavailable, "a first program in a workspace ended with %d: %s", r.ExitCode, r.Stderr)
	}
	return nil
}

// Close ends all programs and frees all files. It returns when they are gone,
// and may be called again.
func (w *Workspace) Close() {
	w.end.Do(func() {
		close(w.gone)
		w.box.close()
	})
}

// Limits returns the limits, with defaults filled in.
func (w *Workspace) Limits() Limits { return w.cfg.Limits }

// Used returns what of the limits was used up by commands that ended: CPU, Wall
// and Output. The other fields are 0.
func (w *Workspace) Used(ctx context.Context) (Limits, error) {
	if err := w.take(ctx); err != nil {
		return Limits{}, err
	}
	defer w.leave()
	return Limits{Wall: w.wall, CPU: w.cpu, Output: w.output}, nil
}

// take waits for a turn.
func (w *Workspace) take(ctx context.Context) error {
	select {
	case <-w.gone:
		return errGone()
	default:
	}
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-w.gone:
		return errGone()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *Workspace) leave() { <-w.turn }

func errGone() error {
	return agent.Errorf(agent.CodeConflict, "the workspace is closed")
}

// lost ends a workspace whose inside does not answer as it should.
func (w *Workspace) lost(err error) error {
	w.Close()
	return agent.Wrap(agent.CodeConflict, err, "the workspace was ended from inside")
}

// Run runs a command until the program that it starts has ended. Whatever that
// left behind ends with it, so that nothing runs between two commands. A command
// that fails or is ended by a limit is a Result, not an error. Errors:
// CodeInvalid for a command that can't be; CodeNotFound and CodeDenied for a
// program that can't be started; CodeRateLimited where Wall, CPU or Output of the
// limits is used up; CodeConflict for a closed workspace; what ended ctx, after
// all programs have ended.
func (w *Workspace) Run(ctx context.Context, c Command) (Result, error) {
	if err := c.check(&w.cfg); err != nil {
		return Result{}, err
	}
	if err := w.take(ctx); err != nil {
		return Result{}, err
	}
	defer w.leave()
	l := w.cfg.Limits
	for name, spent := range map[Limit]bool{LimitWall: w.wall >= l.Wall, LimitCPU: w.cpu >= l.CPU, LimitOutput: w.output >= l.Output} {
		if spent {
			return Result{}, agent.Errorf(agent.CodeRateLimited, "the workspace has used up its limit of %s", name)
		}
	}
	return w.run(ctx, c)
}

// running is a command at work.
type running struct {
	w      *Workspace
	end    func() // ends all programs
	killed atomic.Pointer[Limit]
	result Result
	keep   int
	output int64
}

// kill ends all programs, once, for a reason.
func (r *running) kill(why Limit) {
	if r.killed.CompareAndSwap(nil, &why) {
		r.end()
	}
}

func (w *Workspace) run(ctx context.Context, c Command) (Result, error) {
	l := w.cfg.Limits
	end, done := w.box.begin()
	defer done()
	r := &running{w: w, end: end, keep: c.MaxOutput}
	if r.keep == 0 {
		r.keep = 1 << 20
	}
	req := request{Op: opRun, Argv: c.Argv, Env: c.Env, Rules: w.rules()}
	at, err := w.cfg.locate(c.Dir)
	if err != nil {
		return Result{}, err
	}
	req.Rules.Dir = at.Root + "/" + at.Name

	timeout := l.Wall - w.wall
	if c.Timeout > 0 {
		timeout = min(timeout, c.Timeout)
	}
	clock := time.AfterFunc(timeout, func() { r.kill(LimitWall) })
	defer clock.Stop()
	began := time.Now()
	watching, ended := context.WithCancel(context.Background())
	defer ended()
	var use usage
	var watch sync.WaitGroup
	watch.Go(func() { use = w.box.watch(watching, l, l.CPU-w.cpu, r.kill) })

	answer, err := w.call(ctx, req, end, bytes.NewReader(c.Stdin), r.take)
	ended()
	watch.Wait()
	r.result.Wall = time.Since(began)
	r.result.CPU = max(use.cpu, time.Duration(min(max(answer.CPU, 0), int64(time.Hour/time.Microsecond)))*time.Microsecond)
	r.result.PeakMemory, r.result.PeakProcesses = use.memory, use.processes
	w.wall += r.result.Wall
	w.cpu += r.result.CPU
	w.output += r.output
	if err != nil {
		return Result{}, err
	}
	r.result.ExitCode, r.result.Signal = answer.Exit, signalName(answer.Signal)
	if why := r.killed.Load(); why != nil {
		r.result.Killed, r.result.TimedOut = *why, *why == LimitWall
	}
	return r.result, nil
}

// rules are what the kernel holds of the limits.
func (w *Workspace) rules() *rules {
	l := w.cfg.Limits
	return &rules{
		CPUSeconds: uint64((l.CPU-w.cpu)/time.Second) + 1,
		Data:       2 * uint64(l.Memory), File: uint64(l.Disk) + 1<<20, Processes: uint64(l.Processes), OpenFiles: uint64(l.OpenFiles),
		Writable: append([]string{Root, "/tmp", home, "/dev/shm"}, w.cfg.Folders...),
	}
}

// home is the HOME of programs: outside of Root, so that caches are no files of
// the task.
const home = "/home/agent"

// take takes what a command writes.
func (r *running) take(kind byte, b []byte) error {
	var to *[]byte
	switch kind {
	case frameStdout:
		to = &r.result.Stdout
	case frameStderr:
		to = &r.result.Stderr
	default:
		return fmt.Errorf("a frame of kind %q from a command", kind)
	}
	r.output += int64(len(b))
	room := r.keep - len(*to)
	if len(b) > room {
		r.result.Truncated = true
	}
	*to = append(*to, b[:min(room, len(b))]...)
	if r.w.output+r.output > r.w.cfg.Limits.Output {
		r.kill(LimitOutput)
	}
	return nil
}

// call asks the inside for something, sends it what data has, and takes what it
// sends until its reply. When ctx ends, programs are ended, and the workspace too
// if there is no reply after that.
func (w *Workspace) call(ctx context.Context, req request, end func(), data io.Reader, take func(kind byte, b []byte) error) (reply, error) {
	stop := context.AfterFunc(ctx, end)
	defer stop()
	answer, err := w.exchange(req, data, take)
	if err != nil {
		if ctx.Err() != nil {
			_ = w.lost(err)
			return answer, context.Cause(ctx)
		}
		if source, ok := errors.AsType[*sourceError](err); ok { // the inside waits for the rest
			_ = w.lost(err)
			return answer, source.err
		}
		return answer, w.lost(err)
	}
	if ctx.Err() != nil {
		return answer, context.Cause(ctx)
	}
	return answer, answer.err()
}

// sourceError says that what was to be sent could not be read.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }

func (w *Workspace) exchange(req request, data io.Reader, take func(kind byte, b []byte) error) (reply, error) {
	if err := w.box.sendJSON(frameRequest, req); err != nil {
		return reply{}, err
	}
	if data != nil {
		if err := w.upload(data); err != nil {
			return reply{}, err
		}
	}
	for {
		kind, b, err := readFrame(w.box.conn)
		if err != nil {
			return reply{}, err
		}
		if kind != frameReply {
			if take == nil {
				return reply{}, fmt.Errorf("a frame of kind %q where none belongs", kind)
			}
			if err := take(kind, b); err != nil {
				return reply{}, err
			}
			continue
		}
		var answer reply
		if err := json.Unmarshal(b, &answer); err != nil {
			return reply{}, err
		}
		return answer, nil
	}
}

// upload sends the data of a request.
func (w *Workspace) upload(data io.Reader) error {
	b := make([]byte, chunk)
	for {
		n, err := data.Read(b)
		if n > 0 {
			if err := w.box.send(frameData, b[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return w.box.send(frameEnd, nil)
		}
		if err != nil {
			return &sourceError{err}
		}
	}
}

// err is the error of a reply. Its text comes from inside and is cut.
func (r *reply) err() error {
	if r.Code == "" {
		return nil
	}
	text := r.Message
	if len(text) > 500 {
		text = text[:500]
	}
	switch code := agent.Code(r.Code); code {
	case agent.CodeInvalid, agent.CodeNotFound, agent.CodeConflict, agent.CodeDenied:
		return agent.Errorf(code, "%s", text)
	case agent.CodeUnavailable, agent.CodeRateLimited, agent.CodeTimeout, agent.CodeStopped, agent.CodeInternal:
	}
	return agent.Errorf(agent.CodeUnavailable, "%s", text)
}

// List lists a folder by name, with deep all that is below it. Links are not
// followed. A byte of a name that is no UTF-8 comes as U+FFFD. Errors: CodeNotFound, CodeInvalid for a name outside, for what is no
// folder, and for more than MaxList entries or MaxDepth; those of a closed workspace and ctx.
func (w *Workspace) List(ctx context.Context, folder string, deep bool) ([]Entry, error) {
	answer, err := w.ask(ctx, request{Op: opList, Deep: deep}, folder, nil, nil)
	if err != nil {
		return nil, err
	}
	for _, e := range answer.Entries { // they come from inside
		if !fs.ValidPath(e.Name) || len(answer.Entries) > MaxList {
			return nil, w.lost(errors.New("a list that is none"))
		}
	}
	return answer.Entries, nil
}

// ask does what is asked of one place.
func (w *Workspace) ask(ctx context.Context, req request, name string, data io.Reader, take func(byte, []byte) error) (reply, error) {
	at, err := w.cfg.locate(name)
	if err != nil {
		return reply{}, err
	}
	req.At = at
	if err := w.take(ctx); err != nil {
		return reply{}, err
	}
	defer w.leave()
	end, done := w.box.begin()
	defer done()
	return w.call(ctx, req, end, data, take)
}

// Read returns a file's bytes. A link is followed as long as it stays in its
// folder of the workspace. Errors: CodeNotFound; CodeInvalid for what is no file,
// leads outside, or is above MaxFile; those of a closed workspace and ctx.
func (w *Workspace) Read(ctx context.Context, name string) ([]byte, error) {
	var b bytes.Buffer
	_, err := w.ask(ctx, request{Op: opRead, Limit: MaxFile}, name, nil, func(kind byte, data []byte) error {
		if kind != frameData || b.Len()+len(data) > MaxFile {
			return errors.New("more than a file")
		}
		b.Write(data)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Write writes a whole file with its permission bits and makes the folders above
// it. What is there is replaced: a link is, not what it leads to. Errors:
// CodeInvalid for a name outside or below a file, and for data above MaxFile;
// CodeConflict where the disk is full; those of a closed workspace and ctx.
func (w *Workspace) Write(ctx context.Context, name string, data []byte, mode os.FileMode) error {
	if len(data) > MaxFile {
		return agent.Errorf(agent.CodeInvalid, "a file is at most %d bytes, got %d", MaxFile, len(data))
	}
	_, err := w.ask(ctx, request{Op: opWrite, Mode: uint32(mode.Perm())}, name, bytes.NewReader(data), nil)
	return err
}

// MakeFolder makes a folder and those above it; one that is there stays.
// Errors as of Write.
func (w *Workspace) MakeFolder(ctx context.Context, name string) error {
	_, err := w.ask(ctx, request{Op: opFolder}, name, nil, nil)
	return err
}

// Remove removes a file, a link, or a folder with all in it; of Root and of a
// folder of the configuration all that is in it. What is not there is no error.
// Errors: CodeInvalid for a name outside; those of a closed workspace and ctx.
func (w *Workspace) Remove(ctx context.Context, name string) error {
	_, err := w.ask(ctx, request{Op: opRemove}, name, nil, nil)
	return err
}

// Archive writes a tar of all that is below a folder: files with permission bits
// and times, folders and links, by name, without owners; pipes and sockets are
// left out, hard links are files. The same files give the same bytes. It holds at
// most Limits.Disk bytes of files: a sparse file that says more is an error.
// Errors: CodeNotFound, CodeInvalid; what to returns; those of a closed workspace
// and ctx.
func (w *Workspace) Archive(ctx context.Context, folder string, to io.Writer) error {
	var written, bound int64
	// a header for each file, and one more block to fill up
	bound = w.cfg.Limits.Disk + int64(w.cfg.Limits.Files+16)*8<<10
	var failed error
	_, err := w.ask(ctx, request{Op: opArchive, Limit: w.cfg.Limits.Disk}, folder, nil, func(kind byte, data []byte) error {
		if written += int64(len(data)); kind != frameData || written > bound {
			return errors.New("more than an archive")
		}
		if failed == nil {
			_, failed = to.Write(data)
		}
		return nil
	})
	if err == nil {
		err = failed
	}
	return err
}

// Unpack puts what a tar holds below a folder, over what is there. Names that
// lead outside, and anything but files, folders and symbolic links, are refused.
// An archive that is refused halfway leaves what came before. Errors:
// CodeInvalid for such an archive; CodeConflict where the disk is full; what from
// returns (the workspace is closed then); those of a closed workspace and ctx.
func (w *Workspace) Unpack(ctx context.Context, folder string, from io.Reader) error {
	_, err := w.ask(ctx, request{Op: opUnpack}, folder, from, nil)
	return err
}

// CopyIn copies a folder of the host into one of the workspace: files with
// permission bits, folders, and symbolic links as they stand there, which
// programs follow inside only. Nothing outside of the folder is read. Errors:
// CodeNotFound and CodeInvalid for the folder of the host and for what is
// neither file, folder nor link in it; those of Unpack.
func (w *Workspace) CopyIn(ctx context.Context, host, folder string) error {
	root, err := os.OpenRoot(host)
	if err != nil {
		return sayFile(err, host)
	}
	defer func() { _ = root.Close() }()
	// The whole is looked at first, so that nothing is copied of what is refused.
	if err := pack(io.Discard, root, ".", packing{limit: w.cfg.Limits.Disk, strict: true, dry: true}); err != nil {
		return err
	}
	r, to := io.Pipe()
	var writer sync.WaitGroup
	writer.Go(func() { to.CloseWithError(pack(to, root, ".", packing{limit: w.cfg.Limits.Disk, strict: true})) })
	defer writer.Wait()
	defer func() { _ = r.Close() }()
	return w.Unpack(ctx, folder, r)
}
