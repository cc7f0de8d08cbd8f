package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Kept is a refusal as it came over the wire, for clients whose SDK tells less
// of it than a person needs: when to come back, for one. Reply is nil where the
// last answer was none.
type Kept struct {
	Reply *http.Response
	Raw   []byte
}

type keptKey struct{}

// Keeping returns a context in which KeepRefusals fills kept.
func Keeping(ctx context.Context, kept *Kept) context.Context {
	return context.WithValue(ctx, keptKey{}, kept)
}

// KeepRefusals returns a transport that keeps each answer with a status other
// than 2xx where the request's context asks for it (Keeping).
func KeepRefusals(next http.RoundTripper) http.RoundTripper { return keeper{next} }

type keeper struct{ next http.RoundTripper }

// RoundTrip sends the request.
func (k keeper) RoundTrip(request *http.Request) (*http.Response, error) {
	reply, err := k.next.RoundTrip(request)
	kept, ok := request.Context().Value(keptKey{}).(*Kept)
	if err != nil || !ok || reply.StatusCode >= 200 && reply.StatusCode <= 299 {
		return reply, err
	}
	raw, err := io.ReadAll(io.LimitReader(reply.Body, 64<<10))
	_ = reply.Body.Close()
	if err != nil {
		return nil, err
	}
	kept.Reply, kept.Raw = reply, raw
	reply.Body = io.NopCloser(bytes.NewReader(raw))
	return reply, nil
}
