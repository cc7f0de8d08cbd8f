// Command notices prints the licences of what the program is built from: every
// module whose packages are linked, with either SQLite driver and on each system
// that a release is made for, and the vendored files. The output is
// THIRD_PARTY_NOTICES.txt; make notices writes it.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

// part is something that others wrote.
type part struct{ name, version, folder string }

// isLicence tells files that have to go with copies.
var isLicence = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice)([.-].*)?$`)

func write(to io.Writer) error {
	var w bytes.Buffer
	parts, err := modules()
	if err != nil {
		return err
	}
	texts := map[string][]string{} // by text: who has it
	var order []string
	add := func(who, text string) {
		text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
		if _, known := texts[text]; !known {
			order = append(order, text)
		}
		texts[text] = append(texts[text], who)
	}
	for _, p := range parts {
		found, err := licences(p.folder)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("%s %s has no licence that is known: look at it before it is shipped", p.name, p.version)
		}
		for _, text := range found {
			add(strings.TrimSpace(p.name+" "+p.version), text)
		}
	}
	for _, folder := range []string{"static/vendor", "static/fonts"} {
		vendored, err := filepath.Glob(filepath.Join(folder, "*.LICENSE"))
		if err != nil {
			return err
		}
		for _, file := range vendored {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			add(strings.TrimSuffix(file, ".LICENSE"), string(text))
		}
	}
	fmt.Fprint(&w, "Purpose is built from the modules and files below. Each is followed by its licence;\nthe source of a module is at https://pkg.go.dev/ and its path. Written by make notices.\n")
	for _, text := range order {
		fmt.Fprintf(&w, "\n%s\n", strings.Repeat("=", 80))
		for _, who := range slices.Compact(texts[text]) {
			fmt.Fprintln(&w, who)
		}
		fmt.Fprintf(&w, "%s\n\n%s\n", strings.Repeat("-", 80), text)
	}
	_, err = w.WriteTo(to)
	return err
}

// builds are the settings in which the program is shipped.
var builds = [][]string{
	{"CGO_ENABLED=1"},
	{"CGO_ENABLED=0", "GOFLAGS=-tags=purego", "GOOS=linux"},
	{"CGO_ENABLED=0", "GOFLAGS=-tags=purego", "GOOS=darwin"},
}

// modules lists what is linked, Go itself first: the standard library is.
func modules() ([]part, error) {
	root, err := output(nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, env := range builds {
		out, err := output(env, "go", "list", "-deps", "-json=Module", "./cmd/web")
		if err != nil {
			return nil, err
		}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				Module *struct {
					Path, Version, Dir string
					Main               bool
				}
			}
			if err := d.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			if p.Module != nil && !p.Module.Main {
				parts = append(parts, part{name: p.Module.Path, version: p.Module.Version, folder: p.Module.Dir})
			}
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })
	return append([]part{{name: "Go", folder: strings.TrimSpace(string(root))}}, slices.Compact(parts)...), nil
}

// licences reads the licence files of a folder.
func licences(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() || !isLicence.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, string(text))
	}
	return out, nil
}

func output(env []string, words ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	c := exec.CommandContext(context.Background(), words[0], words[1:]...)
	c.Env = append(os.Environ(), env...)
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(complaint.String()))
	}
	return out.Bytes(), nil
}
