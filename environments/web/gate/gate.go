package gate

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"purposeagent/agent"
)

// Config says what a Gate lets through. Hosts is required.
type Config struct {
	Hosts *Hosts
	// AllowPrivate lets private addresses through that Hosts names.
	AllowPrivate bool
	// Lookup returns the addresses of a name; nil asks the system.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// MaxAnswer and MaxTotal bound the bytes of one answer, and of all.
	MaxAnswer, MaxTotal int64
}

// Usual limits.
const (
	DefaultMaxAnswer = 16 << 20
	DefaultMaxTotal  = 256 << 20
	dialTimeout      = 10 * time.Second
	maxRefusals      = 5
)

// Gate is a proxy on a port of this machine. It needs Close.
type Gate struct {
	config    Config
	listener  net.Listener
	server    *http.Server
	transport *http.Transport
	served    chan struct{}
	total     atomic.Int64

	mu      sync.Mutex
	tunnels map[net.Conn]struct{}
	closed  bool
	said    []string
	running sync.WaitGroup
}

// Open starts a Gate.
func Open(c Config) (*Gate, error) {
	if c.Lookup == nil {
		c.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if c.MaxAnswer == 0 {
		c.MaxAnswer = DefaultMaxAnswer
	}
	if c.MaxTotal == 0 {
		c.MaxTotal = DefaultMaxTotal
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, agent.Errorf(agent.CodeUnavailable, "no port for the browser's proxy: %w", err)
	}
	g := &Gate{config: c, listener: listener, served: make(chan struct{}), tunnels: map[net.Conn]struct{}{}}
	g.transport = &http.Transport{DialContext: g.dial, DisableCompression: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second,
		ResponseHeaderTimeout: 60 * time.Second, MaxResponseHeaderBytes: 256 << 10}
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: 30 * time.Second, MaxHeaderBytes: 256 << 10}
	go func() {
		defer close(g.served)
		_ = g.server.Serve(listener) // it ends with Close
	}()
	return g, nil
}

// Addr is where the proxy listens.
func (g *Gate) Addr() string { return g.listener.Addr().String() }

// Close ends the proxy and all that goes through it.
func (g *Gate) Close() {
	_ = g.server.Close()
	<-g.served
	g.mu.Lock()
	g.closed = true
	for c := range g.tunnels {
		_ = c.Close()
	}
	g.mu.Unlock()
	g.running.Wait()
	g.transport.CloseIdleConnections()
}

// Check returns nil for an address that may be opened, as far as its text says.
// Errors are CodeInvalid.
func (g *Gate) Check(address string) error { return CheckAddress(g.config.Hosts, address) }

// CheckAddress returns nil for an http or https address on a listed host. Errors are
// CodeInvalid.
func CheckAddress(hosts *Hosts, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return agent.Errorf(agent.CodeInvalid, "%q can't be opened: only addresses that begin with http:// or https:// can", agent.Clip(address, 120))
	}
	if u.User != nil {
		return agent.Errorf(agent.CodeInvalid, "%q can't be opened: it has a user name in it", agent.Clip(address, 120))
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if !hosts.Allows(u.Hostname(), port) {
		return agent.Errorf(agent.CodeInvalid, "%s can't be opened: the run may go to %s only", agent.Clip(u.Host, 80), hosts)
	}
	return nil
}

// Refusals returns what was refused since it was called last.
func (g *Gate) Refusals() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	said := g.said
	g.said = nil
	return said
}

func (g *Gate) note(text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.said) < maxRefusals && !slices.Contains(g.said, text) {
		g.said = append(g.said, text)
	}
}

