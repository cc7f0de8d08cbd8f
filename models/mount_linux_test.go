package models

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// mountSmall puts a disk of a few bytes on a folder. Where a disk can't be
// mounted the test fails in CI, and is left out for who tests without root.
func mountSmall(t *testing.T, dir string, size int) {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
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
}
