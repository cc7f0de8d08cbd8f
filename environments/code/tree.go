package code

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/internal/sandbox"
)

// maxEntries bounds the files and folders of a workspace: each content is kept
// with the run.
const maxEntries = 5_000

// entry is a file, a folder or a link of a tree.
type entry struct {
	Kind   byte   `json:"k"`           // of tar: TypeReg, TypeDir, TypeSymlink
	Mode   int64  `json:"m,omitempty"` // permission bits
	Hash   string `json:"h,omitempty"` // of a file's content
	Size   int    `json:"s,omitempty"`
	Target string `json:"t,omitempty"` // of a link
}

// tree is what a workspace holds, by path below its root, without times: the same
// files are the same tree.
type tree struct {
	entries  map[string]entry
	contents map[string][]byte // by hash
	hash     string            // of the list; the whole is named by it
	list     []byte
}

// readTree reads a folder of a workspace.
func readTree(ctx context.Context, w *sandbox.Workspace, root string) (*tree, error) {
	var packed bytes.Buffer
	if err := w.Archive(ctx, root, &packed); err != nil {
		return nil, err
	}
	t := &tree{entries: map[string]entry{}, contents: map[string][]byte{}}
	for r := tar.NewReader(&packed); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the workspace: %w", err)
		}
		if err := t.add(h, r); err != nil {
			return nil, err
		}
	}
	return t, t.seal()
}

func (t *tree) add(h *tar.Header, content io.Reader) error {
	name := strings.TrimSuffix(path.Clean(h.Name), "/")
	if name == "." {
		return nil
	}
	if len(t.entries) >= maxEntries {
		return agent.Errorf(agent.CodeConflict, "the workspace holds more than %d files and folders", maxEntries)
	}
	e := entry{Kind: h.Typeflag, Mode: h.Mode & 0o777}
	switch h.Typeflag {
	case tar.TypeReg:
		if h.Size > files.MaxContent {
			return agent.Errorf(agent.CodeConflict, "the file %s has %d bytes; a file of this workspace may have %d", name, h.Size, files.MaxContent)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return fmt.Errorf("read the workspace: %w", err)
		}
		e.Hash, e.Size = files.Hash(data), len(data)
		t.contents[e.Hash] = data
	case tar.TypeSymlink:
		e.Target = h.Linkname
	case tar.TypeDir:
	default:
		return nil
	}
	t.entries[name] = e
	return nil
}

// seal names the tree.
func (t *tree) seal() error {
	var err error
	t.list, err = json.Marshal(t.entries) // keys come sorted
	t.hash = files.Hash(t.list)
	return err
}

// keep makes the tree durable with the run; before is the one that is kept already.
func (t *tree) keep(ctx context.Context, before *tree) error {
	if before != nil && before.hash == t.hash {
		return nil
	}
	fresh := [][]byte{t.list}
	for hash, content := range t.contents {
		if before == nil || before.contents[hash] == nil {
			fresh = append(fresh, content)
		}
	}
	return keepError(files.Keep(ctx, fresh...))
}

func keepError(err error) error {
	if errors.Is(err, files.ErrFull) {
		return agent.Errorf(agent.CodeConflict, "%s; write less, or remove what is not needed", err.Error())
	}
	return err
}

// loadTree reads a tree that was kept.
func loadTree(ctx context.Context, hash string) (*tree, error) {
	list, err := files.Content(ctx, hash)
	if err != nil {
		return nil, gone(err)
	}
	t := &tree{entries: map[string]entry{}, contents: map[string][]byte{}, hash: hash, list: list}
	if err := json.Unmarshal(list, &t.entries); err != nil {
		return nil, fmt.Errorf("read a kept workspace: %w", err)
	}
	for _, e := range t.entries {
		if e.Kind != tar.TypeReg || t.contents[e.Hash] != nil {
			continue
		}
		content, err := files.Content(ctx, e.Hash)
		if err != nil {
			return nil, gone(err)
		}
		t.contents[e.Hash] = content
	}
	return t, nil
}

func gone(err error) error {
	if errors.Is(err, files.ErrNotKept) {
		return agent.Errorf(agent.CodeUnavailable, "the files of this state are not kept, so it can't be entered again")
	}
	return err
}

// names are the paths of the tree in order.
func (t *tree) names() []string { return slices.Sorted(maps.Keys(t.entries)) }

// put makes a folder of a workspace hold exactly the tree.
func (t *tree) put(ctx context.Context, w *sandbox.Workspace, root string) error {
	if err := w.Remove(ctx, root); err != nil {
		return err
	}
	var packed bytes.Buffer
	out := tar.NewWriter(&packed)
	now := time.Now()
	for _, name := range t.names() {
		e := t.entries[name]
		h := &tar.Header{Typeflag: e.Kind, Name: name, Mode: e.Mode, Linkname: e.Target, Size: int64(e.Size), ModTime: now, Format: tar.FormatPAX}
		if err := out.WriteHeader(h); err != nil {
			return fmt.Errorf("pack the workspace: %w", err)
		}
		if e.Kind == tar.TypeReg {
			if _, err := out.Write(t.contents[e.Hash]); err != nil {
				return fmt.Errorf("pack the workspace: %w", err)
			}
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("pack the workspace: %w", err)
	}
	return w.Unpack(ctx, root, &packed)
}

// content returns a file of the tree.
func (t *tree) content(name string) ([]byte, bool) {
	e, ok := t.entries[name]
	if !ok || e.Kind != tar.TypeReg {
		return nil, false
	}
	return t.contents[e.Hash], true
}
