package sandbox

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	if err := errors.Join(writeFrame(&b, frameStdout, []byte("one")), writeFrame(&b, frameEnd, nil)); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	kind, payload, err := readFrame(&b)
	if err != nil || kind != frameStdout || string(payload) != "one" {
		t.Errorf("got %q %q, %v", kind, payload, err)
	}
	if kind, payload, err = readFrame(&b); err != nil || kind != frameEnd || len(payload) > 0 {
		t.Errorf("got %q %q, %v", kind, payload, err)
	}
	if _, _, err = readFrame(&b); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
	for _, broken := range []string{string(whole[:3]), string(whole[:7]), "z\x00\x00\x00\x00", "o\xff\xff\xff\xff", "o\x00\x40\x00\x01"} {
		if _, _, err := readFrame(strings.NewReader(broken)); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%q: %v", broken, err)
		}
	}
	if err := writeFrame(io.Discard, frameData, make([]byte, maxFrame+1)); err == nil {
		t.Error("a frame above the bound was written")
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte("o\x00\x00\x00\x01x"))
	f.Add([]byte("f\x00\x00\x00\x02{}e\x00\x00\x00\x00"))
	f.Add([]byte("d\x00\x40\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		var again bytes.Buffer
		for {
			kind, payload, err := readFrame(r)
			if err != nil {
				break
			}
			if err := writeFrame(&again, kind, payload); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.HasPrefix(b, again.Bytes()) {
			t.Errorf("%q was read as %q", b, again.Bytes())
		}
	})
}

func TestLocate(t *testing.T) {
	cfg := Config{Folders: []string{"/tests"}}
	for name, want := range map[string]place{
		"": {Root, "."}, ".": {Root, "."}, "a//b/": {Root, "a/b"}, "/workspace": {Root, "."}, "/workspace/./a": {Root, "a"}, "/tests": {"/tests", "."}, "/tests/x": {"/tests", "x"},
	} {
		if got, err := cfg.locate(name); err != nil || got != want {
			t.Errorf("%q is %+v (%v)", name, got, err)
		}
	}
	for _, name := range []string{"..", "a/../b", "/", "/workx", "/testsx", "/etc/passwd", "a\x00", strings.Repeat("x", 5000)} {
		if got, err := cfg.locate(name); err == nil {
			t.Errorf("%q is %+v", name, got)
		}
	}
}

func TestMeter(t *testing.T) {
	var m meter
	m.reset(sample{cpu: 10})
	var got []time.Duration
	for _, cpu := range []time.Duration{15, 12, 16, 14, 14, 20} { // missing once, then lost
		got = append(got, m.add(sample{cpu: cpu}))
	}
	want := []time.Duration{5, 5, 6, 6, 6, 12}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
