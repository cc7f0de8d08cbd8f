package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"purposeagent/internal/app"
)

// idleTime is how long the program is left alone: longer than the log of the
// database waits to be cut.
const idleTime = 30 * time.Second

// clockTick is the unit of processor times in /proc, on every Linux.
const clockTick = 10 * time.Millisecond

// idle prints what the program takes of a core while nobody asks it for
// anything, and how long the log of its database is after that.
func (s *target) idle(data string) error {
	before, err := s.spent()
	if err != nil {
		return err
	}
	time.Sleep(idleTime)
	after, err := s.spent()
	if err != nil {
		return err
	}
	fmt.Printf("idle, of a core                   %8.2f %%    goal 0.3\n", 100*(after-before).Seconds()/idleTime.Seconds())
	log, err := os.Stat(filepath.Join(data, app.DatabaseFile+"-wal"))
	if err != nil {
		return err
	}
	fmt.Printf("write-ahead log                   %8.1f MB   goal 8\n", float64(log.Size())/1e6)
	return nil
}

// spent is the processor time of the program so far.
func (s *target) spent() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name before it may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc tells no times: %q", raw)
	}
	var ticks int64
	for _, field := range fields[11:13] { // in the program, and for it in the kernel
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
