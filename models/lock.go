package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"purposeagent/agent"
)

// lockPath takes the lock beside the database; the lock file holds our process id.
func lockPath(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(err, path, "the lock file %s.lock can't be opened: check its permissions", path)
	}
	held, err := lockFile(f)
	if err != nil {
		return nil, errors.Join(agent.Wrap(agent.CodeUnavailable, err, "the database %s can't be locked; is it on a network disk? Put the data folder on a local one", path), f.Close())
	}
	if !held {
		pid, _ := io.ReadAll(io.LimitReader(f, 20)) // an unreadable id is only left out of the message
		who := "another Purpose"
		if id := strings.TrimSpace(string(pid)); id != "" {
			who += " (process " + id + ")"
		}
		return nil, errors.Join(agent.Errorf(agent.CodeConflict, "%s is in use by %s; stop it first, or choose another data folder", path, who), f.Close())
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	}
	if err != nil {
		return nil, errors.Join(unwritable(err, path, "the lock file %s.lock can't be written: check its permissions", path), f.Close())
	}
	return f, nil
}

// openingTime is how long one process waits for another one to make or migrate
// the same database.
const openingTime = time.Minute

// oneAtATime does what must not be done by two processes at once when they open the
// same database. The file beside it on which they lock stays where it is: who
// removed it would take the lock from the one who waits for it.
func oneAtATime(ctx context.Context, path string, do func() error) error {
	f, err := os.OpenFile(path+".opening", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return unwritable(err, path, "the lock file %s.opening can't be opened: check its permissions", path)
	}
	defer func() { _ = f.Close() }() // nothing was written; the lock goes with it
	ctx, cancel := context.WithTimeout(ctx, openingTime)
	defer cancel()
	for {
		held, err := lockFile(f)
		if err != nil {
			return agent.Wrap(agent.CodeUnavailable, err, "the database %s can't be locked; is it on a network disk? Put the data folder on a local one", path)
		}
		if held {
			return do()
		}
		select {
		case <-ctx.Done():
			return agent.Wrap(agent.CodeConflict, ctx.Err(), "another Purpose has been making or migrating %s for %s; wait until it is done, or stop it, and start again", path, openingTime)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
