package gate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"purposeagent/agent"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func hosts(t *testing.T, list ...string) *Hosts {
	t.Helper()
	h, err := ParseHosts(list)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHosts(t *testing.T) {
	h := hosts(t, "Example.com", "*.shop.example", "api.example:8443", "127.0.0.1:9000", "[::1]:9001", "10.1.0.0/16")
	for at, want := range map[string]bool{
		"example.com:443": true, "EXAMPLE.com.:80": true, "example.com:8443": false, "www.example.com:443": false, "a.shop.example:443": true, "a.b.shop.example:80": true,
		"shop.example:443": false, "evilshop.example:443": false, "api.example:8443": true, "api.example:443": false, "127.0.0.1:9000": true, "127.0.0.1:9001": false,
		"[::1]:9001": true, "10.1.2.3:80": false, "example.com.evil.example:443": false,
	} {
		host, port, err := net.SplitHostPort(at)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Allows(host, port); got != want {
			t.Errorf("%s is allowed: %v, want %v", at, got, want)
		}
	}
	for _, bad := range []string{"", "https://example.com", "example.com/path", "exa mple.com", "a..b", "example.com:0", "example.com:99999", "*", "*.*.com", "ex\x00ample"} {
		if _, err := ParseHosts([]string{bad}); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%q was taken: %v", bad, err)
		}
	}
	if hosts(t, "example.com", "8.8.8.8").Private() || !h.Private() || !hosts(t, "localhost:80").Private() {
		t.Error("private addresses are not told from public ones")
	}
}

func TestAddresses(t *testing.T) {
	all := hosts(t, "10.1.0.0/16", "127.0.0.1:80", "169.254.169.254", "0.0.0.0/0", "::/0")
	for address, c := range map[string]struct{ free, listed bool }{
		"8.8.8.8": {true, true}, "2606:4700::1111": {true, true}, "10.1.2.3": {false, true}, "127.0.0.1": {false, true}, "192.168.0.1": {false, true}, "172.31.255.255": {false, true},
		"100.64.0.1": {false, true}, "0.0.0.0": {false, true}, "::1": {false, true}, "::ffff:127.0.0.1": {false, true}, "::ffff:10.0.0.1": {false, true}, "fc00::1": {false, true},
		"64:ff9b::a00:1": {false, true}, "2002:7f00:1::": {false, true}, "224.0.0.1": {false, true}, "255.255.255.255": {false, true},
		"169.254.169.254": {false, false}, "::ffff:169.254.169.254": {false, false}, "fe80::1%eth0": {false, false}, "fd00:ec2::254": {false, false}, "100.100.100.200": {false, false},
	} {
		ip := netip.MustParseAddr(address)
		if got := hosts(t).checkAddress("x", ip, true) == nil; got != c.free {
			t.Errorf("%s goes through without being listed: %v", address, got)
		}
		if got := all.checkAddress("x", ip, true) == nil; got != c.listed {
			t.Errorf("%s goes through when it is listed and allowed: %v", address, got)
		}
		if got := all.checkAddress("x", ip, false) == nil; got != c.free {
			t.Errorf("%s goes through when it is listed and not allowed: %v", address, got)
		}
	}
}

// client asks through a gate.
func client(t *testing.T, c Config) (*Gate, *http.Client) {
	t.Helper()
	g, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	proxy, err := url.Parse("http://" + g.Addr())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return proxy, nil }}
	t.Cleanup(transport.CloseIdleConnections)
	return g, &http.Client{Transport: transport}
}

func get(t *testing.T, c *http.Client, address string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

func at(address string) string { return strings.TrimPrefix(address, "http://") }

func TestForwardAndTunnel(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s %s %q", r.Method, r.Host, r.Header.Get("Proxy-Connection"))
	})
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(handler)
	t.Cleanup(secure.Close)
	g, c := client(t, Config{Hosts: hosts(t, at(plain.URL), strings.TrimPrefix(secure.URL, "https://")), AllowPrivate: true})
	if status, body, err := get(t, c, plain.URL); err != nil || status != 200 || body != fmt.Sprintf("GET %s %q", at(plain.URL), "") {
		t.Errorf("%d %q %v", status, body, err)
	}
	transport, ok := c.Transport.(*http.Transport)
	if !ok {
		t.Fatal("not our transport")
	}
	transport.TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	if status, _, err := get(t, c, secure.URL); err != nil || status != 200 {
		t.Errorf("through a tunnel: %d %v", status, err)
	}
	if said := g.Refusals(); len(said) > 0 {
		t.Errorf("it says %q", said)
	}
}

