package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/learning"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Review is what of a library is worth a person's look.
type Review interface {
	// Review returns it, most valuable first, what was put off included.
	Review(ctx context.Context) ([]learning.ReviewItem, error)
	// PutOff keeps an item out of the inbox until a time; the zero time brings
	// it back. PutOffs returns what is put off.
	PutOff(ctx context.Context, actor, key string, until time.Time) error
	PutOffs(ctx context.Context) (map[string]time.Time, error)
}

// How long what a person looked at stays away, by what the person said.
const keptQuiet = 30 * 24 * time.Hour

func (s *Server) registerReview(g *echo.Group) {
	g.GET("/library/near", s.nearRules)
	g.POST("/library/near", s.decideNear)
	if s.cfg.Review == nil {
		return
	}
	g.GET("/review", s.review)
	g.POST("/review", s.decideReview)
	g.POST("/review/back", s.bringBack)
}

// inbox is the review inbox, in the order of value.
type inbox struct{ open, deferred []learning.ReviewItem }

func (s *Server) readInbox(ctx context.Context) (inbox, error) {
	items, err := s.cfg.Review.Review(ctx)
	if err != nil {
		return inbox{}, err
	}
	if s.cfg.Critics != nil {
		reports, err := s.cfg.Critics.Critics(ctx)
		if err != nil {
			return inbox{}, err
		}
		items = append(items, learning.ReviewCritics(reports)...)
		learning.SortReview(items)
	}
	off, err := s.cfg.Review.PutOffs(ctx)
	var box inbox
	for _, item := range items {
		if until, put := off[item.Key]; put && until.After(s.now()) {
			box.deferred = append(box.deferred, item)
		} else {
			box.open = append(box.open, item)
		}
	}
	s.reviews.note(s.now(), len(box.open))
	return box, err
}

// review shows the inbox with one of its items.
func (s *Server) review(c echo.Context) error {
	box, err := s.readInbox(c.Request().Context())
	if err != nil {
		return err
	}
	deferred := c.QueryParam("tab") == "deferred"
	items := box.open
	if deferred {
		items = box.deferred
	}
	view := s.reviewView(box, items, deferred, c.QueryParam("item"), readNotice(c))
	if chosen := view.Chosen; chosen >= 0 {
		view.Desk = s.reviewDesk(c.Request().Context(), &items[chosen], deferred)
		view.Desk.Place = itoa(chosen+1) + " of " + itoa(len(items)) + " · sorted by the value of a look: doubt × use"
	}
	if view.Asks, err = s.asksView(c.Request().Context()); err != nil {
		return err
	}
	if view.Laws, err = s.lawNotices(c.Request().Context(), "/review"); err != nil {
		return err
	}
	frame := layout.Frame{Title: "Review", Fixed: true, Crumbs: []layout.Crumb{{Label: "Review"}}, Keys: reviewKeys}
	return s.page(c, http.StatusOK, frame, pages.ReviewPage(view))
}

var reviewKeys = []layout.Key{
	{Keys: []string{"j", "k"}, Does: "next item, item before"}, {Keys: []string{"a"}, Does: "accept, or keep as it is"},
	{Keys: []string{"r"}, Does: "retire the rule"}, {Keys: []string{"e"}, Does: "edit its words"}, {Keys: []string{"m"}, Does: "merge two rules"},
	{Keys: []string{"d"}, Does: "ask again later"}, {Keys: []string{"u"}, Does: "undo the last decision"},
}

// decideReview does what a person decided about an item, and leads to the next.
func (s *Server) decideReview(c echo.Context) error {
	ctx := c.Request().Context()
	box, err := s.readInbox(ctx)
	if err != nil {
		return err
	}
	key := c.FormValue("key")
	at := slices.IndexFunc(box.open, func(i learning.ReviewItem) bool { return i.Key == key })
	if at < 0 {
		return agent.Errorf(agent.CodeConflict, "this is settled already, or its evidence changed; open the inbox again")
	}
	did, err := s.settle(ctx, &box.open[at], c.FormValue("do"))
	if err != nil {
		return err
	}
	if at+1 < len(box.open) {
		did.Set("item", box.open[at+1].Key)
	} else if at > 0 {
		did.Set("item", box.open[at-1].Key)
	}
	s.reviews.forget()
	return s.seeOther(c, "/review?"+did.Encode())
}

// What a person can say about an item beside changing its rules.
const (
	sayKeep  = "keep"
	sayLater = "later"
)

// settle does what was decided and returns how the next page tells it.
func (s *Server) settle(ctx context.Context, item *learning.ReviewItem, do string) (url.Values, error) {
	if !slices.ContainsFunc(reviewActions(item), func(a pages.RuleAction) bool { return a.Value == do }) {
		return nil, agent.Errorf(agent.CodeInvalid, "there is no decision %q about this", partials.Clip(do, 40))
	}
	switch do {
	case sayKeep, sayLater:
		until := s.now().Add(learning.ReviewQuiet)
		if do == sayKeep {
			until = s.now().Add(keptQuiet)
		}
		return url.Values{"did": {do}, "n": {"1"}, "back": {item.Key}}, s.cfg.Review.PutOff(ctx, person, item.Key, until)
	case keepFirst, keepSecond, tryBoth, bothRight:
		did, err := s.decidePair(ctx, item.Rule.ID, item.Other.ID, do)
		if do == bothRight {
			did.Set("back", item.Key)
		}
		return did, err
	}
	if item.Set != nil {
		change, err := s.changeSet(ctx, agent.LibraryAction(do), item.Set.Scope, "decided in the review inbox")
		return noticed(url.Values{}, change), err
	}
	change, err := s.cfg.Library.Change(ctx, person, agent.LibraryAction(do), agent.RuleSelection{IDs: []string{item.Rule.ID}})
	return noticed(url.Values{}, change), err
}

// bringBack undoes a decision that changed no rule.
func (s *Server) bringBack(c echo.Context) error {
	ctx, key := c.Request().Context(), c.FormValue("back")
	if a, b, ok := learning.ReviewedPair(key); ok {
		if err := s.cfg.Library.Decide(ctx, person, a, b, stillOpen); err != nil {
			return err
		}
	}
	if err := s.cfg.Review.PutOff(ctx, person, key, time.Time{}); err != nil {
		return err
	}
	s.reviews.forget()
	return s.seeOther(c, "/review?"+url.Values{"item": {key}}.Encode())
}
