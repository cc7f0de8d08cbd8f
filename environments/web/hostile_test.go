package web

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
)

func TestDialogsAndPopups(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/alerts", nil)
	if w := v.click("Ask"); w.Title != "yes" {
		t.Errorf("a question was answered with %q", w.Title)
	}
	v.says(`showed the question "Really?", which was answered with OK`)
	v.click("Loop")
	v.says("showed the message", "opened dialogs without end; its scripts were stopped")
	v.do(open, map[string]any{"url": s.URL + "/dynamic"}) // scripts run again elsewhere
	v.click("Add")
	v.says("New 1")

	v = visit(t, s.URL+"/alerts", map[string]any{"confirm": "cancel"})
	if w := v.click("Ask"); w.Title != "no" {
		t.Errorf("a question was answered with %q", w.Title)
	}
	v.click("Tick")
	v.says("showed the message")

	v = visit(t, s.URL+"/popup", nil)
	if w := v.click(`"Open"`); w.Title != "Welcome" {
		t.Errorf("the window that was opened is not in front: %q", w.Title)
	}
	v.says("A new window was opened")
	if w := v.do(back, nil); w.Title != "Opener" {
		t.Errorf("back did not close the window: %q", w.Title)
	}
	v.click("Flood")
	v.says("A further window was not opened: there are 8 already.")
}

func TestPagesThatDoNotEnd(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/busy", map[string]any{"timeout_seconds": 2})
	v.click("Hang")
	v.says("did not answer in time")
	v.do(open, map[string]any{"url": s.URL + "/redirect"})
	v.says("went on and on", "scripts were stopped")
	v.do(open, map[string]any{"url": s.URL + "/loop"})
	v.says("could not be opened: ERR_TOO_MANY_REDIRECTS")
	v.do(open, map[string]any{"url": s.URL + "/welcome"})
	v.says("You are logged in.")
}

func TestHugePageIsNotRead(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/welcome", map[string]any{"timeout_seconds": 60})
	v.do(open, map[string]any{"url": s.URL + "/huge"})
	v.says("too large to be read")
	v.do(open, map[string]any{"url": s.URL + "/welcome"})
	v.says("You are logged in.")
}

func TestLargePageIsCut(t *testing.T) {
	t.Parallel()
	s := site(t)
	o := options(t)
	o.maxAnswer = 2 << 20
	v := visitWith(t, o, s.URL+"/welcome", nil)
	v.do(open, map[string]any{"url": s.URL + "/endless"})
	v.says("nothing nothing")
	v.do(open, map[string]any{"url": s.URL + "/welcome"})
	v.says("You are logged in.")
}

func TestDownloadsAreRefused(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/down", nil)
	v.click("Get it")
	for tries := 0; tries < 50 && !strings.Contains(v.see().Changed+v.see().Page, "not downloaded"); tries++ {
		v.do(press, map[string]any{"key": "Tab"}) // Chromium tells of it when the server has answered
	}
	v.says(`The file "report.pdf" was not downloaded`, "Get it")
	v.click("Write")
	v.says("Get it")
}

// TestFirstPageThatIsNone holds that a run on nothing fails with the reason.
func TestFirstPageThatIsNone(t *testing.T) {
	t.Parallel()
	s := site(t)
	for address, want := range map[string]string{s.URL + "/loop": "ERR_TOO_MANY_REDIRECTS", "http://127.0.0.1:1/": "ERR_"} {
		_, err := begin(t, options(t), address, nil).Reset(t.Context(), agent.Task{Purpose: "look"})
		if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), "first page could not be opened") || !strings.Contains(agent.MessageOf(err), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestFreshProfile holds that a run knows nothing of the one before.
func TestFreshProfile(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/welcome", map[string]any{"success_script": "(() => { const was = localStorage.x; localStorage.x = 1; return !!was })()"})
	v.do(press, map[string]any{"key": "Tab"})
	if !v.verdict().Success {
		t.Fatal("storage does not work at all")
	}
	state, err := v.env.Reset(t.Context(), agent.Task{Purpose: "again"})
	if err != nil {
		t.Fatal(err)
	}
	v.state = state
	if v.verdict().Success {
		t.Error("the storage of the run before is there")
	}
}

// TestBrowserThatEnds holds that a browser that is gone is started anew and that
// this is said.
func TestBrowserThatEnds(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/welcome", nil)
	e, ok := v.env.(*Env)
	if !ok {
		t.Fatal("it is no Env")
	}
	e.browser.Kill()
	v.do(press, map[string]any{"key": "Tab"})
	v.says("The browser had ended. It was started again at the first page", "You are logged in.")
}

func TestRefusedBrowsers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, want string }{
		"no sandbox": {"echo '[1:1:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox! If you are running on Ubuntu' >&2; exit 1", "Its sandbox needs user namespaces"},
		"root":       {"echo 'Running as root without --no-sandbox is not supported' >&2; exit 1", "start Purpose as an ordinary user"},
		"nonsense":   {"echo hello >&3; echo broken >&2; printf 'no json\\0' >&4; sleep 100", "does not answer"},
		"nothing":    {"exit 0", "does not answer"},
	} {
		dir, err := os.MkdirTemp("", "refused") //nolint:usetesting // another user must get through, which t.TempDir does not let them
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		program := filepath.Join(dir, "chromium")
		for _, err := range []error{os.Chmod(dir, 0o755), os.WriteFile(program, []byte("#!/bin/sh\n"+c.script+"\n"), 0o755)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		o := options(t)
		o.program = program
		_, err = begin(t, o, "http://127.0.0.1:1/", nil).Reset(t.Context(), agent.Task{Purpose: "look"})
		if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProxyRefuses holds what a page can't reach, by a browser that tries.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	s := site(t)
	secret := site(t)
	o := options(t)
	turn := 0
	o.lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
		turn++
		switch {
		case host == "public.example":
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		case host == "rebind.example" && turn%2 == 0:
			return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("169.254.169.254")}, nil
	}
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	v := visitWith(t, o, s.URL+"/welcome", map[string]any{"hosts": []string{"meta.example" + port, "rebind.example" + port, "169.254.169.254", "10.0.0.1"}})
	for address, want := range map[string]string{
		"http://meta.example" + port + "/":                         "metadata",
		"http://169.254.169.254/latest/":                           "metadata",
		"http://rebind.example" + port + "/":                       "leads to",
		s.URL + "/to?url=http://169.254.169.254/latest/meta-data/": "metadata",
		s.URL + "/to?url=" + secret.URL + "/":                      "is not in the list of hosts",
		s.URL + "/to?url=file:///etc/passwd":                       "could not be opened",
		s.URL + "/to?url=https://example.com/":                     "could not be opened",
	} {
		v.do(open, map[string]any{"url": address})
		v.says(want)
		if w := v.see(); strings.Contains(w.Page, "root:") || strings.Contains(w.Page, "Thank you") {
			t.Errorf("%s shows %s", address, w.Page)
		}
	}
}

// TestNothingBesideTheProxy holds that WebRTC sends nothing by itself.
func TestNothingBesideTheProxy(t *testing.T) {
	stun, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stun.Close() }()
	s := site(t)
	v := visit(t, s.URL+"/rtc?stun="+stun.LocalAddr().String(), nil)
	for range 3 { // each press waits until the page has come to rest
		v.do(press, map[string]any{"key": "Tab"})
	}
	_ = stun.SetReadDeadline(time.Now().Add(2 * time.Second))
	if n, from, err := stun.ReadFromUDP(make([]byte, 2000)); err == nil {
		t.Errorf("%d bytes came from %s", n, from)
	}
}