func TestRefusals(t *testing.T) {
	var asked int
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	t.Cleanup(server.Close)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	turn := 0
	lookup := func(_ context.Context, host string) ([]netip.Addr, error) {
		switch host {
		case "nowhere.example":
			return nil, errors.New("no such host")
		case "both.example":
			return []netip.Addr{netip.MustParseAddr("8.8.8.8"), netip.MustParseAddr("127.0.0.1")}, nil
		case "rebind.example": // public when it is looked at first, private when it is dialled again
			if turn++; turn == 1 {
				return []netip.Addr{netip.MustParseAddr("203.0.113.1")}, nil
			}
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	g, c := client(t, Config{Hosts: hosts(t, "*.example"+port, "local.test"+port, at(server.URL)), Lookup: lookup})
	for address, want := range map[string]string{
		server.URL:                        "--allow-private-hosts",
		"http://nowhere.example" + port:   "leads nowhere",
		"http://both.example" + port:      "this machine",
		"http://rebind.example" + port:    "203.0.113.1",
		"http://other.test" + port:        "is not in the list of hosts",
		"http://local.test" + port + "/x": "this machine",
		"http://a.example:1/":             "is not in the list of hosts",
	} {
		status, body, err := get(t, c, address)
		if err != nil || status != 403 && status != 502 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q %v, want %q", address, status, body, err, want)
		}
	}
	if status, body, err := get(t, c, "http://rebind.example"+port); err != nil || status != 403 || !strings.Contains(body, "127.0.0.1") {
		t.Errorf("a name that leads elsewhere now: %d %q %v", status, body, err)
	}
	if asked > 0 {
		t.Errorf("the server was asked %d times", asked)
	}
	if len(g.Refusals()) == 0 || len(g.Refusals()) > 0 {
		t.Error("refusals are not told once")
	}
	if _, _, err := get(t, c, "https://both.example"+port); err == nil {
		t.Error("a tunnel to this machine was made")
	}
	// What is no request to a proxy.
	if status, _, err := get(t, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, "http://"+g.Addr()+"/x"); err != nil || status != 400 {
		t.Errorf("asked as a server it says %d %v", status, err)
	}
}

func TestLimits(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := 1 << 20
		if r.URL.Path == "/said" {
			w.Header().Set("Content-Length", fmt.Sprint(size))
		}
		for range size / 1024 {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	g, c := client(t, Config{Hosts: hosts(t, at(server.URL)), AllowPrivate: true, MaxAnswer: 300 << 10, MaxTotal: 500 << 10})
	if status, body, err := get(t, c, server.URL+"/said"); err != nil || status != 403 || !strings.Contains(body, "larger than") {
		t.Errorf("an answer that says its size: %d %q %v", status, body, err)
	}
	for range 2 {
		if _, body, err := get(t, c, server.URL+"/unsaid"); err == nil || len(body) > 310<<10 {
			t.Errorf("%d bytes came through, %v", len(body), err)
		}
	}
	if status, body, err := get(t, c, server.URL+"/unsaid"); err != nil || status != 502 || !strings.Contains(body, "has loaded more than") {
		t.Errorf("beyond the total: %d %q %v", status, body, err)
	}
	if said := strings.Join(g.Refusals(), " "); !strings.Contains(said, "was cut") {
		t.Errorf("it says %q", said)
	}
}

// TestCloseEndsTunnels holds that nothing goes on after the end.
func TestCloseEndsTunnels(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	g, err := Open(Config{Hosts: hosts(t, at(server.URL)), AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", g.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", at(server.URL), at(server.URL)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q %v", line, err)
	}
	g.Close()
	if _, err := io.ReadAll(conn); err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Error(err)
	}
}
