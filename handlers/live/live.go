package live

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/runpage"
)

// The timing of live pages.
const (
	frameInterval = 100 * time.Millisecond // at most ten frames a second
	firstBeat     = time.Second            // proves to the page that small messages come through at once
	beatInterval  = 10 * time.Second       // between signs of life, far below the 60 s of usual proxies
	WriteTimeout  = 10 * time.Second       // for a viewer that does not read
	pongTimeout   = 3 * beatInterval       // for a viewer that is gone
	partingTime   = time.Second            // to tell a viewer that the program stops
	pollHold      = 10 * time.Second       // that a question waits for something new
	catchUp       = runpage.RunWindow      // events in one frame from the log
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/runs/:id/live", s.watchRun)
}

// watchRun streams what happens in a run after event ?after=SEQ as fragments of
// its page: over a websocket, as server-sent events on Accept: text/event-stream,
// and as one JSON answer on Accept: application/json, which waits up to ten
// seconds for something new. All carry the same frames.
//
// The end has a code in all of them: 1000 when the run has ended, 1012 when the
// program shuts down, 1011 when it can't go on and 1013 for a viewer that does
// not read; all but the first are worth to come back.
func (s *Section) watchRun(c echo.Context) error {
	after, watch, err := s.way(c)
	if err != nil {
		return err
	}
	run, err := s.cfg.Runs.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	b, leave, err := s.live.join(run)
	if err != nil {
		return err
	}
	defer leave()
	return watch(c, b, min(after, run.LastSeq)) // a page of another history: show what there is
}

// way reads how a page asks to watch, and the last event that it has seen.
func (s *Section) way(c echo.Context) (after int64, watch func(echo.Context, source, int64) error, err error) {
	after, err = strconv.ParseInt(c.QueryParam("after"), 10, 64)
	if err != nil || after < 0 {
		return 0, nil, agent.Errorf(agent.CodeInvalid, "after must be the number of the last event that was seen, got %q", agent.Clip(c.QueryParam("after"), 80))
	}
	r := c.Request()
	accept := r.Header.Get(echo.HeaderAccept)
	switch {
	case websocket.IsWebSocketUpgrade(r):
		return after, s.watchBySocket, nil
	case r.Header.Get("Sec-WebSocket-Key") != "":
		// The page asked for a websocket, and a proxy took out the word for it.
		return 0, nil, echo.NewHTTPError(http.StatusUpgradeRequired, "a proxy between this page and Purpose does not let websockets through")
	case strings.Contains(accept, EventStream):
		return after, s.watchByEvents, nil
	case strings.Contains(accept, echo.MIMEApplicationJSON):
		return after, s.watchByAsking, nil
	}
	return 0, nil, agent.Errorf(agent.CodeInvalid, "this address is for live pages; the events are at /api/v1/runs/{id}/events")
}

// source is where what a page watches comes from.
type source interface {
	// name is what logs call it: the id of a run.
	name() string
	// look returns what follows a cursor, or when it is worth to look again.
	look(cursor int64) look
	// catchUp makes the frame for a viewer that is behind.
	catchUp(cursor int64, at look) (frame, error)
}

// outlet is the way to one viewer.
type outlet interface {
	send(f frame) error
	// beat is a sign of life for the page's watchdog, at the event where the viewer is.
	beat(cursor int64) error
}

// viewer is one page that watches. Its cursor is the last event it was sent; it
// takes frames from the broadcaster and, when it is behind, from the log. It
// holds no queue: one that reads slowly is only behind.
type viewer struct {
	server *Section
	from   source
	to     outlet
	cursor int64
}

// serve writes until there is a reason to close, and returns it; 0 when the
// other side is gone.
func (v *viewer) serve(ctx context.Context) (code int, reason string) {
	beat := time.NewTimer(firstBeat)
	defer beat.Stop()
	first, thinks := true, 0
	for {
		look := v.from.look(v.cursor)
		switch {
		case look.frame != nil && !first:
			if err := v.to.send(*look.frame); err != nil {
				return websocket.CloseTryAgainLater, "too slow"
			}
			v.cursor = look.frame.to
			continue
		case look.behind || first && look.ready: // the first frame carries all parts
			frame, err := v.from.catchUp(v.cursor, look)
			if err != nil {
				return v.failed(ctx, err)
			}
			if err := v.to.send(frame); err != nil {
				return websocket.CloseTryAgainLater, "too slow"
			}
			v.cursor, first = frame.to, false
			continue
		case look.thought != nil && look.thinks != thinks:
			thinks = look.thinks
			if err := v.to.send(*look.thought); err != nil {
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
			beat.Reset(beatInterval)
			if err := v.to.beat(v.cursor); err != nil {
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
		v.server.Logger.Error("live page stopped", "run", v.from.name(), "err", err)
	}
	return websocket.CloseInternalServerErr, "try again"
}

// standing is a frame that says nothing but where the viewer is.
func standing(cursor int64) []byte {
	at := strconv.FormatInt(cursor, 10)
	return []byte(`{"from":` + at + `,"to":` + at + `}`)
}
