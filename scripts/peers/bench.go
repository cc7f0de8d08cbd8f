package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"purposeagent/scripts/peers/work"
	"purposeagent/scripts/venv"
)

//go:embed requirements.txt
var requirements []byte

// bench is what measures: the programs, and the model server that they ask.
type bench struct {
	folder string
	start  map[string][]string
	server *httptest.Server
	python string
	eino   []string // modules with their versions
}

// einoModules are named in the table.
var einoModules = []string{"github.com/cloudwego/eino", "github.com/cloudwego/eino-ext/components/model/openai"}

// setUp builds and installs the programs.
func setUp(ctx context.Context, folder, cache string) (*bench, error) {
	const scripts = "scripts/peers"
	if _, err := os.Stat(filepath.Join(scripts, "python")); err != nil {
		return nil, errors.New("it must be started at the root of the repository")
	}
	python, err := venv.Python(ctx, cache, "purpose-peers", requirements)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "building our side and eino's")
	b := &bench{folder: folder, python: python}
	mine, theirs, module := filepath.Join(folder, "ours"), filepath.Join(folder, "eino"), filepath.Join(folder, "module")
	err = errors.Join(os.CopyFS(module, os.DirFS(scripts+"/testdata/eino")), os.CopyFS(filepath.Join(module, "work"), os.DirFS(scripts+"/work")))
	if err != nil {
		return nil, err
	}
	for _, words := range [][]string{{"go", "build", "-o", mine, "./" + scripts + "/ours"}, {"go", "build", "-C", module, "-trimpath", "-o", theirs, "."}} {
		if _, err := venv.Output(ctx, words...); err != nil {
			return nil, err
		}
	}
	info, err := buildinfo.ReadFile(theirs)
	if err != nil {
		return nil, err
	}
	for _, d := range info.Deps {
		for _, m := range einoModules {
			if d.Path == m {
				b.eino = append(b.eino, d.Path+" "+d.Version)
			}
		}
	}
	b.start = map[string][]string{
		"ours": {mine}, "eino": {theirs},
		"langgraph":     {python, filepath.Join(scripts, "python", "langgraph_peer.py")},
		"purpose-agent": {python, filepath.Join(scripts, "python", "purpose_agent_peer.py")},
	}
	b.server = httptest.NewServer(http.HandlerFunc(serve))
	return b, nil
}

// measure has one program do a piece of work, in a process of its own.
func (b *bench) measure(ctx context.Context, w piece, p program, during time.Duration) (work.Result, error) {
	words := append([]string{}, b.start[p.start]...)
	words = append(words, "-work", w.work, "-form", p.form, "-steps", strconv.Itoa(w.steps), "-for", fmt.Sprintf("%gs", during.Seconds()), "-server", b.server.URL)
	if w.input != nil {
		file := filepath.Join(b.folder, w.name()+".json")
		raw, err := json.Marshal(w.input(w.steps))
		if err != nil {
			return work.Result{}, err
		}
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			return work.Result{}, err
		}
		words = append(words, "-input", file)
	}
	if w.files {
		files, err := os.MkdirTemp(b.folder, "files-")
		if err != nil {
			return work.Result{}, err
		}
		defer os.RemoveAll(files) //nolint:errcheck // it is temporary
		words = append(words, "-folder", files)
	}
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1", "LANGSMITH_TRACING=false", "PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0")
	var out, complaint bytes.Buffer
	c.Stdout, c.Stderr = &out, &complaint
	if err := c.Run(); err != nil {
		return work.Result{}, fmt.Errorf("%w: %s", err, strings.TrimSpace(complaint.String()))
	}
	return read(out.Bytes())
}

// read takes what a program printed.
func read(raw []byte) (work.Result, error) {
	var r work.Result
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("what it printed can't be read: %w: %q", err, raw)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r, fmt.Errorf("it printed more than a result: %q", raw)
	}
	if r.Units < 1 || r.CPU <= 0 || r.Wall <= 0 || r.Written < 0 || r.Kept < 0 {
		return r, fmt.Errorf("it measured nothing: %q", raw)
	}
	return r, nil
}

// whole and streamed are the bodies of the model server's answers.
var whole, streamed = bodies(answer)

func bodies(text string) (whole, streamed []byte) {
	quoted := func(s string) string { raw, _ := json.Marshal(s); return string(raw) } //nolint:errchkjson // a string
	whole = []byte(`{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":` + quoted(text) +
		`},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}`)
	var b strings.Builder
	event := func(delta, finish string) {
		fmt.Fprintf(&b, "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n", delta, finish)
	}
	for _, piece := range strings.SplitAfter(text, " ") {
		event(`{"content":`+quoted(piece)+`}`, "null")
	}
	event("{}", `"stop"`)
	b.WriteString("data: [DONE]\n\n")
	return whole, []byte(b.String())
}

// serve is the model server: it reads the request and gives the same answer,
// streamed where that is asked for, in one write.
func serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/v1/chat/completions" {
		http.Error(w, "there are only chat completions", http.StatusNotFound)
		return
	}
	if bytes.Contains(raw, []byte(`"stream":true`)) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write(streamed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(whole)
}
