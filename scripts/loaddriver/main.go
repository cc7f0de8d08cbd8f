// Command loaddriver measures the built program from outside: cold start,
// memory, and how long a step takes to reach a hundred viewers. It talks to
// loopback only, is bounded in count and time, and stops by itself.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

func main() {
	binary := flag.String("binary", "bin/purpose", "the program")
	viewers := flag.Int("viewers", 100, "websockets on one run")
	steps := flag.Int("steps", 60, "steps of that run")
	runs := flag.Int("runs", 200, "runs for the throughput and memory figures")
	history := flag.Int("history", 1_000_000, "steps in the database for the figures of pages and lists; 0 leaves them out")
	crowd := flag.Int("crowd", 1000, "websockets on one run, a second time; 0 leaves it out")
	stalled := flag.Int("stalled", 100, "of 500 viewers of one run, those who don't read, beside 350 slow bodies; 0 leaves it out")
	only := flag.Bool("only-stalled", false, "measure nothing else")
	growth := flag.Int("growth", 0, "measure nothing but how the program grows while it learns from so many tasks, and then works others until there are -history steps")
	out := flag.String("out", "", "with -growth: folder for growth.md and growth.svg; none prints only")
	flag.Parse()
	limit := 15 * time.Minute
	if *growth > 0 {
		limit = 2 * time.Hour
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	var err error
	if *growth > 0 {
		err = inFolder(func(data string) error { return measureGrowth(ctx, *binary, data, *growth, *history, *out) })
		*only, *stalled = true, 0
	}
	if !*only {
		err = inFolder(func(data string) error { return measure(ctx, *binary, data, *viewers, *crowd, *steps, *runs) })
	}
	if err == nil && *stalled > 0 {
		err = inFolder(func(data string) error { return measureStalled(ctx, *binary, data, 500, *stalled, 350) })
	}
	if *only {
		*history = 0
	}
	if err == nil && *history > 0 {
		err = inFolder(func(data string) error { return measurePages(ctx, *binary, data, *history) })
	}
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "loaddriver:", err)
		os.Exit(1)
	}
}

type target struct {
	cmd  *exec.Cmd
	base string
}

// inFolder calls f with a folder that is there as long as f works.
func inFolder(f func(data string) error) error {
	data, err := os.MkdirTemp("", "purpose-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(data) }()
	return f(data)
}

func measure(ctx context.Context, binary, data string, viewers, crowd, steps, runs int) error {
	s, started, err := start(ctx, binary, data)
	if err != nil {
		return err
	}
	defer s.stop()
	fmt.Printf("cold start to first page          %8.0f ms   budget 300\n", started.Seconds()*1000)
	time.Sleep(2 * time.Second) // let start-up garbage go
	fmt.Printf("idle memory (RSS)                 %8.1f MB   budget 60, goal 45\n", s.rss())
	if err := s.idle(data); err != nil {
		return err
	}
	if err := s.latency(ctx, viewers, steps, 150); err != nil {
		return err
	}
	if crowd > 0 {
		if err := s.latency(ctx, crowd, steps, 500); err != nil {
			return err
		}
	}
	if err := s.following(ctx, 4000); err != nil {
		return err
	}
	return s.throughput(ctx, runs)
}

// measurePages starts the program on a database with a long history.
func measurePages(ctx context.Context, binary, data string, steps int) error {
	took, err := fill(ctx, data, steps)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d steps written in %.0f s\n", steps, took.Seconds())
	s, started, err := start(ctx, binary, data)
	if err != nil {
		return err
	}
	defer s.stop()
	fmt.Printf("start on them to first page       %8.0f ms   budget 300\n", started.Seconds()*1000)
	if err := s.firstRow(ctx); err != nil {
		return err
	}
	if err := s.pages(ctx, steps); err != nil {
		return err
	}
	fmt.Printf("memory after them (RSS)           %8.1f MB   budget 150\n", s.rss())
	return s.idle(data)
}

// stop ends the program, and waits for its end.
func (s *target) stop() {
	_ = s.cmd.Process.Signal(os.Interrupt)
	_ = s.cmd.Wait()
}

// start runs the program on an empty folder and waits for its first page.
func start(ctx context.Context, binary, data string) (*target, time.Duration, error) {
	began := time.Now()
	cmd := exec.CommandContext(ctx, binary, "serve", "--addr", "127.0.0.1:0", "--data", data, "--log-level", "error")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, 0, fmt.Errorf("the program said nothing: %w", err)
	}
	_, rest, _ := strings.Cut(line, "http://")
	addr, _, _ := strings.Cut(rest, "/")
	s := &target{cmd, "http://" + addr}
	if _, err := s.get(ctx, "/runs"); err != nil {
		return nil, 0, err
	}
	return s, time.Since(began), nil
}

