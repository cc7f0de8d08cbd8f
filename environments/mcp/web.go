package mcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// web is a server that is reached over Streamable HTTP.
type web struct {
	*mcp.StreamableClientTransport
	base  *http.Transport
	quota *quota
	gone  context.Context //nolint:containedctx // of all requests: Streamable HTTP has some that nobody waits for
	leave context.CancelFunc
}

// openWeb prepares requests to a server; nothing is sent yet.
func openWeb(c *config, headers map[string]string) (*web, error) {
	address, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("read the address: %w", err)
	}
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		base = &http.Transport{}
	}
	w := &web{base: base.Clone(), quota: newQuota()}
	w.gone, w.leave = context.WithCancel(context.Background())
	w.quota.watch(w.leave)
	w.StreamableClientTransport = &mcp.StreamableClientTransport{Endpoint: c.URL, MaxEventSize: MaxMessageBytes, MaxRetries: 2,
		HTTPClient: &http.Client{Transport: &guarded{w, address.Host, headers}, CheckRedirect: sameHost}}
	return w, nil
}

// sameHost refuses to be sent elsewhere: the headers are for one server.
func sameHost(r *http.Request, via []*http.Request) error {
	if r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme || len(via) > 3 {
		return errors.New("it sends us on to another address, which was not allowed")
	}
	return nil
}

// guarded adds the configured headers to requests and counts what comes back.
type guarded struct {
	of      *web
	host    string
	headers map[string]string
}

func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.of.gone.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(r.Context())
	stop := context.AfterFunc(g.of.gone, cancel)
	release := func() { stop(); cancel() }
	r = r.Clone(ctx)
	if r.URL.Host == g.host {
		for name, value := range g.headers {
			r.Header.Set(name, value)
		}
	}
	if r.Method == http.MethodPost {
		g.of.quota.fresh()
	}
	answer, err := g.of.base.RoundTrip(r)
	if err != nil {
		release()
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	answer.Body = &counted{ReadCloser: answer.Body, quota: g.of.quota, stream: kind == "text/event-stream", release: release}
	return answer, nil
}

// counted is the body of an answer.
type counted struct {
	io.ReadCloser
	quota   *quota
	stream  bool
	n       int
	release func()
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += n
	if !c.stream && c.n > MaxMessageBytes {
		c.quota.fail(fmt.Sprintf("sent a message of more than %d bytes; a result has to be smaller", MaxMessageBytes))
	}
	if !c.quota.took(n, 0) || c.quota.fault() != "" {
		return 0, errors.New(c.quota.fault())
	}
	return n, err
}

func (c *counted) Close() error {
	c.release()
	return c.ReadCloser.Close()
}

// end breaks all requests off.
func (w *web) end() {
	w.leave()
	w.base.CloseIdleConnections()
}

// why says what is known against the server, or "".
func (w *web) why() string { return w.quota.fault() }

func (w *web) complaints() string { return "" }
