// Command screenshots takes the pictures in docs/screenshots anew: it starts
// the built program on an empty folder, runs the demo and mazes, and photographs
// each page at 1440 and 375 px, light and dark. What no document shows it leaves
// out, unless it is told to take all.
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
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"purposeagent/internal/browsertest"
)

func main() {
	binary := flag.String("binary", "bin/purpose", "the program")
	out := flag.String("out", "docs/screenshots", "folder of the pictures")
	all := flag.Bool("all", false, "also take what no document shows")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	film, err := newCamera(*out, *all)
	if err == nil {
		err = take(ctx, *binary, film)
	}
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "screenshots:", err)
		os.Exit(1)
	}
}

// camera is where pictures go, and which of them are taken: all, or those that
// the documents show.
type camera struct {
	out       string
	all       bool
	documents string
}

func newCamera(out string, all bool) (camera, error) {
	c := camera{out: out, all: all}
	for _, name := range []string{"README.md", "docs/guide.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return c, err
		}
		c.documents += string(text)
	}
	return c, nil
}

func (c camera) wants(file string) bool {
	return c.all || strings.Contains(c.documents, "screenshots/"+file)
}

// site is the program under the camera.
type site struct{ base string }

func take(ctx context.Context, binary string, film camera) error {
	data, err := os.MkdirTemp("", "purpose-shots-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(data) }()
	cmd := exec.CommandContext(ctx, binary, "serve", "--addr", "127.0.0.1:0", "--data", data, "--log-level", "error")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(line, "http://")
	addr, _, _ := strings.Cut(rest, "/")
	s := &site{"http://" + addr}

	path := browsertest.Path()
	if path == "" {
		return errors.New("no Chromium found; scripts/setup-tests.sh installs it")
	}
	allocated, cancel := chromedp.NewExecAllocator(ctx, browsertest.Options(path)...)
	defer cancel()
	tab, cancel := chromedp.NewContext(allocated, chromedp.WithErrorf(func(string, ...any) {}))
	defer cancel()
	return s.photograph(ctx, tab, film)
}

func (s *site) photograph(ctx, tab context.Context, film camera) error {
	if err := film.shoot(tab, s.base+"/", "welcome"); err != nil {
		return err
	}
	group, err := s.demo(ctx)
	if err != nil {
		return err
	}
	var training, maze struct{ ID, Group string }
	if err := s.post(ctx, "/runs", `{"environment":{"name":"maze"},"purpose":"Find the treasure","seed":100,"max_steps":100,"repeats":15}`, &training); err != nil {
		return err
	}
	if err := s.ended(ctx, training.Group); err != nil {
		return err
	}
	if err := s.post(ctx, "/runs", `{"environment":{"name":"maze"},"purpose":"Find the treasure","seed":4,"max_steps":60}`, &maze); err != nil {
		return err
	}
	var solved struct{ Items []struct{ ID string } }
	if err := s.get(ctx, "/api/v1/runs?limit=1&q=solved:yes+group:"+group, &solved); err != nil {
		return err
	}
	var rules struct{ Items []struct{ ID string } }
	if err := s.get(ctx, "/api/v1/heuristics?limit=1&sort=uses&q=status:active", &rules); err != nil {
		return err
	}
	if len(solved.Items) == 0 || len(rules.Items) == 0 {
		return errors.New("the demo solved nothing or left no rule")
	}
	report, worlds, err := s.experiments(ctx)
	if err != nil {
		return err
	}
	for _, rule := range []string{
		`{"tier":"strategic","title":"Go back to the fork","pattern":"a way ends at a wall and a fork was passed","strategy":"go back to the last fork and take the way not tried"}`,
		`{"tier":"strategic","title":"Never go back","pattern":"a way ends at a wall and a fork was passed","avoid":"going back to the last fork and taking the way not tried"}`,
		`{"tier":"strategic","title":"No way back","pattern":"a way ends at a wall and a fork was passed","strategy":"never go back to the last fork and take the way not tried"}`,
	} {
		if err := s.post(ctx, "/heuristics", rule, &struct{}{}); err != nil {
			return err
		}
	}
	var asking, fork struct{ ID string }
	if err := s.post(ctx, "/runs", `{"environment":{"name":"workshop","config":{"world":2}},"seed":7,"approval":"every"}`, &asking); err != nil {
		return err
	}
	if err := s.post(ctx, "/runs/"+maze.ID+"/fork", `{"step":5,"draw":3,"note":"try the other way"}`, &fork); err != nil {
		return err
	}
	console, err := s.console(ctx, "workshop", "seed=7")
	if err != nil {
		return err
	}
	pages := []struct{ name, path string }{
		{"environments", "/environments"}, {"environment", "/environments/workshop"}, {"console", console},
		{"ask", "/runs/" + asking.ID}, {"fork", "/runs/" + maze.ID + "/fork?step=5"}, {"compare", "/compare?runs=" + maze.ID + "," + fork.ID},
		{"runs", "/runs"}, {"new-run", "/runs/new?fresh=yes"},
		{"run", "/runs/" + maze.ID + "?step=12"}, {"run-workshop", "/runs/" + solved.Items[0].ID + "?step=2"},
		{"demo", "/demo/" + group}, {"group", "/groups/" + group}, {"playbook", "/library"}, {"library", "/library?sort=support"}, {"rule", "/library/" + rules.Items[0].ID},
		{"teach", "/library/new"}, {"replay", "/replay"}, {"trajectory", "/replay/t_" + solved.Items[0].ID},
		{"policy", "/library/policy"}, {"near", "/library/near"}, {"review", "/review"}, {"models", "/settings/models"}, {"changes", "/library/changes"}, {"snapshots", "/library/snapshots"},
		{"simulate", "/replay/simulate?environment=workshop&task=deliver+a+green+oak+comb"},
		{"lab", "/lab"}, {"lab-new", "/lab/new"}, {"lab-report", "/lab/" + report}, {"lab-worlds", "/lab/" + worlds}, {"critics", "/lab/critics"},
	}
	for _, p := range pages {
		if err := film.shoot(tab, s.base+p.path, p.name); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// shoot takes one page in two themes and two widths.
func (c camera) shoot(tab context.Context, url, name string) error {
	for _, theme := range []string{"light", "dark"} {
		for _, size := range []struct {
			suffix        string
			width, height int64
		}{{"", 1440, 900}, {"-375", 375, 812}} {
			file := name + "-" + theme + size.suffix + ".png"
			if !c.wants(file) {
				continue
			}
			var png []byte
			err := chromedp.Run(tab,
				chromedp.EmulateViewport(size.width, size.height),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}),
				chromedp.Navigate(url), chromedp.WaitReady("main"), chromedp.Sleep(500*time.Millisecond),
				chromedp.CaptureScreenshot(&png))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(c.out, file), png, 0o644); err != nil { //nolint:gosec // pictures are public
				return err
			}
		}
	}
	return nil
}

