package task

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Digest identifies what the task is: SHA-256 in hex of all that was read of it.
func (t *Task) Digest() string {
	h := sha256.New()
	add := func(part string) { _, _ = fmt.Fprintf(h, "%d:%s,", len(part), part) } // a hash never fails
	for _, part := range []string{t.ID, t.Text, t.Dir, t.Limit.String(), strconv.FormatInt(t.MemoryMB, 10), fmt.Sprint(t.Visible), fmt.Sprint(t.Verify)} {
		add(part)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Env)) {
		add(name + "=" + t.Env[name])
	}
	for _, list := range [][]File{t.Files, t.Hidden} {
		add(strconv.Itoa(len(list)))
		for _, f := range list {
			add(f.Path)
			add(strconv.FormatBool(f.Exec))
			add(string(f.Data))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
