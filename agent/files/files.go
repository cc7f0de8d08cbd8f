// Package files keeps what an environment has beside its states: files that
// people look at with a step (a screenshot, a difference, a program's output),
// and contents that an environment needs to go on from a state and that are too
// large for one. Contents are named by their SHA-256 and belong to one run.
//
// An environment finds the place for them in its context, so that one value
// needs to know nothing of runs:
//
//	err := files.Attach(ctx, files.File{Name: "screen.png", Type: "image/png", Text: "the page"}, png)
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"mime"
	"regexp"
	"strings"
	"sync"
)

// Bounds of what is kept.
const (
	MaxContent  = 16 << 20  // bytes of one content
	MaxRun      = 256 << 20 // bytes of all contents of a run
	MaxAttached = 20        // files of one step
	maxText     = 400       // bytes of a File's Text
)

// File says what a file of a step is. Its content is kept beside the run.
type File struct {
	Name string `json:"name"` // of letters, digits, ".", "-" and "_", once in a step
	Type string `json:"type"` // its media type, such as "image/png"
	// Text says what it shows, for those who don't see it.
	Text string `json:"text,omitempty"`
	Size int    `json:"size"` // bytes; set by Attach
	Hash string `json:"hash"` // of the content; set by Attach
}

// Store keeps contents for one run. Implementations are safe for concurrent use.
type Store interface {
	// Keep keeps contents; one that is there already costs nothing. All are durable
	// when it returns. Errors: ErrFull, or those of the store.
	Keep(ctx context.Context, contents ...[]byte) error
	// Content returns a content that was kept. Errors: ErrNotKept.
	Content(ctx context.Context, hash string) ([]byte, error)
}

// Errors of stores.
var (
	ErrNotKept = errors.New("this content is not kept")
	ErrFull    = fmt.Errorf("a run keeps at most %d MB of files", MaxRun>>20)
)

// Hash names a content: its SHA-256 in hex.
func Hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Desk is where the environment of one episode leaves its files. It is safe for
// concurrent use.
type Desk struct {
	store Store
	mu    sync.Mutex
	files []File
}

// NewDesk returns a desk over a store; without one, nothing is kept and nothing
// can be attached.
func NewDesk(store Store) *Desk { return &Desk{store: store} }

type deskKey struct{}

// With returns the context with which an environment is called.
func (d *Desk) With(ctx context.Context) context.Context { return context.WithValue(ctx, deskKey{}, d) }

// Take returns what was attached since it was called last.
func (d *Desk) Take() []File {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := d.files
	d.files = nil
	return list
}

func deskOf(ctx context.Context) *Desk {
	if d, ok := ctx.Value(deskKey{}).(*Desk); ok && d.store != nil {
		return d
	}
	return nil
}

// Kept reports whether anybody keeps anything in the context.
func Kept(ctx context.Context) bool { return deskOf(ctx) != nil }

// Keep keeps contents of the run; where nobody keeps anything it does nothing.
// Errors are those of the store, and one for a content above MaxContent.
func Keep(ctx context.Context, contents ...[]byte) error {
	d := deskOf(ctx)
	if d == nil || len(contents) == 0 {
		return nil
	}
	for _, c := range contents {
		if len(c) > MaxContent {
			return fmt.Errorf("a file of %d bytes can't be kept; at most %d are", len(c), MaxContent)
		}
	}
	return d.store.Keep(ctx, contents...)
}

// Content returns a content that was kept. Errors: ErrNotKept, also where nobody
// keeps anything, and those of the store.
func Content(ctx context.Context, hash string) ([]byte, error) {
	if d := deskOf(ctx); d != nil {
		return d.store.Content(ctx, hash)
	}
	return nil, ErrNotKept
}

var fileName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`)

// Attach shows a file with the step that is being done; where nobody keeps
// anything it does nothing. A second one of the same name replaces the first.
// Errors say what is wrong with the file, or are those of Keep.
func Attach(ctx context.Context, f File, content []byte) error {
	d := deskOf(ctx)
	if d == nil {
		return nil
	}
	kind, _, err := mime.ParseMediaType(f.Type)
	switch {
	case !fileName.MatchString(f.Name):
		return fmt.Errorf("a file of a step can't be called %.60q", f.Name)
	case err != nil || kind == "":
		return fmt.Errorf("the file %s has the media type %.60q", f.Name, f.Type)
	}
	f.Text = strings.ToValidUTF8(f.Text[:min(len(f.Text), maxText)], "")
	f.Size, f.Hash = len(content), Hash(content)
	if err := Keep(ctx, content); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.files {
		if d.files[i].Name == f.Name {
			d.files[i] = f
			return nil
		}
	}
	if len(d.files) == MaxAttached {
		return fmt.Errorf("a step has at most %d files", MaxAttached)
	}
	d.files = append(d.files, f)
	return nil
}

// Memory keeps contents as long as it is there. The zero value is ready.
type Memory struct {
	mu   sync.Mutex
	kept map[string][]byte
	size int64
}

var _ Store = (*Memory)(nil)

// Keep keeps copies of the contents, all or none.
func (m *Memory) Keep(_ context.Context, contents ...[]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	more := map[string][]byte{}
	size := m.size
	for _, c := range contents {
		h := Hash(c)
		if m.kept[h] != nil || more[h] != nil {
			continue
		}
		if size += int64(len(c)); size > MaxRun {
			return ErrFull
		}
		more[h] = append([]byte{}, c...)
	}
	if m.kept == nil {
		m.kept = map[string][]byte{}
	}
	maps.Copy(m.kept, more)
	m.size = size
	return nil
}

// Content returns a content; it must not be changed.
func (m *Memory) Content(_ context.Context, hash string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.kept[hash]; ok {
		return c, nil
	}
	return nil, ErrNotKept
}
