// Package browser starts a Chromium of its own and drives it over the DevTools
// protocol: tabs, input, what is loading, dialogs and popups. It knows nothing of
// what pages mean.
package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/childproc"
)

// Options say how a Chromium is started.
type Options struct {
	Program string // its path; "" looks for one, see Find
	Proxy   string // host:port that all traffic goes through
	Width   int    // of the window in CSS pixels
	Height  int
	// ConfirmNo answers what a page asks by confirm() with no, and by prompt()
	// with nothing; else with yes.
	ConfirmNo bool
	// Unsandboxed starts it without its sandbox, for tests on machines that have
	// none. No setting of a user leads here.
	Unsandboxed bool
}

// Find returns where a Chromium is. CodeUnavailable says what to do where none is.
func Find() (string, error) {
	// Scripts that distributions put before it add flags of their own.
	for _, path := range []string{"/usr/lib/chromium/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/opt/google/chrome/chrome",
		"/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", agent.Errorf(agent.CodeUnavailable, "there is no Chromium on this machine: install it (Debian: apt-get install chromium; Fedora: dnf install chromium; macOS: Chromium or Google Chrome in Applications)")
}

// startTimeout is how long a browser may take until it answers.
const startTimeout = 30 * time.Second

// process is a running Chromium with its folder.
type process struct {
	run  *childproc.Process
	dir  string
	lock *os.File
	said *tail
}

// flags are those of every Chromium: nothing it does by itself goes out, and
// nothing goes beside the proxy.
func flags(o *Options, profile string) []string {
	list := []string{
		"--headless", "--remote-debugging-pipe", "--no-startup-window", "--user-data-dir=" + profile,
		"--no-first-run", "--no-default-browser-check", "--noerrdialogs", "--hide-scrollbars", "--mute-audio", "--disable-gpu",
		"--proxy-server=http://" + o.Proxy, "--proxy-bypass-list=<-loopback>",
		// No name is looked up here and no address dialled but the proxy's.
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--dns-prefetch-disable", "--disable-quic",
		"--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
		"--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--disable-sync", "--disable-default-apps",
		"--disable-extensions", "--disable-component-extensions-with-background-pages", "--disable-client-side-phishing-detection", "--disable-breakpad",
		"--disable-crash-reporter", "--no-pings", "--metrics-recording-only", "--password-store=basic", "--use-mock-keychain", "--disable-dev-shm-usage",
		// A page in a tab behind others works as if it were in front.
		"--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding", "--disable-hang-monitor",
		// Popups are followed and bounded here; frames are all read with their page.
		"--disable-popup-blocking", "--disable-site-isolation-trials",
		"--disable-features=BackForwardCache,IsolateOrigins,site-per-process,Translate,MediaRouter,OptimizationHints,InterestFeedContentSuggestions,WebOTP,AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,PaintHolding",
		"--force-color-profile=srgb", "--lang=en-US", "--js-flags=--max-old-space-size=512",
		fmt.Sprintf("--window-size=%d,%d", o.Width, o.Height),
	}
	if o.Unsandboxed {
		list = append(list, "--no-sandbox")
	}
	return list
}

// preferences of a fresh profile: no UDP beside the proxy, no downloads, no
// password manager.
const preferences = `{"webrtc":{"ip_handling_policy":"disable_non_proxied_udp","multiple_routes_enabled":false,"nonproxied_udp_enabled":false},` +
	`"download_restrictions":3,"credentials_enable_service":false,"profile":{"password_manager_enabled":false,"default_content_setting_values":{"notifications":2,"geolocation":2,"media_stream":2}},` +
	`"net":{"network_prediction_options":2},"search":{"suggest_enabled":false},"alternate_error_pages":{"enabled":false}}`

var sweepOnce sync.Once

// start starts a Chromium with an empty profile. The caller ends it.
func start(ctx context.Context, o *Options) (p *process, out, in *os.File, err error) {
	if err := supported(); err != nil {
		return nil, nil, nil, err
	}
	sweepOnce.Do(sweep)
	p = &process{said: &tail{}}
	defer func() {
		if err != nil {
			p.clean()
		}
	}()
	profile, err := p.makeFolder()
	if err != nil {
		return nil, nil, nil, agent.Errorf(agent.CodeUnavailable, "a folder for the browser can't be made: %w", err)
	}
	theirIn, out, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, agent.Errorf(agent.CodeUnavailable, "a pipe to the browser can't be made: %w", err)
	}
	defer func() { _ = theirIn.Close() }()
	in, theirOut, err := os.Pipe()
	if err != nil {
		_ = out.Close()
		return nil, nil, nil, agent.Errorf(agent.CodeUnavailable, "a pipe to the browser can't be made: %w", err)
	}
	defer func() { _ = theirOut.Close() }()
	if err := context.Cause(ctx); err != nil {
		_, _ = out.Close(), in.Close()
		return nil, nil, nil, err
	}
	p.run, err = childproc.Start(childproc.Config{
		Words: append([]string{o.Program}, flags(o, profile)...), Dir: profile,
		Env: []string{"PATH=/usr/bin:/bin", "HOME=" + profile, "TMPDIR=" + profile, "XDG_RUNTIME_DIR=" + profile, "LANG=C.UTF-8", "TZ=UTC",
			"DBUS_SESSION_BUS_ADDRESS=disabled:", "DBUS_SYSTEM_BUS_ADDRESS=disabled:"},
		Stdout: p.said, Stderr: p.said, Logger: slog.New(slog.DiscardHandler),
		Files: []*os.File{theirIn, theirOut}, // 3 and 4, as --remote-debugging-pipe has it
		User:  user(),
	})
	if err != nil {
		_, _ = out.Close(), in.Close()
		return nil, nil, nil, startError(err)
	}
	return p, out, in, nil
}

