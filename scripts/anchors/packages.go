package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed requirements.txt
var requirements []byte

// packages returns a Python that has the pinned packages. They are installed
// once for each list of versions, into a folder of their own below the user's
// cache.
func packages(ctx context.Context, cache string) (string, error) {
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		cache = filepath.Join(user, "purpose-anchors")
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
	fmt.Fprintln(os.Stderr, "installing the environments into", folder)
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	list := filepath.Join(cache, "requirements.txt")
	if err := os.WriteFile(list, requirements, 0o600); err != nil {
		return "", err
	}
	for _, words := range [][]string{{"python3", "-m", "venv", "--clear", folder}, {python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", list}} {
		if _, err := output(ctx, words...); err != nil {
			return "", fmt.Errorf("the environments can't be installed: %w", err)
		}
	}
	return python, os.WriteFile(whole, nil, 0o600)
}

// output runs a program and returns what it printed; its error says the last
// line that it complained with.
func output(ctx context.Context, words ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
		return nil, fmt.Errorf("%s: %w: %s", words[0], err, lines[len(lines)-1])
	}
	return out.Bytes(), nil
}
