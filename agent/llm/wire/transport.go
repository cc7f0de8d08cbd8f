package wire

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"purposeagent/agent/llm/address"
)

var errForbiddenAddress = errors.New("link-local address refused")

// ErrTooLarge is a reply of more than MaxBodyBytes of text.
var ErrTooLarge = errors.New("body too large")

// guardedClient returns a client that stays on the host it is sent to. The
// default one also checks the address that a name resolves to, at the moment of
// connecting, so that a name can't be pointed elsewhere in between.
func guardedClient(given *http.Client) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	}
	if client.Transport == nil {
		dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, Control: refuseForbidden}
		transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true}
		if base, ok := http.DefaultTransport.(*http.Transport); ok { // a program that embeds this one may have put another there
			transport = base.Clone()
		}
		transport.DialContext = dialer.DialContext
		transport.MaxIdleConnsPerHost = 16 // parallel runs share a server
		client.Transport = transport
	}
	client.Transport = bounded{client.Transport}
	client.CheckRedirect = func(request *http.Request, via []*http.Request) error {
		if first := via[0].URL; request.URL.Host != first.Host || request.URL.Scheme != first.Scheme || len(via) > 3 {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return client
}

func refuseForbidden(_, to string, _ syscall.RawConn) error {
	if at, err := netip.ParseAddrPort(to); err == nil && address.Forbidden(at.Addr()) {
		return errForbiddenAddress
	}
	return nil
}

// maxStreamBytes bounds a stream, of which each token takes a few hundred bytes.
const maxStreamBytes = 16 * MaxBodyBytes

// bounded makes reading more than maxStreamBytes of an answer an error.
type bounded struct{ next http.RoundTripper }

// RoundTrip sends the request.
func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	reply, err := b.next.RoundTrip(request)
	if err == nil && reply != nil && reply.Body != nil {
		reply.Body = &boundedBody{reply.Body, maxStreamBytes}
	}
	return reply, err
}

// CloseIdleConnections closes those of the transport below.
func (b bounded) CloseIdleConnections() {
	if c, ok := b.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, ErrTooLarge
	}
	return n, err
}
