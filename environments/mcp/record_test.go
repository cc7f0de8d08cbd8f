package mcp_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// A transcript has one line for each message: "> " before what we say, "< " before
// what the server says, as it was said.

// record runs a server between us and it and writes down what both say: words
// are the transcript and the server's command.
func record(words []string) {
	file, err := os.Create(words[0])
	if err != nil {
		panic(err)
	}
	defer func() { _ = file.Close() }()
	var mu sync.Mutex
	copyLines := func(mark string, from io.Reader, to io.Writer) {
		lines := bufio.NewScanner(from)
		lines.Buffer(nil, 32<<20)
		for lines.Scan() {
			mu.Lock()
			_, _ = fmt.Fprintf(file, "%s %s\n", mark, lines.Bytes())
			mu.Unlock()
			_, _ = to.Write(append(lines.Bytes(), '\n'))
		}
	}
	server := exec.Command(words[1], words[2:]...)
	server.Stderr = os.Stderr
	in, err := server.StdinPipe()
	if err != nil {
		panic(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := server.Start(); err != nil {
		panic(err)
	}
	go func() {
		copyLines(">", os.Stdin, in)
		_ = in.Close()
	}()
	copyLines("<", out, os.Stdout)
	_ = server.Wait()
}

// replay plays the server of a transcript: it says what the server said, as long
// as each of our messages is byte for byte the one that was recorded.
func replay(name string) {
	transcript, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	out := bufio.NewWriter(os.Stdout)
	for line := range bytes.Lines(transcript) {
		mark, text := line[0], bytes.TrimRight(line[2:], "\n")
		if mark == '<' {
			_, _ = out.Write(append(text, '\n'))
			_ = out.Flush()
			continue
		}
		said, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		if said = bytes.TrimRight(said, "\n"); !bytes.Equal(said, text) {
			fmt.Fprintf(os.Stderr, "said %s\nwant %s\n", said, text)
			os.Exit(8)
		}
	}
	_, _ = io.Copy(io.Discard, in)
}
