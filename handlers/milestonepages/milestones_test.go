package milestonepages_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/milestones"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

var shop = milestones.World{Environment: "shop", Dynamics: "w1"}

// shopSite has a world whose milestones a model wrote.
func shopSite(t *testing.T) (sitetest.Site, *pagetest.Store) {
	t.Helper()
	var store *pagetest.Store
	x := sitetest.New(t)
	store = x.Store
	x = sitetest.Of(t, store, func(c *handlers.Config) { c.Library.Milestones = store.App(t).Milestones })
	_, err := store.Milestones().Add(t.Context(), milestones.Set{World: shop, Items: []string{"the order is read", "the <b>piece</b> is packed"},
		Author: agent.AuthorModel + "ollama:qwen3", Note: "for the purpose Pack an order"})
	if err != nil {
		t.Fatal(err)
	}
	return x, store
}

func newest(t *testing.T, store *pagetest.Store, world milestones.World) *milestones.Set {
	t.Helper()
	set, err := store.Milestones().Newest(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func post(x sitetest.Site, path string, values ...string) (code int, location, body string) {
	form := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	w := pagetest.Ask(x, http.MethodPost, path, form.Encode())
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

func TestGoldenPages(t *testing.T) {
	x, store := shopSite(t)
	set := *newest(t, store, shop)
	set.Status, set.Items = milestones.InUse, []string{"the order is read"}
	if _, err := store.Milestones().Decide(t.Context(), "you", 1, set); err != nil {
		t.Fatal(err)
	}
	sitetest.Goldens(t, x, sitetest.Golden{Name: "milestones", Path: "/library/milestones", Want: 200},
		sitetest.Golden{Name: "milestones-world", Path: "/library/milestones?environment=shop&world=w1", Want: 200},
		sitetest.Golden{Name: "milestones-declared", Path: "/library/milestones?environment=maze", Want: 200})
}

// What a model wrote is in the inbox until a person has looked at it, and can be
// accepted as it is, changed, turned down and brought back.
func TestMilestonesAreReviewed(t *testing.T) {
	x, store := shopSite(t)
	page := "/library/milestones?environment=shop&world=w1"
	if inbox := sitetest.Body(t, x, "/review", 200); !strings.Contains(inbox, "Milestones of shop · w1") || !strings.Contains(inbox, "environment=shop&amp;world=w1") {
		t.Error("the inbox does not lead to what a model wrote")
	}
	shown := sitetest.Body(t, x, page, 200)
	for _, want := range []string{"not reviewed", "Written by ollama:qwen3 for the purpose Pack an order", "the &lt;b&gt;piece&lt;/b&gt; is packed"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	about := []string{"environment", "shop", "world", "w1"}
	code, location, _ := post(x, "/library/milestones", append(about, "base", "1", "do", "accept", "items", "the order is read\r\nthe <b>piece</b> is packed")...)
	if set := newest(t, store, shop); code != http.StatusSeeOther || !set.Reviewed || set.Version != 2 || set.Author != agent.AuthorModel+"ollama:qwen3" {
		t.Fatalf("accepted: %d, %+v", code, set)
	}
	if inbox := sitetest.Body(t, x, "/review", 200); strings.Contains(inbox, "Milestones of shop") {
		t.Error("what a person accepted is still in the inbox")
	}
	if told := sitetest.Body(t, x, location, 200); !strings.Contains(told, "Saved. Critics judge") || !strings.Contains(told, "version=1") {
		t.Error("the page does not say what was done, or has no way back")
	}
	if code, _, body := post(x, "/library/milestones", append(about, "base", "1", "do", "accept", "items", "what I typed")...); code != http.StatusConflict || !strings.Contains(body, "what I typed") || !strings.Contains(body, "changed meanwhile") {
		t.Errorf("a decision about an old version: %d, %s", code, body)
	}
	post(x, "/library/milestones", append(about, "base", "2", "do", "accept", "items", "the piece is wrapped")...)
	if set := newest(t, store, shop); set.Author != agent.AuthorHuman || !slices.Equal(set.Judged(), []string{"the piece is wrapped"}) {
		t.Errorf("changed: %+v", set)
	}
	post(x, "/library/milestones", append(about, "base", "3", "do", "reject", "items", "the piece is wrapped")...)
	if set := newest(t, store, shop); set.Status != milestones.Rejected || set.Judged() != nil {
		t.Errorf("turned down: %+v", set)
	}
	code, _, _ = post(x, "/library/milestones/restore?environment=shop&world=w1&base=4&version=2")
	if set := newest(t, store, shop); code != http.StatusSeeOther || set.Version != 5 || len(set.Judged()) != 2 {
		t.Errorf("brought back: %d, %+v", code, set)
	}
}

// What can't be kept is said beside what was typed, and nothing is lost.
func TestBadMilestones(t *testing.T) {
	x, store := shopSite(t)
	about := []string{"environment", "shop", "world", "w1", "base", "1", "do", "accept", "items"}
	long := "a first\n" + strings.Repeat("w", milestones.Characters+1)
	code, _, body := post(x, "/library/milestones", append(about, long)...)
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "milestone 2 has 161 characters") || !strings.Contains(body, "a first\n") {
		t.Errorf("%d, %s", code, body)
	}
	if set := newest(t, store, shop); set.Version != 1 {
		t.Errorf("kept %+v", set)
	}
	for path, want := range map[string]int{"/library/milestones?environment=nowhere": 404, "/library/milestones?environment=shop&world=w2": 404} {
		if w := pagetest.Ask(x, http.MethodGet, path, ""); w.Code != want {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for name, values := range map[string][]string{
		"no such decision": {"environment", "shop", "world", "w1", "base", "1", "do", "praise"},
		"no version":       {"environment", "shop", "world", "w1", "base", "x", "do", "accept"},
		"no world":         {"environment", "nowhere", "base", "0", "do", "accept", "items", "a"},
	} {
		if code, _, _ := post(x, "/library/milestones", values...); code < 400 || code >= 500 {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code, _, _ := post(x, "/library/milestones/restore?environment=shop&world=w1&base=1&version=9"); code != http.StatusNotFound {
		t.Errorf("a version that is not there: %d", code)
	}
}

// Where the environment declares milestones, kept ones are shown and nothing can be
// decided: nobody judges by them.
func TestDeclaredMilestonesAreNotDecidedOn(t *testing.T) {
	x, store := shopSite(t)
	maze := milestones.World{Environment: "maze"}
	if _, err := store.Milestones().Add(t.Context(), milestones.Set{World: maze, Items: []string{"a lamp is lit"}, Author: agent.AuthorModel + "m"}); err != nil {
		t.Fatal(err)
	}
	page := sitetest.Body(t, x, "/library/milestones?environment=maze", 200)
	if !strings.Contains(page, "a lamp is lit") || !strings.Contains(page, "Declared by the environment") || strings.Contains(page, "<form class=\"stack\"") {
		t.Errorf("the page is\n%s", page)
	}
	code, _, body := post(x, "/library/milestones", "environment", "maze", "base", "1", "do", "accept", "items", "mine")
	if set := newest(t, store, maze); code != http.StatusConflict || !strings.Contains(body, "declares the milestones") || set.Version != 1 {
		t.Errorf("%d, kept %+v", code, set)
	}
}
