package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"
)

// Reply is an answer with a status of 2xx whose body is yet to be read.
type Reply struct {
	Header http.Header
	body   io.Reader
	events *Events
}

// Bytes reads the body, of at most MaxBodyBytes.
func (r *Reply) Bytes() ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.body, MaxBodyBytes+1))
	if err == nil && len(raw) > MaxBodyBytes {
		err = ErrTooLarge
	}
	return raw, err
}

// JSON reads the body, one JSON value, into v. A value that breaks off is ErrCut.
func (r *Reply) JSON(v any) error {
	raw, err := r.Bytes()
	if err != nil {
		return err
	}
	return Decode(bytes.TrimPrefix(raw, byteOrderMark), v)
}

// Decode reads one JSON value. One that breaks off is ErrCut.
func Decode(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && len(raw) > 0 && syntax.Offset >= int64(len(raw)) {
		return ErrCut
	}
	return err
}

// DecodeFitting reads JSON as far as it is of the expected types: a field of
// another type stays empty, and does not cost the rest.
func DecodeFitting(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd {
		return nil
	}
	return err
}

// Events reads the body as a stream of events, of which one may be the whole
// answer. They hold until the function that was given the Reply returns.
func (r *Reply) Events() *Events {
	if r.events == nil {
		r.events = pooledEvents(r.body)
	}
	return r.events
}

// Encode writes v as JSON without escapes of HTML, in the order of its fields.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Post sends v as JSON to a path below the base, once and with the patience of
// Timeout and Whole, and gives a reply with a status of 2xx to read. What read
// returns is the failure: a *Failure as it is, any other error as an answer that
// can't be read. A reply of another status, and none, are failures as Refused and
// Broken have them.
func (s *Server) Post(ctx context.Context, path string, v any, read func(*Reply) error) *Failure {
	body, err := Encode(v)
	if err != nil {
		return s.Broken(ctx, err)
	}
	return s.send(ctx, http.MethodPost, path, body, read)
}

// Get asks for a path below the base, as Post does.
func (s *Server) Get(ctx context.Context, path string, read func(*Reply) error) *Failure {
	return s.send(ctx, http.MethodGet, path, nil, read)
}

// maxRefusal bounds what is read of a refusal, in bytes.
const maxRefusal = 64 << 10

func (s *Server) send(ctx context.Context, method, path string, body []byte, read func(*Reply) error) *Failure {
	attempt, p := s.patient(ctx)
	defer p.stop()
	broken := func(err error) *Failure {
		if midway, why := p.given(attempt); why != nil {
			return s.gaveUp(why, midway)
		}
		return s.Broken(ctx, err)
	}
	request, err := http.NewRequestWithContext(attempt, method, s.Base.String()+path, bytes.NewReader(body))
	if err != nil {
		return broken(err)
	}
	maps.Copy(request.Header, s.Header)
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("User-Agent", "purpose")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	reply, err := s.HTTP.Do(request)
	if err != nil {
		return broken(err)
	}
	defer func() { _ = reply.Body.Close() }()
	reply.Body = p.hearing(reply.Body)
	if reply.StatusCode < 200 || reply.StatusCode > 299 {
		raw, _ := io.ReadAll(io.LimitReader(reply.Body, maxRefusal))
		return s.Refused(reply.StatusCode, reply.Header, raw)
	}
	r := &Reply{Header: reply.Header, body: reply.Body}
	err = read(r)
	if r.events != nil {
		if err == nil && r.events.Done() {
			finish(reply.Body, p.stop)
		}
		r.events.release()
	}
	if err == nil {
		return nil
	}
	if failed, ok := errors.AsType[*Failure](err); ok && attempt.Err() == nil {
		return failed
	}
	return broken(err)
}

// finish reads the few bytes after the last event, so that the connection can be
// used again, but not for long: some servers keep it open.
func finish(body io.Reader, cancel func()) {
	late := time.AfterFunc(50*time.Millisecond, cancel)
	defer late.Stop()
	_, _ = io.CopyN(io.Discard, body, 4<<10)
}
