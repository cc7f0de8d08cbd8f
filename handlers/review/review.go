package review

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/learning"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
	"purposeagent/views/reviewview"
)

// How long what a person looked at stays away, by what the person said.
const keptQuiet = 30 * 24 * time.Hour

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
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

func (s *Section) readInbox(ctx context.Context) (inbox, error) {
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
		if until, put := off[item.Key]; put && until.After(s.Now()) {
			box.deferred = append(box.deferred, item)
		} else {
			box.open = append(box.open, item)
		}
	}
	s.reviews.note(s.Now(), len(box.open))
	return box, err
}

// review shows the inbox with one of its items.
func (s *Section) review(c echo.Context) error {
	box, err := s.readInbox(c.Request().Context())
	if err != nil {
		return err
	}
	deferred := c.QueryParam("tab") == "deferred"
	items := box.open
	if deferred {
		items = box.deferred
	}
	view := s.reviewView(box, items, deferred, c.QueryParam("item"), ui.ReadNotice(c))
	if chosen := view.Chosen; chosen >= 0 {
		view.Desk = s.reviewDesk(c.Request().Context(), &items[chosen], deferred)
		view.Desk.Place = ui.Itoa(chosen+1) + " of " + ui.Itoa(len(items)) + " · sorted by the value of a look: doubt × use"
	}
	if view.Asks, err = s.asksView(c.Request().Context()); err != nil {
		return err
	}
	if view.Laws, err = s.library.LawNotices(c.Request().Context(), "/review"); err != nil {
		return err
	}
	frame := layout.Frame{Title: "Review", Fixed: true, Crumbs: []layout.Crumb{{Label: "Review"}}, Keys: Keys}
	return s.Page(c, http.StatusOK, frame, reviewview.ReviewPage(view))
}

// Keys is the inbox's part of the keyboard help.
var Keys = []layout.Key{
	{Keys: []string{"j", "k"}, Does: "next item, item before"}, {Keys: []string{"a"}, Does: "accept, or keep as it is"},
	{Keys: []string{"r"}, Does: "retire the rule"}, {Keys: []string{"e"}, Does: "edit its words"}, {Keys: []string{"m"}, Does: "merge two rules"},
	{Keys: []string{"d"}, Does: "ask again later"}, {Keys: []string{"u"}, Does: "undo the last decision"},
}

// decideReview does what a person decided about an item, and leads to the next.
func (s *Section) decideReview(c echo.Context) error {
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
	return s.SeeOther(c, "/review?"+did.Encode())
}

// settle does what was decided and returns how the next page tells it.
func (s *Section) settle(ctx context.Context, item *learning.ReviewItem, do string) (url.Values, error) {
	if !slices.ContainsFunc(reviewActions(item), func(a libraryview.RuleAction) bool { return a.Value == do }) {
		return nil, agent.Errorf(agent.CodeInvalid, "there is no decision %q about this", partials.Clip(do, 40))
	}
	switch do {
	case ui.SayKeep, ui.SayLater:
		until := s.Now().Add(learning.ReviewQuiet)
		if do == ui.SayKeep {
			until = s.Now().Add(keptQuiet)
		}
		return url.Values{"did": {do}, "n": {"1"}, "back": {item.Key}}, s.cfg.Review.PutOff(ctx, ui.Person, item.Key, until)
	case keepFirst, keepSecond, tryBoth, ui.BothRight:
		did, err := s.decidePair(ctx, item.Rule.ID, item.Other.ID, do)
		if do == ui.BothRight {
			did.Set("back", item.Key)
		}
		return did, err
	}
	if item.Set != nil {
		change, err := s.library.ChangeSet(ctx, agent.LibraryAction(do), item.Set.Scope, "decided in the review inbox")
		return ui.Noticed(url.Values{}, change), err
	}
	change, err := s.cfg.Library.Change(ctx, ui.Person, agent.LibraryAction(do), catalog.RuleSelection{IDs: []string{item.Rule.ID}})
	return ui.Noticed(url.Values{}, change), err
}

// bringBack undoes a decision that changed no rule.
func (s *Section) bringBack(c echo.Context) error {
	ctx, key := c.Request().Context(), c.FormValue("back")
	if a, b, ok := learning.ReviewedPair(key); ok {
		if err := s.cfg.Library.Decide(ctx, ui.Person, a, b, stillOpen); err != nil {
			return err
		}
	}
	if err := s.cfg.Review.PutOff(ctx, ui.Person, key, time.Time{}); err != nil {
		return err
	}
	s.reviews.forget()
	return s.SeeOther(c, "/review?"+url.Values{"item": {key}}.Encode())
}