// experiments works two experiments: one world in detail, and four worlds.
func (s *site) experiments(ctx context.Context) (report, worlds string, err error) {
	const common = `"environment":{"name":"workshop"},"train":120,"test":60,"arms":["off","on","placebo","append-successes"],"curve":[0,25,50,100]`
	for _, e := range []struct {
		body string
		id   *string
	}{{`{"name":"Does memory help in a workshop?",` + common + `}`, &report}, {`{"name":"Does it hold in four worlds?","worlds":[1,2,3,4],` + common + `}`, &worlds}} {
		var made struct{ ID, Status string }
		if err := s.post(ctx, "/experiments", e.body, &made); err != nil {
			return "", "", err
		}
		*e.id = made.ID
		for made.Status != "finished" {
			if made.Status == "failed" || made.Status == "cancelled" {
				return "", "", fmt.Errorf("experiment %s is %s", made.ID, made.Status)
			}
			time.Sleep(time.Second)
			if err := s.get(ctx, "/api/v1/experiments/"+made.ID, &made); err != nil {
				return "", "", err
			}
		}
	}
	return report, worlds, nil
}

// demo starts the one-click demo and waits for its last run.
func (s *site) demo(ctx context.Context) (string, error) {
	path, err := s.form(ctx, "/demo", "seconds=0")
	if err != nil {
		return "", err
	}
	group := strings.TrimPrefix(path, "/demo/")
	return group, s.ended(ctx, group)
}

// console begins to act in an environment by hand, does what can be done first, and
// returns the path of its page.
func (s *site) console(ctx context.Context, kind, form string) (string, error) {
	path, err := s.form(ctx, "/environments/"+kind+"/console", form)
	if err != nil {
		return "", err
	}
	return s.form(ctx, path+"/act", "turn=1&action=take&params="+url.QueryEscape(`{"piece":"piece1"}`))
}

// form sends a form and returns the path that the answer leads to.
func (s *site) form(ctx context.Context, path, body string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answered %d", path, response.StatusCode)
	}
	return response.Request.URL.Path, nil
}

// ended waits until all runs of a group have ended.
func (s *site) ended(ctx context.Context, group string) error {
	for {
		var open struct{ Items []struct{ ID string } }
		if err := s.get(ctx, "/api/v1/runs?limit=1&q=status:queued,running+group:"+group, &open); err != nil {
			return err
		}
		if len(open.Items) == 0 {
			return nil
		}
		time.Sleep(300 * time.Millisecond)
	}
}

func (s *site) get(ctx context.Context, path string, out any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return err
	}
	return decode(request, out)
}

func (s *site) post(ctx context.Context, path, body string, out any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+"/api/v1"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	return decode(request, out)
}

func decode(request *http.Request, out any) error {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s answered %d: %s", request.URL.Path, response.StatusCode, raw)
	}
	return json.Unmarshal(raw, out)
}