func (s *target) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, err
	}
	return do(request)
}

func do(request *http.Request) ([]byte, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s answered %d: %s", request.URL.Path, response.StatusCode, raw)
	}
	return raw, err
}

// rss returns the resident memory in MB, 0 where the system does not tell.
func (s *target) rss() float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1024
		}
	}
	return 0
}

type run struct {
	ID     string   `json:"id"`
	Status string   `json:"status"`
	Steps  int      `json:"steps"`
	Runs   []string `json:"runs"`
}

func (s *target) launch(ctx context.Context, spec map[string]any) (run, error) {
	var r run
	body, err := json.Marshal(spec)
	if err != nil {
		return r, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/api/v1/runs", bytes.NewReader(body))
	if err != nil {
		return r, err
	}
	request.Header.Set("Content-Type", "application/json")
	raw, err := do(request)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(raw, &r)
}

// latency follows one run with many sockets of the run page and compares when
// a step was made with when its frame arrived.
func (s *target) latency(ctx context.Context, viewers, steps int, budget float64) error {
	r, err := s.launch(ctx, map[string]any{
		"environment": map[string]any{"name": "maze", "config": map[string]any{"size": 12}},
		"purpose":     "Find the treasure and take it", "seed": 3, "max_steps": steps, "early_stop_phi": 10, "pace": 0.25, "memory": "off"})
	if err != nil {
		return err
	}
	ws := "ws" + strings.TrimPrefix(s.base, "http")
	type arrival struct {
		to int64
		at time.Time
	}
	var mu sync.Mutex
	var arrivals []arrival
	made := map[int64]time.Time{}
	var wg sync.WaitGroup
	failed := make(chan error, viewers+1)
	wg.Go(func() {
		failed <- follow(ctx, ws+"/api/v1/runs/"+r.ID+"/events", func(raw []byte, _ time.Time) error {
			var e struct {
				Seq int64
				At  time.Time
			}
			if err := json.Unmarshal(raw, &e); err != nil {
				return err
			}
			mu.Lock()
			made[e.Seq] = e.At
			mu.Unlock()
			return nil
		})
	})
	for range viewers {
		wg.Go(func() {
			failed <- follow(ctx, ws+"/runs/"+r.ID+"/live?after=0", func(raw []byte, at time.Time) error {
				var f struct{ From, To int64 }
				if err := json.Unmarshal(raw, &f); err != nil {
					return err
				}
				if f.From > 0 && f.To == f.From+1 { // a catch-up frame covers many steps, and says nothing about delay
					mu.Lock()
					arrivals = append(arrivals, arrival{f.To, at})
					mu.Unlock()
				}
				return nil
			})
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	var delays []float64
	for _, a := range arrivals {
		if at, ok := made[a.to]; ok {
			delays = append(delays, a.at.Sub(at).Seconds()*1000)
		}
	}
	if len(delays) == 0 {
		return errors.New("no frame arrived by itself")
	}
	slices.Sort(delays)
	fmt.Printf("step made → at %4d viewers  p50   %8.1f ms\n", viewers, quantile(delays, .5))
	fmt.Printf("                            p95   %8.1f ms   budget %.0f   (%d frames)\n", quantile(delays, .95), budget, len(delays))
	return nil
}

func follow(ctx context.Context, url string, f func([]byte, time.Time) error) error {
	conn, response, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	defer func() { _ = conn.Close() }()
	for {
		_, raw, err := conn.ReadMessage()
		at := time.Now()
		if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(raw, at); err != nil {
			return err
		}
	}
}

func quantile(sorted []float64, q float64) float64 {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// throughput launches many runs at once and waits for the last.
func (s *target) throughput(ctx context.Context, runs int) error {
	began := time.Now()
	r, err := s.launch(ctx, map[string]any{"environment": map[string]any{"name": "workshop"}, "seed": 1, "max_steps": 40, "repeats": runs})
	if err != nil {
		return err
	}
	steps := 0
	for _, id := range r.Runs {
		for {
			raw, err := s.get(ctx, "/api/v1/runs/"+id)
			if err != nil {
				return err
			}
			var one run
			if err := json.Unmarshal(raw, &one); err != nil {
				return err
			}
			if one.Status == "finished" {
				steps += one.Steps
				break
			}
			if one.Status == "failed" || one.Status == "stopped" {
				return fmt.Errorf("run %s %s", id, one.Status)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	took := time.Since(began)
	fmt.Printf("%d workshop runs, learning, durable %6.1f s    %.0f steps/s\n", runs, took.Seconds(), float64(steps)/took.Seconds())
	fmt.Printf("memory after them (RSS)           %8.1f MB   budget 150\n", s.rss())
	return nil
}
