// Package secrets keeps small secrets, such as model keys, sealed at rest.
package secrets

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"purposeagent/agent"
)

// keyBytes is the length of a key: AES-256.
const keyBytes = 32

// version begins every sealed secret, so that another way can follow.
const version = 1

// Box seals and opens secrets by AES-256-GCM (NIST SP 800-38D) with a random
// nonce for each. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// New returns a box for a key of 32 bytes.
func New(key []byte) (*Box, error) {
	if len(key) != keyBytes {
		return nil, fmt.Errorf("a key has %d bytes, not %d", keyBytes, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Box{aead}, err
}

// Open returns the box of an installation: by the passphrase where there is one
// (of PURPOSE_SECRET, where several machines share a database), else by the key
// in a file, which is made the first time and readable by its owner only.
// Errors: CodeInvalid for a file that holds no key, CodeUnavailable for one
// that can't be read.
func Open(file, passphrase string) (*Box, error) {
	if passphrase != "" {
		key := sha256.Sum256([]byte("purpose model keys\x00" + passphrase))
		return New(key[:])
	}
	key, err := readKey(file)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(file)
	}
	if err != nil {
		return nil, err
	}
	return New(key)
}

func readKey(file string) ([]byte, error) {
	raw, err := os.ReadFile(filepath.Clean(file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, agent.Wrap(agent.CodeUnavailable, err, "the file %s with the key of stored model keys can't be read", file)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(raw)))
	if err != nil || len(key) != keyBytes {
		return nil, agent.Errorf(agent.CodeInvalid, "the file %s holds no key: restore it from a backup, or move it away and store the model keys again", file)
	}
	return key, nil
}

// makeKey draws a key and stores it unless somebody else was faster.
func makeKey(file string) ([]byte, error) {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails, by its documentation
	f, err := os.OpenFile(filepath.Clean(file), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return readKey(file)
	}
	if err != nil {
		return nil, agent.Wrap(agent.CodeUnavailable, err, "the file %s with the key of stored model keys can't be written", file)
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, agent.Wrap(agent.CodeUnavailable, err, "the file %s with the key of stored model keys can't be written", file)
	}
	return key, nil
}

// Seal returns the secret as only this box can open it.
func (b *Box) Seal(plain []byte) ([]byte, error) {
	nonce := make([]byte, b.aead.NonceSize())
	_, _ = rand.Read(nonce)
	sealed := append([]byte{version}, nonce...)
	return b.aead.Seal(sealed, nonce, plain, []byte{version}), nil
}

// Open returns what was sealed, or an error for everything else.
func (b *Box) Open(sealed []byte) ([]byte, error) {
	n := b.aead.NonceSize()
	if len(sealed) < 1+n || sealed[0] != version {
		return nil, errors.New("it was not sealed here")
	}
	return b.aead.Open(nil, sealed[1:1+n], sealed[1+n:], []byte{version})
}
