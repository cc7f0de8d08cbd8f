package work

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Units of the warm-up count for what is kept, not for what is measured, and an
// operation is done even where there is no time for it.
func TestMeasure(t *testing.T) {
	calls := 0
	got, before, err := Measure(0, func() (int, error) { calls++; time.Sleep(time.Millisecond); return 4, nil })
	if err != nil || calls != 2 || got.Units != 4 || before != 4 {
		t.Errorf("%d calls, got %+v after %d units, %v", calls, got, before, err)
	}
	if got.Wall < 250e3 {
		t.Errorf("a millisecond of sleep for 4 units took %v ns each", got.Wall)
	}
	broken := errors.New("broken")
	if _, _, err := Measure(0, func() (int, error) { return 1, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, _, err := Measure(0, func() (int, error) { return 0, nil }); err == nil {
		t.Error("nothing was done, and measured")
	}
}

func TestSizeOf(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"a": 100, "in/b": 23} {
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := sizeOf(folder); err != nil || got != 123 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := sizeOf(filepath.Join(folder, "missing")); err == nil {
		t.Error("a missing folder has a size")
	}
}
