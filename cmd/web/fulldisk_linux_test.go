package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadinessOnAFullDisk serves the real program from a disk of a few megabytes
// that somebody else fills: whoever asks whether it is ready hears what is wrong,
// also in a page, and that it is well again.
func TestReadinessOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("a small disk can't be mounted without root: %v", err)
		}
		t.Fatalf("a small disk can't be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	s := serve(t, filepath.Join(dir, "data"), "")
	t.Cleanup(s.kill) // before the disk is taken away
	ballast := filepath.Join(dir, "ballast")
	file, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = file.Write(bytes.Repeat([]byte("x"), 4<<10))
	}
	if closed := file.Close(); !errors.Is(err, syscall.ENOSPC) || closed != nil {
		t.Fatal(err, closed)
	}
	for _, path := range []string{"/readyz", "/readyz?again"} {
		status, body := s.page(http.MethodGet, path)
		if want := fmt.Sprintf("the disk of the data folder %s is full; free some space", s.data); status != http.StatusServiceUnavailable || !strings.Contains(body, want) {
			t.Errorf("%s on a full disk: %d %q, want %q", path, status, body, want)
		}
	}
	if status, _ := s.page(http.MethodGet, "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz on a full disk: %d; the program itself is well", status)
	}
	if status, _ := s.page(http.MethodGet, "/runs"); status != http.StatusOK {
		t.Errorf("/runs on a full disk: %d; what is there can be read", status)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	for { // an answer holds for readyFor
		if status, _ := s.page(http.MethodGet, "/readyz"); status == http.StatusOK {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("it is not ready again with room on its disk")
		}
	}
}
