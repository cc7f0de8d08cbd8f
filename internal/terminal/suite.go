package terminal

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"purposeagent/agent/stats"
	"purposeagent/agent/suites"
)

// WriteSuites lists suites.
func WriteSuites(w io.Writer, list []suites.Info) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "no suites are kept here; purpose suite import FILE keeps one")
		return err
	}
	t := table(w)
	_, _ = fmt.Fprintln(t, "SUITE\tVERSION\tTASKS\tIN\tRUNS\tCHANGED\tID")
	for i := range list {
		s := &list[i]
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%d\t%s\t%s\n", Plain(s.Name), versionWord(s), s.Tasks, strings.Join(s.Environments, ", "), s.Runs, moment(s.ChangedAt), s.ID)
	}
	return t.Flush()
}

func moment(at time.Time) string { return at.Local().Format("2006-01-02 15:04") }

func versionWord(s *suites.Info) string {
	if s.Frozen {
		return fmt.Sprintf("%d, frozen", s.Version)
	}
	return strconv.Itoa(s.Version)
}

// WriteSuite shows a suite with its versions and runs.
func WriteSuite(w io.Writer, s *suites.Info, versions []suites.Version, outcomes []suites.Outcome) error {
	_, _ = fmt.Fprintf(w, "%s (%s), version %s\n", Plain(s.Name), s.ID, versionWord(s))
	if s.Description != "" {
		_, _ = fmt.Fprintln(w, Plain(s.Description))
	}
	t := table(w)
	_, _ = fmt.Fprintln(t, "\nVERSION\tTASKS\tBY\tAT\tNOTE\tSHA-256")
	for _, v := range versions {
		_, _ = fmt.Fprintf(t, "%d\t%d\t%s\t%s\t%s\t%.12s…\n", v.Number, v.Count, Plain(v.By), moment(v.At), Plain(v.Note), v.Hash)
	}
	if len(outcomes) > 0 {
		_, _ = fmt.Fprintln(t, "\nRUN\tAT\tVERSION\tMODEL\tMEMORY\tSOLVED\tSTEPS\tTOKENS")
	}
	for i := range outcomes {
		o := &outcomes[i]
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%.1f\t%d\n", o.Run.ID, moment(o.Run.At), o.Run.Version, o.Run.Models.Actor, o.Run.Memory, passWords(o.Summary.Pass), o.Summary.MeanSteps, o.Summary.Tokens)
	}
	return t.Flush()
}

// passWords says pass^1, and pass^k where there is more than one.
func passWords(pass []stats.PassHat) string {
	var parts []string
	for _, p := range pass {
		if p.N == 0 {
			continue
		}
		name := "mean "
		if len(pass) == 1 {
			name = ""
		} else if p.K > 1 {
			name = fmt.Sprintf("pass^%d ", p.K)
		}
		parts = append(parts, fmt.Sprintf("%s%s of %d tasks", name, span(p.Share, p.Low, p.High), p.N))
	}
	if len(parts) == 0 {
		return "nothing known yet"
	}
	return strings.Join(parts, "; ")
}

// WriteSuiteRun shows what a run of a suite showed.
func WriteSuiteRun(w io.Writer, o *suites.Outcome) error {
	s := &o.Summary
	t := table(w)
	for _, r := range s.Results {
		word := fmt.Sprintf("%d of %d", r.Solved, r.Tries)
		if r.Tries == 0 {
			word = "no verdict"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", r.Task, word, r.Run)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "solved: %s\n%.1f steps and Φ %.1f on average, %d tokens; %s\n", passWords(s.Pass), s.MeanSteps, s.MeanPhi, s.Tokens, o.Run.ID)
	return err
}

// WriteComparison shows what differs between two runs of a suite.
func WriteComparison(w io.Writer, c *suites.Comparison) error {
	if c.N == 0 {
		_, err := fmt.Fprintln(w, "no task was done alike in both, so there is nothing to compare")
		return err
	}
	for _, part := range []struct {
		name string
		list []suites.Change
	}{{"fixed", c.Fixed}, {"broken", c.Broken}} {
		_, _ = fmt.Fprintf(w, "%s: %d\n", part.name, len(part.list))
		for _, x := range part.list {
			_, _ = fmt.Fprintf(w, "  %s: %.0f %% → %.0f %% of its tries, %s\n", x.Task, 100*x.Before, 100*x.After, x.Run)
		}
	}
	d := c.Difference
	_, err := fmt.Fprintf(w, "after − before: %+.2f [%+.2f, %+.2f] of %d tasks, p = %.3f; %d tasks are not in both alike, of %d there is no verdict\n", d.Value, d.Low, d.High, c.N, c.P, c.Other, c.Unknown)
	return err
}
