// Package pgtest starts a PostgreSQL server of its own for the tests of a package:
// on a socket in a folder of its own, nothing of the system's. It needs the server
// programs of PostgreSQL 15 or newer (Debian: postgresql).
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a running server. It needs Stop.
type Server struct {
	folder string
	server *exec.Cmd
	output *os.File
	ended  chan struct{} // closed when it has ended, with why
	why    error
	idle   chan string // URLs of databases that tests gave back
}

// patience is how long a server may take to start or to stop.
const patience = time.Minute

// Start makes a server with an empty database cluster and waits until it answers.
// It keeps nothing safe from a power cut, which tests don't need.
func Start(ctx context.Context) (*Server, error) {
	folder, err := os.MkdirTemp("", "pg-") // short: a socket's path has 107 bytes
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, ended: make(chan struct{}), idle: make(chan string, 64)}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	initdb, err := program("initdb")
	if err != nil {
		return err
	}
	if s.output, err = os.Create(filepath.Join(s.folder, "log")); err != nil {
		return err
	}
	owner, err := unprivileged()
	if err != nil {
		return err
	}
	if owner != nil {
		if err := os.Chown(s.folder, int(owner.Uid), int(owner.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(s.folder, "data")
	lay := exec.CommandContext(ctx, initdb, //nolint:gosec // a program of the system
		"-D", data, "-U", "purpose", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	s.as(lay, owner)
	if out, err := lay.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.server = exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(filepath.Dir(initdb), "postgres"), "-D", data, //nolint:gosec // a program of the system
		"-k", s.folder, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300", "-c", "shared_buffers=64MB", "-c", "log_min_messages=fatal")
	s.as(s.server, owner)
	s.server.Stdout, s.server.Stderr = s.output, s.output
	if err := s.server.Start(); err != nil {
		return err
	}
	go func() {
		s.why = s.server.Wait()
		close(s.ended)
	}()
	return s.wait(ctx)
}

// as has a program run as somebody, in the server's folder: PostgreSQL refuses to
// run as root.
func (s *Server) as(cmd *exec.Cmd, owner *syscall.Credential) {
	cmd.Dir = s.folder
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "HOME=" + s.folder}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner, Setpgid: true}
}

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.url("postgres", "").String())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.ended:
			said, _ := os.ReadFile(s.output.Name())
			return fmt.Errorf("the server ended: %w\n%s", s.why, said)
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server at once and deletes its folder.
func (s *Server) Stop() error {
	var errs []error
	if s.server != nil && s.server.Process != nil {
		_ = s.server.Process.Signal(syscall.SIGQUIT) // at once: nothing of it is wanted any more
		select {
		case <-s.ended: // however it ended
		case <-time.After(patience):
			errs = append(errs, errors.New("the server did not end"), syscall.Kill(-s.server.Process.Pid, syscall.SIGKILL))
		}
	}
	if s.output != nil {
		errs = append(errs, s.output.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.folder))...)
}

func (s *Server) url(database, schema string) *url.URL {
	q := url.Values{"host": {s.folder}}
	if schema != "" {
		q.Set("search_path", schema)
	}
	return &url.URL{Scheme: "postgres", User: url.User("purpose"), Path: "/" + database, RawQuery: q.Encode()}
}

// Fresh makes an empty database and returns its URL: a schema of the one that is
// there, which takes a tenth of the time.
func (s *Server) Fresh(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, s.url("postgres", "").String())
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{name}.Sanitize())
	return s.url("postgres", name).String(), errors.Join(err, conn.Close(ctx))
}

// program finds a program of PostgreSQL's server: in the path, or where Debian has
// them, the newest first.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return filepath.EvalSymlinks(path)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("%s of PostgreSQL is not installed; scripts/setup-tests.sh installs it", name)
	}
	slices.SortFunc(found, func(a, b string) int { return release(b) - release(a) })
	return found[0], nil
}

func release(path string) int {
	n, _ := strconv.Atoi(strings.Split(strings.TrimPrefix(path, "/usr/lib/postgresql/"), "/")[0])
	return n
}

// unprivileged is whom the server runs as: nobody else, but for root.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // as oneself
	}
	who, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}
