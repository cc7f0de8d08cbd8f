package live

import (
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/labstack/echo/v4"
)

// upgrader compresses: a frame is compressed once for all who watch.
func (s *Section) upgrader() *websocket.Upgrader {
	return &websocket.Upgrader{HandshakeTimeout: 5 * time.Second, ReadBufferSize: 1024, WriteBufferSize: 4096, EnableCompression: true, CheckOrigin: s.Origins.Own}
}

// socketOutlet is a viewer's websocket.
type socketOutlet struct{ conn *websocket.Conn }

func (s *Section) watchBySocket(c echo.Context, b source, after int64) error {
	conn, err := s.upgrader().Upgrade(c.Response(), c.Request(), nil)
	if err != nil {
		return nil //nolint:nilerr // the upgrader has answered
	}
	ctx, cancel := context.WithCancel(s.live.ctx) // the socket outlives its request
	o := socketOutlet{conn}
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel()
		o.read()
	})
	hurry := context.AfterFunc(s.live.ctx, o.hurry)
	v := &viewer{server: s, from: b, to: o, cursor: after}
	if code, reason := v.serve(ctx); code != 0 {
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(partingTime))
	}
	hurry()
	_ = conn.Close()
	cancel()
	reader.Wait()
	return nil
}

// hurry ends a write that waits for a viewer who does not read.
func (o socketOutlet) hurry() {
	_ = o.conn.NetConn().SetWriteDeadline(time.Now().Add(partingTime))
	// A write that began in this moment has set its own deadline since.
	time.AfterFunc(2*partingTime, func() { _ = o.conn.NetConn().Close() })
}

// read handles pongs and the closing of the other side; nothing else is said there.
func (o socketOutlet) read() {
	o.conn.SetReadLimit(1024)
	alive := func(string) error { return o.conn.SetReadDeadline(time.Now().Add(pongTimeout)) }
	_ = alive("")
	o.conn.SetPongHandler(alive)
	for {
		if _, _, err := o.conn.NextReader(); err != nil {
			return
		}
	}
}

func (o socketOutlet) send(f frame) error {
	if err := o.conn.SetWriteDeadline(time.Now().Add(WriteTimeout)); err != nil {
		return err
	}
	return o.conn.WritePreparedMessage(f.message)
}

// beat is also a ping for ours: the page can't see pings, and we see nothing else of it.
func (o socketOutlet) beat(cursor int64) error {
	deadline := time.Now().Add(WriteTimeout)
	if err := o.conn.WriteControl(websocket.PingMessage, nil, deadline); err != nil {
		return err
	}
	if err := o.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	return o.conn.WriteMessage(websocket.TextMessage, standing(cursor))
}
