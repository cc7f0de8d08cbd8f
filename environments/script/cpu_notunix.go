//go:build !unix

package script

import "time"

// worked returns how long this process has run: here nobody knows what of that
// it worked.
func worked() time.Duration { return time.Since(started) }
