package handlers

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
)

// The timing of live pages.
const (
	frameInterval = 100 * time.Millisecond // at most ten frames a second
	beatInterval  = 10 * time.Second       // between signs of life
	writeTimeout  = 10 * time.Second       // for a viewer that does not read
	pongTimeout   = 3 * beatInterval       // for a viewer that is gone
	catchUp       = runWindow              // events in one frame from the log
)

// broadcasters holds one broadcaster for each run that somebody watches.
type broadcasters struct {
	server *Server
	ctx    context.Context // of the sockets: they outlive their requests
	cancel context.CancelFunc
	wait   sync.WaitGroup // viewers and broadcasters

	mu     sync.Mutex
	closed bool
	byRun  map[string]*broadcaster
}

func newBroadcasters(s *Server) *broadcasters {
	ctx, cancel := context.WithCancel(context.Background())
	return &broadcasters{server: s, ctx: ctx, cancel: cancel, byRun: map[string]*broadcaster{}}
}

// close ends all sockets with 1012 and waits for them.
func (b *broadcasters) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.wait.Wait()
}

// join returns the run's broadcaster, started if this is its first viewer, and
// the function that leaves it; the last one to leave stops it.
func (b *broadcasters) join(run agent.Run) (*broadcaster, func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nil, agent.Errorf(agent.CodeUnavailable, "the program is shutting down")
	}
	c := b.byRun[run.ID]
	if c == nil {
		ctx, cancel := context.WithCancel(b.ctx)
		c = newBroadcaster(b.server, run, cancel)
		b.byRun[run.ID] = c
		b.wait.Go(func() { c.run(ctx) })
	}
	c.viewers++
	b.wait.Add(1)
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		defer b.wait.Done()
		if c.viewers--; c.viewers == 0 {
			c.cancel()
			if b.byRun[run.ID] == c {
				delete(b.byRun, run.ID)
			}
		}
	}, nil
}

// drop forgets a broadcaster that has failed, so that the next viewer gets a new one.
func (b *broadcasters) drop(c *broadcaster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byRun[c.id] == c {
		delete(b.byRun, c.id)
	}
}

func (s *Server) registerStream(g *echo.Group) {
	g.GET("/runs/:id/live", s.watchRun)
}

// upgrader checks that the page is of the same origin (gorilla's default), and
// compresses: a frame is compressed once for all who watch.
var upgrader = websocket.Upgrader{HandshakeTimeout: 5 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 4096, EnableCompression: true}

// watchRun streams what happens in a run after event ?after=SEQ as fragments
// of its page. It closes with 1000 when the run has ended, 1012 when the
// program shuts down, 1011 when it can't go on and 1013 on a viewer that does
// not read; all but the first are worth a reconnect.
func (s *Server) watchRun(c echo.Context) error {
	after, err := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	if err != nil || after < 0 {
		return agent.Errorf(agent.CodeInvalid, "after must be the number of the last event that was seen, got %q", c.QueryParam("after"))
	}
	if !websocket.IsWebSocketUpgrade(c.Request()) {
		return agent.Errorf(agent.CodeInvalid, "this address is for websockets; the events are at /api/v1/runs/{id}/events")
	}
	run, err := s.cfg.Runs.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if after > run.LastSeq {
		after = run.LastSeq // a page of another history: show what there is
	}
	b, leave, err := s.live.join(run)
	if err != nil {
		return err
	}
	defer leave()
	conn, err := upgrader.Upgrade(c.Response(), c.Request(), nil)
	if err != nil {
		return nil // the upgrader has answered
	}
	v := &viewer{server: s, run: run.ID, conn: conn, cursor: after}
	v.serve(s.live.ctx, b)
	return nil
}

// viewer is one socket. Its cursor is the last event it was sent; it takes
// frames from the broadcaster and, when it is behind, from the log. It holds
// no queue: one that reads slowly is only behind.
type viewer struct {
	server *Server
	run    string
	conn   *websocket.Conn
	cursor int64
}

func (v *viewer) serve(ctx context.Context, b *broadcaster) {
	ctx, cancel := context.WithCancel(ctx)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel()
		v.read()
	})
	code, reason := v.send(ctx, b)
	if code != 0 {
		deadline := time.Now().Add(time.Second)
		_ = v.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), deadline)
	}
	_ = v.conn.Close()
	cancel()
	reader.Wait()
}

// read handles pongs and the closing of the other side; nothing else is said there.
func (v *viewer) read() {
	v.conn.SetReadLimit(1024)
	alive := func(string) error { return v.conn.SetReadDeadline(time.Now().Add(pongTimeout)) }
	_ = alive("")
	v.conn.SetPongHandler(alive)
	for {
		if _, _, err := v.conn.NextReader(); err != nil {
			return
		}
	}
}

// send writes until there is a reason to close, and returns it; 0 when the
// other side is gone.
func (v *viewer) send(ctx context.Context, b *broadcaster) (code int, reason string) {
	beat := time.NewTicker(beatInterval)
	defer beat.Stop()
	first, thinks := true, 0
	for {
		look := b.look(v.cursor)
		switch {
		case look.frame != nil && !first:
			if err := v.write(look.frame.message); err != nil {
				return websocket.CloseTryAgainLater, "too slow"
			}
			v.cursor = look.frame.to
			continue
		case look.behind || first && look.ready: // the first frame carries all parts
			frame, err := v.server.fromLog(ctx, v.run, v.cursor, look)
			if err != nil {
				return v.failed(ctx, err)
			}
			if err := v.write(frame.message); err != nil {
				return websocket.CloseTryAgainLater, "too slow"
			}
			v.cursor, first = frame.to, false
			continue
		case look.thought != nil && look.thinks != thinks:
			thinks = look.thinks
			if err := v.write(look.thought); err != nil {
				return websocket.CloseTryAgainLater, "too slow"
			}
			continue
		case look.done:
			return websocket.CloseNormalClosure, "the run has ended"
		case look.err != nil:
			return v.failed(ctx, look.err)
		}
		select {
		case <-ctx.Done():
			return v.failed(ctx, ctx.Err())
		case <-look.changed:
		case <-beat.C:
			if err := v.beat(); err != nil {
				return 0, ""
			}
		}
	}
}

// failed says how to close when the stream can't go on.
func (v *viewer) failed(ctx context.Context, err error) (code int, reason string) {
	switch {
	case v.server.live.ctx.Err() != nil:
		return websocket.CloseServiceRestart, "restarting"
	case ctx.Err() != nil:
		return 0, "" // the viewer is gone
	case agent.CodeOf(err) == agent.CodeNotFound:
		return websocket.CloseNormalClosure, "the run was deleted"
	}
	if !errors.Is(err, context.Canceled) {
		v.server.cfg.Logger.Error("live page stopped", "run", v.run, "err", err)
	}
	return websocket.CloseInternalServerErr, "try again"
}

func (v *viewer) write(message *websocket.PreparedMessage) error {
	if err := v.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return v.conn.WritePreparedMessage(message)
}

// beat is a sign of life for the page's watchdog, which can't see pings, and a
// ping for ours.
func (v *viewer) beat() error {
	deadline := time.Now().Add(writeTimeout)
	if err := v.conn.WriteControl(websocket.PingMessage, nil, deadline); err != nil {
		return err
	}
	if err := v.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	at := strconv.FormatInt(v.cursor, 10)
	return v.conn.WriteMessage(websocket.TextMessage, []byte(`{"from":`+at+`,"to":`+at+`}`))
}
