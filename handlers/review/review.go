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
	"purposeagent/agent/inbox"
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

// review shows the inbox with one of its items.
func (s *Section) review(c echo.Context) error {
	box, err := s.readInbox(c.Request().Context())
	if err != nil {
		return err
	}
	at := place{deferred: c.QueryParam("tab") == "deferred", byRule: c.QueryParam("by") == "rule"}
	entries := box.open
	switch {
	case at.deferred:
		entries = box.deferred
	case at.byRule:
		entries = alone(box.items)
	}
	view := s.reviewView(box, entries, at, c.QueryParam("item"), ui.ReadNotice(c))
	if chosen := view.Chosen; chosen >= 0 {
		view.Desk = s.entryDesk(c.Request().Context(), &entries[chosen], at)
		view.Desk.Place = ui.Itoa(chosen+1) + " of " + ui.Itoa(len(entries)) + " · sorted by the value of a look: doubt × use"
	}
	if view.Asks, err = s.asksView(c.Request().Context()); err != nil {
		return err
	}
	view.Milestones = s.milestonesView(box.milestones)
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
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	key, entries := form.Get("key"), box.open
	if form.Get("by") == "rule" {
		entries = alone(box.items)
	}
	at := slices.IndexFunc(entries, func(e entry) bool { return e.key() == key })
	if at < 0 {
		return agent.Errorf(agent.CodeConflict, "this is settled already, or its evidence changed; open the inbox again")
	}
	did, err := s.settleEntry(ctx, &entries[at], form.Get("do"), ui.Selected(form))
	if err != nil {
		return err
	}
	if at+1 < len(entries) {
		did.Set("item", entries[at+1].key())
	} else if at > 0 {
		did.Set("item", entries[at-1].key())
	}
	if by := form.Get("by"); by == "rule" {
		did.Set("by", by)
	}
	s.reviews.forget()
	return s.SeeOther(c, "/review?"+did.Encode())
}

// settleEntry does what was decided about a line: to the rules that were ticked, as
// one change.
func (s *Section) settleEntry(ctx context.Context, e *entry, do string, ticked []string) (url.Values, error) {
	item := e.first()
	if len(e.items) == 1 && (e.line == nil || len(e.line.Rules) < 2 || len(ticked) == 1 && ticked[0] == item.Rule.ID) {
		return s.settle(ctx, item, do)
	}
	if !slices.ContainsFunc(reviewActions(item), func(a libraryview.RuleAction) bool { return a.Value == do }) {
		return nil, agent.Errorf(agent.CodeInvalid, "there is no decision %q about this", partials.Clip(do, 40))
	}
	if do == ui.SayKeep || do == ui.SayLater {
		did := url.Values{}
		for i := range e.items {
			if _, err := s.settle(ctx, &e.items[i], do); err != nil {
				return nil, err
			}
		}
		did.Set("did", do)
		did.Set("n", ui.Itoa(len(e.items)))
		did.Set("back", e.key())
		return did, nil
	}
	if len(ticked) == 0 || slices.ContainsFunc(ticked, func(id string) bool { return !e.about(id) }) {
		return nil, agent.Errorf(agent.CodeInvalid, "tick the rules of the line that this is to be done to")
	}
	change, err := s.cfg.Library.Change(ctx, ui.Person, agent.LibraryAction(do), catalog.RuleSelection{IDs: ticked})
	return ui.Noticed(url.Values{}, change), err
}

// settle does what was decided and returns how the next page tells it.
func (s *Section) settle(ctx context.Context, item *inbox.Item, do string) (url.Values, error) {
	if !slices.ContainsFunc(reviewActions(item), func(a libraryview.RuleAction) bool { return a.Value == do }) {
		return nil, agent.Errorf(agent.CodeInvalid, "there is no decision %q about this", partials.Clip(do, 40))
	}
	switch do {
	case ui.SayKeep, ui.SayLater:
		until := s.Now().Add(inbox.Quiet)
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
	keys := itemKeys(key)
	if len(keys) > maxKeys || slices.ContainsFunc(keys, func(one string) bool { return one == "" || len(one) > maxKeyBytes }) {
		return agent.Errorf(agent.CodeInvalid, "this names no item of the inbox; open it again")
	}
	if a, b, ok := inbox.PairOf(key); ok {
		if err := s.cfg.Library.Decide(ctx, ui.Person, a, b, stillOpen); err != nil {
			return err
		}
	}
	for _, one := range keys {
		if err := s.cfg.Review.PutOff(ctx, ui.Person, one, time.Time{}); err != nil {
			return err
		}
	}
	s.reviews.forget()
	return s.SeeOther(c, "/review?"+url.Values{"item": {key}}.Encode())
}
