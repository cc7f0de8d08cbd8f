package library_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/playbook"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// manyRules are rules of one world: counted ones by pairs of conditions, every tenth in
// words, some of them near each other, and some in trial of models.
func manyRules(n int) []*agent.Heuristic {
	hues := []string{"red", "blue", "teal", "grey", "pink", "gold", "plum", "lime", "rust", "sand"}
	rules := make([]*agent.Heuristic, n)
	for i := range rules {
		h := opens(hues[i%10], []string{"push", "pull"}[i/10%2], 3+i%40, i%3)
		h.Predicate.When = append(h.Predicate.When, agent.Condition{Feature: fmt.Sprintf("box size is %d", i/20), Holds: i%3 > 0})
		h.Title = fmt.Sprintf("Open %d", i)
		h.Shown, h.Status = i%7, agent.Probation
		switch i % 10 {
		case 0:
			h.Predicate, h.Author, h.Strategy, h.Pattern = nil, agent.AuthorModel+"m", fmt.Sprintf("open box %d before box %d", i, i/2), fmt.Sprintf("the key number %d is held", i)
		case 5:
			h.Status = agent.Active
		}
		rules[i] = h
	}
	return rules
}

// largeSite is a site over a library of n rules, with a snapshot, and comments on its
// playbook; address is of its world.
func largeSite(t *testing.T, n int) (site sitetest.Site, address string, ids []string) {
	t.Helper()
	store := pagetest.Open(t)
	for rules := manyRules(n); len(rules) > 0; {
		part := rules[:min(2500, len(rules))]
		rules = rules[len(part):]
		for _, h := range store.Learn(t, part...) {
			ids = append(ids, h.ID)
		}
	}
	if _, err := store.Snapshots().Take(t.Context(), "ann", "all"); err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		if _, err := store.Comments().Add(t.Context(), "ann", catalog.Comment{Rules: ids[i*7%n : i*7%n+1], Text: fmt.Sprint("comment ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Library().SetStatus(t.Context(), "ann", ids[:n/20], agent.Retired); err != nil {
		t.Fatal(err)
	}
	composer := playbook.New()
	site = sitetest.Of(t, store, func(c *handlers.Config) {
		withPlaybook(c)
		c.Library.Playbooks = func(ctx context.Context, asked playbook.Asked) (playbook.Page, error) {
			rules, err := store.Library().Usable(ctx, boxes)
			if asked.Snapshot != "" {
				var all []*agent.Heuristic
				if all, err = store.Snapshots().Rules(ctx, asked.Snapshot); err == nil {
					rules = agent.NewRuleSet(boxes, 0, all, nil)
				}
			}
			if err != nil {
				return playbook.Page{}, err
			}
			return playbook.Page{Scope: boxes, Playbook: composer.Compose(agent.Description{State: agent.StateSpec{Things: "/boxes", Vocabulary: map[string][]string{"hue": {"red", "blue", "teal"}}}},
				nil, rules, agent.PlaybookOptions{Tokens: asked.Tokens})}, nil
		}
	})
	return site, url.Values{"environment": {boxes.Environment}, "world": {boxes.Dynamics}}.Encode(), ids
}

// The pages of lines, comments and reviews stay small with ten thousand rules:
// they show a part and say how much more there is.
func TestPagesOfALargeLibraryAreBounded(t *testing.T) {
	site, world, rules := largeSite(t, 10_000)
	snapshots, err := site.Store.Snapshots().List(t.Context())
	if err != nil || len(snapshots) == 0 {
		t.Fatal(err)
	}
	ids := url.Values{"ids": rules[len(rules)-catalog.MaxCommentRules:], "title": {"a line"}}.Encode()
	for _, test := range []struct {
		name, path string
		bytes      int
	}{
		{"playbook", "/library?" + world, 800_000},
		{"playbook, all lines", "/library?lines=all&" + world, 5_000_000},
		{"compare", "/library/playbook/diff?" + world + "&from=" + snapshots[0].ID, 500_000},
		{"line", "/library/line?" + ids, 200_000},
		{"comments on a line", "/library/comments?" + ids, 100_000},
		{"comments on a world", "/library/comments?" + world, 100_000},
		{"review", "/review", 300_000},
		{"review, rule by rule", "/review?by=rule", 300_000},
		{"rules", "/library?q=key", 300_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			first := time.Now()
			rec := pagetest.Ask(site, "GET", test.path, "")
			cold, again := time.Since(first), time.Now()
			pagetest.Ask(site, "GET", test.path, "")
			warm := time.Since(again)
			t.Logf("%-24s %6d KB, first %v, again %v", test.name, rec.Body.Len()/1000, cold.Round(time.Millisecond), warm.Round(time.Millisecond))
			if rec.Code != http.StatusOK || rec.Body.Len() > test.bytes {
				t.Errorf("%d, %d bytes, at most %d are fine", rec.Code, rec.Body.Len(), test.bytes)
			}
		})
	}
}
