package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// side is one of the two trees that are measured.
type side struct {
	name, tree string
	binaries   map[string]string        // by the package's folder
	out        bytes.Buffer             // what its benchmarks printed
	where      map[string]string        // the folder of each benchmark that has run
	besides    map[string]*bytes.Buffer // what those printed whose goals have a number of rounds, by that
}

// checkout puts a commit into a work tree of its own, which done removes. Of "" it
// is what the working tree is a change of.
func checkout(ctx context.Context, commit, tree string) (name, path string, done func(), err error) {
	if commit == "" {
		changed, err := output(ctx, ".", "git", "status", "--porcelain", "--untracked-files=no")
		if err != nil {
			return "", "", nil, err
		}
		commit = "HEAD"
		if strings.TrimSpace(changed) == "" {
			commit = "HEAD^"
		}
	}
	name, err = output(ctx, ".", "git", "rev-parse", "--short", commit+"^{commit}")
	if err != nil {
		return "", "", nil, err
	}
	if _, err := output(ctx, ".", "git", "worktree", "add", "--detach", tree, commit); err != nil {
		return "", "", nil, err
	}
	return strings.TrimSpace(name), tree, func() {
		_, _ = output(context.WithoutCancel(ctx), ".", "git", "worktree", "remove", "--force", tree)
	}, nil
}

// build compiles the tests of each package that has benchmarks.
func (s *side) build(ctx context.Context, to string) error {
	files, err := output(ctx, s.tree, "git", "grep", "-l", "--untracked", "^func Benchmark", "--", "*_test.go")
	if err != nil {
		return err
	}
	var folders []string
	for file := range strings.Lines(files) {
		folders = append(folders, filepath.Dir(strings.TrimSpace(file)))
	}
	slices.Sort(folders)
	s.binaries = map[string]string{}
	for _, folder := range slices.Compact(folders) {
		binary := filepath.Join(to, strings.ReplaceAll(folder, "/", "_")+".test")
		if _, err := output(ctx, s.tree, "go", "test", "-c", "-o", binary, "./"+folder); err != nil {
			return err
		}
		s.binaries[folder] = binary
	}
	return nil
}

// packagesOf are the folders with benchmarks in either tree.
func packagesOf(sides []*side) []string {
	var folders []string
	for _, s := range sides {
		for folder := range s.binaries {
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// run runs the benchmarks of one package once.
func (s *side) run(ctx context.Context, pkg string, o options) error {
	binary, ok := s.binaries[pkg]
	if !ok {
		return nil
	}
	text, err := output(ctx, filepath.Join(s.tree, pkg), binary, "-test.run", "^$", "-test.bench", o.pattern, "-test.benchtime", o.time, "-test.benchmem")
	if err != nil {
		return fmt.Errorf("%s at %s: %w", pkg, s.name, err)
	}
	for _, line := range printed(&s.out, text) {
		if s.where == nil {
			s.where = map[string]string{}
		}
		s.where[nameOf(line)] = pkg
	}
	return nil
}

// runBesides runs the benchmarks again whose goals have a number of rounds, once: the
// long ones, or the others; of those that ran before.
func (s *side) runBesides(ctx context.Context, long bool) error {
	for i := range goals {
		g := &goals[i]
		pkg, ran := s.where[g.benchmark]
		if g.at == "" || g.once != long || !ran {
			continue
		}
		text, err := output(ctx, filepath.Join(s.tree, pkg), s.binaries[pkg], "-test.run", "^$", "-test.bench", "^Benchmark"+g.benchmark+"$", "-test.benchtime", g.at)
		if err != nil {
			return fmt.Errorf("%s %s: %w", pkg, g.name(), err)
		}
		if s.besides == nil {
			s.besides = map[string]*bytes.Buffer{}
		}
		if s.besides[g.at] == nil {
			s.besides[g.at] = &bytes.Buffer{}
		}
		printed(s.besides[g.at], text)
	}
	return nil
}

// nameOf is what a line of a result calls its benchmark, without the number of
// processors.
func nameOf(line string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "Benchmark"), " ")
	name, _, _ = strings.Cut(name, "\t")
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		name = name[:i]
	}
	return name
}

// printed keeps the lines of results, and returns them.
func printed(out *bytes.Buffer, text string) (results []string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Benchmark") {
			out.WriteString(line)
			results = append(results, line)
		}
	}
	return results
}

// output is what a command prints. Its error says what the command said.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	var said bytes.Buffer
	c.Stderr = &said
	text, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), strings.Join(args, " "), err, text, said.Bytes())
	}
	return string(text), nil
}

// write stores what was printed under the side's name, for benchstat.
func (s *side) write(dir string) (string, error) {
	file := filepath.Join(dir, s.name+".txt")
	return s.name + "=" + file, os.WriteFile(file, s.out.Bytes(), 0o600)
}