// folderPrefix begins the names of our folders among temporary files.
const folderPrefix = "purpose-web-"

func (p *process) makeFolder() (profile string, err error) {
	if p.dir, err = os.MkdirTemp("", folderPrefix); err != nil {
		return "", err
	}
	if p.lock, err = lock(filepath.Join(p.dir, "lock")); err != nil {
		return "", err
	}
	profile = filepath.Join(p.dir, "profile")
	if err = os.MkdirAll(filepath.Join(profile, "Default"), 0o700); err != nil {
		return "", err
	}
	if err = os.WriteFile(filepath.Join(profile, "Default", "Preferences"), []byte(preferences), 0o600); err != nil {
		return "", err
	}
	for _, path := range []string{filepath.Join(profile, "Default", "Preferences"), filepath.Join(profile, "Default"), profile} {
		if err = give(path); err != nil {
			return "", err
		}
	}
	return profile, os.Chmod(p.dir, 0o711) //nolint:gosec // Chromium runs as another user, who must get through
}

// end kills the browser with all its processes and removes its folder. Nothing of
// it is worth an orderly end.
func (p *process) end() {
	if p.run != nil {
		p.run.End()
	}
	p.clean()
}

func (p *process) clean() {
	if p.dir != "" {
		for range 50 { // what was being written when it was killed
			if err := os.RemoveAll(p.dir); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if p.lock != nil {
		_ = p.lock.Close()
	}
}

// sweep removes folders whose process was killed before it could.
func sweep() {
	old, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range old {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		held, err := lock(filepath.Join(dir, "lock"))
		if err != nil {
			continue
		}
		_ = os.RemoveAll(dir)
		_ = held.Close()
	}
}

// refused says why a browser that was started does not answer.
func (p *process) refused(o *Options, err error) error {
	said := p.said.String()
	switch {
	case strings.Contains(said, "No usable sandbox"), strings.Contains(said, "SUID sandbox helper binary"), strings.Contains(said, "Failed to move to new namespace"):
		return agent.Errorf(agent.CodeUnavailable, "Chromium's sandbox does not work on this machine, and without it no page is opened. "+
			"Its sandbox needs user namespaces. On Ubuntu 24.04 and later allow them to this program by a file /etc/apparmor.d/purpose-chromium with\n"+
			"abi <abi/4.0>,\ninclude <tunables/global>\nprofile purpose-chromium %s flags=(unconfined) {\n  userns,\n}\n"+
			"and systemctl reload apparmor. On Debian install chromium-sandbox. In a container allow unprivileged user namespaces", o.Program)
	case strings.Contains(said, "Running as root without --no-sandbox"):
		return agent.Errorf(agent.CodeUnavailable, "Chromium refuses to run as root: start Purpose as an ordinary user")
	case errors.Is(err, fs.ErrPermission), strings.Contains(said, "Permission denied") && strings.Contains(said, p.dir):
		return agent.Errorf(agent.CodeUnavailable, "Chromium, which runs as another user, can't enter its folder in %s: set TMPDIR to a folder that all users can enter", os.TempDir())
	}
	if said != "" {
		said = ". It said last: " + said
	}
	return agent.Errorf(agent.CodeUnavailable, "Chromium (%s) does not answer: %w%s", o.Program, err, said)
}

// tail keeps the first and the last of what is written to it.
type tail struct {
	mu          sync.Mutex
	first, last []byte
}

const tailBytes = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	if room := tailBytes - len(t.first); room > 0 {
		t.first, p = append(t.first, p[:min(room, n)]...), p[min(room, n):]
	}
	t.last = append(t.last, p...)
	if over := len(t.last) - tailBytes; over > 0 {
		t.last = append([]byte(nil), t.last[over:]...)
	}
	return n, nil
}

// String returns it in one line, without what Chromium says of a missing bus.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for line := range bytes.Lines(slices.Concat(t.first, t.last)) {
		if text := strings.TrimSpace(string(line)); text != "" && !strings.Contains(text, "dbus/") {
			lines = append(lines, text)
		}
	}
	return strings.ToValidUTF8(strings.Join(lines, " | "), "")
}
