package files_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent/files"
)

func TestAttach(t *testing.T) {
	desk := files.NewDesk(&files.Memory{})
	ctx := desk.With(t.Context())
	if err := files.Attach(ctx, files.File{Name: "a.txt", Type: "text/plain; charset=utf-8", Text: strings.Repeat("é", 400)}, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := files.Attach(ctx, files.File{Name: "a.txt", Type: "text/plain"}, []byte("two")); err != nil {
		t.Fatal(err)
	}
	if err := files.Attach(ctx, files.File{Name: "b.png", Type: "image/png", Text: strings.Repeat("é", 401)}, nil); err != nil {
		t.Fatal(err)
	}
	list := desk.Take()
	if len(list) != 2 || list[0].Name != "a.txt" || list[0].Size != 3 || list[0].Hash != files.Hash([]byte("two")) {
		t.Fatalf("got %+v, want the second of the same name in its place", list)
	}
	if !utf8.ValidString(list[1].Text) || len(list[1].Text) > 400 {
		t.Errorf("a text of %d bytes", len(list[1].Text))
	}
	if len(desk.Take()) != 0 {
		t.Error("they are taken twice")
	}
	if content, err := files.Content(ctx, list[0].Hash); err != nil || string(content) != "two" {
		t.Errorf("got %q, %v", content, err)
	}
}

func TestBadFilesAreRefused(t *testing.T) {
	ctx := files.NewDesk(&files.Memory{}).With(t.Context())
	for _, f := range []files.File{
		{Name: "", Type: "text/plain"}, {Name: "../x", Type: "text/plain"}, {Name: "a/b", Type: "text/plain"}, {Name: ".hidden", Type: "text/plain"},
		{Name: "a\nb", Type: "text/plain"}, {Name: strings.Repeat("a", 101), Type: "text/plain"}, {Name: "a", Type: ""}, {Name: "a", Type: "text/plain\r\nX: y"},
	} {
		if err := files.Attach(ctx, f, []byte("x")); err == nil {
			t.Errorf("%q of type %q was taken", f.Name, f.Type)
		}
	}
	if err := files.Attach(ctx, files.File{Name: "a", Type: "text/plain"}, make([]byte, files.MaxContent+1)); err == nil {
		t.Error("a file beyond the limit was taken")
	}
	for i := range files.MaxAttached + 1 {
		err := files.Attach(ctx, files.File{Name: "f" + strings.Repeat("x", i), Type: "text/plain"}, nil)
		if (err != nil) != (i == files.MaxAttached) {
			t.Errorf("file %d: %v", i+1, err)
		}
	}
}

// TestNobodyKeeps holds that an environment need not know whether files are kept.
func TestNobodyKeeps(t *testing.T) {
	for _, ctx := range []context.Context{t.Context(), files.NewDesk(nil).With(t.Context())} {
		if err := errors.Join(files.Attach(ctx, files.File{Name: "a", Type: "text/plain"}, []byte("x")), files.Keep(ctx, []byte("x"))); err != nil || files.Kept(ctx) {
			t.Errorf("kept %v, %v", files.Kept(ctx), err)
		}
		if _, err := files.Content(ctx, files.Hash([]byte("x"))); !errors.Is(err, files.ErrNotKept) {
			t.Errorf("got %v", err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m files.Memory
	large := make([]byte, files.MaxContent)
	for i := range files.MaxRun / files.MaxContent {
		large[0] = byte(i)
		if err := m.Keep(t.Context(), large, large); err != nil {
			t.Fatal(i, err)
		}
	}
	small := []byte("one more")
	if err := m.Keep(t.Context(), small); !errors.Is(err, files.ErrFull) {
		t.Errorf("got %v", err)
	}
	if err := m.Keep(t.Context(), large); err != nil {
		t.Errorf("one that is there already: %v", err)
	}
	if got, err := m.Content(t.Context(), files.Hash(large)); err != nil || !bytes.Equal(got, large) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}
