// Package venv sets up virtual environments of Python for the tools here.
package venv

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Python returns a Python that has the pinned packages of the requirements.
// They are installed once for each list of versions, into a folder of their own
// below cache; "" is the user's cache, under the name.
func Python(ctx context.Context, cache, name string, requirements []byte) (string, error) {
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(user, name)
	}
	sum := sha256.Sum256(requirements)
	folder, err := filepath.Abs(filepath.Join(cache, hex.EncodeToString(sum[:6])))
	if err != nil {
		return "", err
	}
	python, whole := filepath.Join(folder, "bin", "python"), filepath.Join(folder, "complete")
	if _, err := os.Stat(whole); err == nil {
		return python, nil
	}
	fmt.Fprintln(os.Stderr, "installing Python packages into", folder)
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	list := filepath.Join(cache, "requirements.txt")
	if err := os.WriteFile(list, requirements, 0o600); err != nil {
		return "", err
	}
	for _, words := range [][]string{{"python3", "-m", "venv", "--clear", folder}, {python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", list}} {
		if _, err := Output(ctx, words...); err != nil {
			return "", fmt.Errorf("the Python packages can't be installed: %w", err)
		}
	}
	return python, os.WriteFile(whole, nil, 0o600)
}

// Output runs a program and returns what it printed; its error says the last
// line that it complained with.
func Output(ctx context.Context, words ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("%s: %w: %s", words[0], err, lines[len(lines)-1])
	}
	return out.Bytes(), nil
}
