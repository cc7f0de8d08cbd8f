//go:build !linux

package script

import "os"

// limitProcess does nothing: here a child watches its memory by itself.
func limitProcess(int64) error { return nil }

// resident returns 0: nobody knows.
func resident(int) int64 { return 0 }

// itself is where this program is.
func itself() (string, error) { return os.Executable() }
