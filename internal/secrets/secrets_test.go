package secrets

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"purposeagent/agent"
)

func TestSealAndOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret.key")
	box, err := Open(file, "")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.Seal([]byte("sk-secret"))
	if err != nil || bytes.Contains(sealed, []byte("secret")) {
		t.Fatal(sealed, err)
	}
	if twice, _ := box.Seal([]byte("sk-secret")); bytes.Equal(twice, sealed) {
		t.Error("the same secret is sealed alike twice")
	}
	again, err := Open(file, "") // after a restart
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Open(sealed); err != nil || string(plain) != "sk-secret" {
		t.Error(plain, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := again.Open(bad); err == nil {
			t.Errorf("byte %d can be changed", i)
		}
	}
	other, err := Open("", "a passphrase")
	if err != nil {
		t.Fatal(err)
	}
	for _, rubbish := range [][]byte{nil, {1}, sealed, bytes.Repeat([]byte{1}, 40)} {
		if _, err := other.Open(rubbish); err == nil {
			t.Errorf("%x is opened", rubbish)
		}
	}
}

func TestKeyFiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "secret.key")
	var group sync.WaitGroup
	boxes := make([]*Box, 8)
	for i := range boxes { // all start at once on an empty folder
		group.Go(func() { boxes[i], _ = Open(file, "") })
	}
	group.Wait()
	var sealed []byte
	for _, b := range boxes {
		if b != nil {
			sealed, _ = b.Seal([]byte("x"))
		}
	}
	last, err := Open(file, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := last.Open(sealed); err != nil {
		t.Error("two keys were made:", err)
	}
	if err := os.WriteFile(file, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, ""); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "none", "secret.key"), ""); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Error(err)
	}
}
