package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"purposeagent/agent/files"
)

// Files runs the conformance suite of files.Store on new, empty stores.
func Files(t *testing.T, fresh func() files.Store) {
	runChecks(t, func(*testing.T) files.Store { return fresh() }, []check[files.Store]{
		{"it gives back what it keeps", checkKeeps},
		{"it says what it does not keep", checkNotKept},
		{"it keeps a copy", checkCopies},
		{"it takes the same at the same time", checkKeepsTogether},
	})
}

func checkKeeps(s files.Store) error {
	ctx := context.Background()
	contents := [][]byte{nil, {}, []byte("one"), bytes.Repeat([]byte("much "), 50_000), {0, 1, 2, 255}}
	if err := s.Keep(ctx, contents...); err != nil {
		return err
	}
	for i := range 2 {
		for _, c := range contents {
			got, err := s.Content(ctx, files.Hash(c))
			if err != nil || !bytes.Equal(got, c) {
				return fmt.Errorf("%d bytes came back as %d: %w", len(c), len(got), err)
			}
		}
		if err := s.Keep(ctx, contents...); err != nil {
			return fmt.Errorf("kept again, %d: %w", i, err)
		}
	}
	return nil
}

func checkNotKept(s files.Store) error {
	for _, hash := range []string{files.Hash([]byte("never kept")), "", "no hash"} {
		if _, err := s.Content(context.Background(), hash); !errors.Is(err, files.ErrNotKept) {
			return fmt.Errorf("of %q it says %w, want ErrNotKept", hash, err)
		}
	}
	return nil
}

func checkCopies(s files.Store) error {
	content := []byte("as it was")
	hash := files.Hash(content)
	if err := s.Keep(context.Background(), content); err != nil {
		return err
	}
	content[0] = 'X'
	got, err := s.Content(context.Background(), hash)
	return first(err, mismatch("content", string(got), "as it was"))
}

func checkKeepsTogether(s files.Store) error {
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() {
			for n := range 10 {
				errs[i] = errors.Join(errs[i], s.Keep(context.Background(), []byte{byte(n)}, []byte{byte(n), byte(i)}))
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i := range errs {
		if _, err := s.Content(context.Background(), files.Hash([]byte{9, byte(i)})); err != nil {
			return err
		}
	}
	return nil
}