// dial connects to a listed host at an address that is looked at now: what a name
// led to earlier counts for nothing.
func (g *Gate) dial(ctx context.Context, _, at string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return nil, &refusal{fmt.Sprintf("%q is no address", agent.Clip(at, 80))}
	}
	if !g.config.Hosts.Allows(host, port) {
		return nil, &refusal{fmt.Sprintf("%s is not in the list of hosts (%s)", agent.Clip(at, 80), g.config.Hosts)}
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var addresses []netip.Addr
	if ip, err := netip.ParseAddr(host); err == nil {
		addresses = []netip.Addr{ip}
	} else if addresses, err = g.config.Lookup(ctx, host); err != nil || len(addresses) == 0 {
		return nil, fmt.Errorf("the name %s leads nowhere", agent.Clip(host, 80))
	}
	for _, ip := range addresses { // one bad address makes the name suspect
		if err := g.config.Hosts.checkAddress(host, ip, g.config.AllowPrivate); err != nil {
			return nil, err
		}
	}
	var last error
	for _, ip := range addresses {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(ip.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, last
}

// ServeHTTP answers one request of the browser.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case g.total.Load() > g.config.MaxTotal:
		g.refuse(w, fmt.Errorf("this run has loaded more than %d MB", g.config.MaxTotal>>20))
	case r.Method == http.MethodConnect:
		g.tunnel(w, r)
	case r.URL.Scheme != "http" || r.URL.Host == "":
		http.Error(w, "this is a proxy", http.StatusBadRequest)
	default:
		g.forward(w, r)
	}
}

// refuse answers what is not let through, in a page that says why.
func (g *Gate) refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	text := err.Error()
	if no, ok := errors.AsType[*refusal](err); ok {
		status, text = http.StatusForbidden, no.text
	}
	g.note(text)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!doctype html><title>Not opened</title><h1>This was not opened</h1><p>%s</p>", html.EscapeString(text))
}

// hop are headers between neighbours.
var hop = []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func (g *Gate) forward(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.Host = r.URL.Host
	for h := range strings.SplitSeq(r.Header.Get("Connection"), ",") {
		out.Header.Del(strings.TrimSpace(h))
	}
	for _, h := range hop {
		out.Header.Del(h)
	}
	answer, err := g.transport.RoundTrip(out)
	if err != nil {
		if r.Context().Err() == nil {
			g.refuse(w, err)
		}
		return
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.ContentLength > g.config.MaxAnswer {
		g.refuse(w, &refusal{fmt.Sprintf("%s is larger than %d MB", agent.Clip(r.URL.Host+r.URL.Path, 120), g.config.MaxAnswer>>20)})
		return
	}
	for k, v := range answer.Header {
		if !slices.Contains(hop, k) {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(answer.StatusCode)
	n, err := io.Copy(flushing{w, http.NewResponseController(w)}, io.LimitReader(answer.Body, g.config.MaxAnswer+1))
	g.total.Add(n)
	if n > g.config.MaxAnswer {
		g.note(fmt.Sprintf("%s is larger than %d MB and was cut", agent.Clip(r.URL.Host+r.URL.Path, 120), g.config.MaxAnswer>>20))
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// flushing passes on at once what comes, as pages that stream need it.
type flushing struct {
	io.Writer
	c *http.ResponseController
}

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if err == nil {
		err = f.c.Flush()
	}
	return n, err
}

func (g *Gate) tunnel(w http.ResponseWriter, r *http.Request) {
	there, err := g.dial(r.Context(), "tcp", r.Host)
	if err != nil {
		g.refuse(w, err)
		return
	}
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	if !g.keep(here, there) {
		_, _ = here.Close(), there.Close()
		return
	}
	defer g.running.Done()
	defer g.drop(here, there)
	_ = here.SetDeadline(time.Time{})
	if _, err := io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(there, buffered)
		_ = there.SetReadDeadline(time.Now().Add(time.Minute)) // what is still answered
		if c, ok := there.(*net.TCPConn); ok {
			_ = c.CloseWrite()
		}
	}()
	n, _ := io.Copy(here, io.LimitReader(there, min(4*g.config.MaxAnswer, g.config.MaxTotal)))
	g.total.Add(n)
	if n >= 4*g.config.MaxAnswer {
		g.note(fmt.Sprintf("%s sent more than %d MB and was cut off", r.Host, 4*g.config.MaxAnswer>>20))
	}
	_, _ = here.Close(), there.Close()
	<-done
}

func (g *Gate) keep(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	for _, c := range conns {
		g.tunnels[c] = struct{}{}
	}
	g.running.Add(1)
	return true
}

func (g *Gate) drop(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(g.tunnels, c)
	}
}
