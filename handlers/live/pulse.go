package live

import "github.com/labstack/echo/v4"

// Watch streams that something has changed, in the ways of the page of a run and with
// frames of the same form, which hold nothing but their numbers: for pages that ask for
// all that is new. changed returns a number that grows with each change, whether nothing
// will follow, and a channel that is closed with the next change.
func (s *Section) Watch(c echo.Context, changed func() (n int64, over bool, next <-chan struct{})) error {
	after, watch, err := s.way(c)
	if err != nil {
		return err
	}
	leave, err := s.live.enter()
	if err != nil {
		return err
	}
	defer leave()
	n, _, _ := changed()
	return watch(c, pulse(changed), min(after, n))
}

// pulse is a source of frames that say only that something has changed.
type pulse func() (n int64, over bool, next <-chan struct{})

func (p pulse) name() string { return "changes" }

func (p pulse) look(cursor int64) look {
	n, over, next := p()
	return look{changed: next, ready: true, at: n, behind: cursor < n, done: cursor >= n && over}
}

func (p pulse) catchUp(cursor int64, at look) (frame, error) {
	return seal(frameJSON{From: cursor, To: at.at})
}
