package review_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent"
	"purposeagent/agent/inbox"
	"purposeagent/agent/playbook"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/review"
	"purposeagent/handlers/sitetest"
)

// countedInbox counts how often an inbox is read.
type countedInbox struct {
	review.Inbox
	reads atomic.Int32
}

func (c *countedInbox) Review(ctx context.Context) ([]inbox.Item, error) {
	c.reads.Add(1)
	return c.Inbox.Review(ctx)
}

// The pages that are open ask for the number in the rail again and again. While nothing
// changes, nobody reads the library or writes a playbook for it; a change, and what
// comes back by itself, is seen.
func TestTheRailDoesNotReadTheLibraryAgain(t *testing.T) {
	store := pagetest.Open(t)
	var ids []string
	for _, h := range store.Learn(t, thin("red", "push"), thin("blue", "pull"), thin("teal", "pull")) {
		ids = append(ids, h.ID)
	}
	store.Earn(t, boxes, pagetest.Earned{ID: ids[0], Type: "boxes", In: 6, Solved: 4}, pagetest.Earned{ID: ids[1], Type: "boxes", In: 4, Solved: 2})
	counted := &countedInbox{Inbox: store.Library()}
	var composed atomic.Int32
	now := pagetest.Noon
	site := sitetest.Of(t, store, func(c *handlers.Config) {
		c.Now = func() time.Time { return now }
		c.Library.Review = counted
		c.Library.Playbooks = func(context.Context, playbook.Asked) (playbook.Page, error) {
			composed.Add(1)
			return playbook.Page{Scope: boxes}, nil
		}
	})
	look := func(after time.Duration) string {
		t.Helper()
		now = now.Add(after)
		store.At(now)
		page := pagetest.Ask(site, "GET", "/runs", "").Body.String()
		_, count, _ := strings.Cut(page, `data-count="Review">`)
		count, _, _ = strings.Cut(count, "</span>")
		return count
	}
	first := look(0)
	reads, pages := counted.reads.Load(), composed.Load()
	if !strings.Contains(first, "2") || reads == 0 || pages != 1 {
		t.Fatalf("the rail says %q after %d readings and %d playbooks", first, reads, pages)
	}
	for range 5 {
		if again := look(16 * time.Second); again != first {
			t.Errorf("the rail says %q, it said %q", again, first)
		}
	}
	if r, p := counted.reads.Load(), composed.Load(); r != reads || p != pages {
		t.Errorf("nothing changed, and it was read %d times more and %d playbooks were written", r-reads, p-pages)
	}
	item := pagetest.FormOf(t, pagetest.Ask(site, "GET", "/review", "").Body.String(), "/review")
	if w := pagetest.Ask(site, "POST", "/review", pagetest.Form("key", item.Get("key"), "do", "later")); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	before := composed.Load()
	if off := look(16 * time.Second); !strings.Contains(off, "1") {
		t.Errorf("one is put off, and the rail says %q", off)
	}
	if p := composed.Load() - before; p > 1 {
		t.Errorf("open and deferred items are grouped in one pass, and %d playbooks were written", p)
	}
	if back := look(inbox.Quiet); back != first {
		t.Errorf("its time has passed, and the rail says %q", back)
	}
	if _, err := store.Library().SetStatus(t.Context(), "Ann", ids[1:2], agent.Retired); err != nil {
		t.Fatal(err)
	}
	if less := look(16 * time.Second); !strings.Contains(less, "1") {
		t.Errorf("one is retired, and the rail says %q", less)
	}
}

// What one reader could not read, since it went away, is read again by the next.
func TestAnInboxThatWasReadInPart(t *testing.T) {
	store := pagetest.Open(t)
	rule := store.Learn(t, thin("red", "push"))[0]
	store.Earn(t, boxes, pagetest.Earned{ID: rule.ID, Type: "boxes", In: 6, Solved: 4})
	var composed atomic.Int32
	site := sitetest.Of(t, store, func(c *handlers.Config) {
		c.Library.Playbooks = func(context.Context, playbook.Asked) (playbook.Page, error) {
			if composed.Add(1) == 1 { // by the rail or by the page
				return playbook.Page{}, context.Canceled
			}
			return playbook.Page{Scope: boxes}, nil
		}
	})
	for range 3 {
		sitetest.Body(t, site, "/review", http.StatusOK)
	}
	if n := composed.Load(); n != 2 {
		t.Errorf("the playbook was asked for %d times: once in vain, and once to be kept", n)
	}
}

// A key that is none is refused in a few words, however long it is.
func TestAKeyThatIsNone(t *testing.T) {
	x := reviewed(t)
	for _, key := range []string{"", strings.Repeat("x", 20_000), "conflict:" + strings.Repeat("a<b>", 5_000) + ":h000001", "lines:" + strings.Repeat("k,", 300), "lines:" + strings.Repeat("k", 600)} {
		w := pagetest.Ask(x, http.MethodPost, "/review/back", pagetest.Form("back", key))
		if page := w.Body.String(); w.Code != http.StatusUnprocessableEntity || strings.Contains(page, "a<b>") || strings.Contains(page, strings.Repeat("x", 600)) || strings.Contains(page, strings.Repeat("k", 600)) || !strings.Contains(page, "names no item of the inbox") {
			t.Errorf("%.20q: %d, %d bytes", key, w.Code, len(page))
		}
	}
}

// An inbox of very many items is shown page by page; one gets from each item to the next
// across pages, and what is chosen is on its page.
func TestAnInboxOfManyItems(t *testing.T) {
	const n = 250
	store := pagetest.Open(t)
	var rules []*agent.Heuristic
	for i := range n {
		h := thin("red", "push")
		h.Predicate, h.Author, h.Status = nil, agent.AuthorModel+"m", agent.Candidate
		h.Title, h.Pattern, h.Strategy = fmt.Sprintf("Candidate %03d", i), fmt.Sprintf("box w%dx and y%dz stand there", i, i*i), fmt.Sprintf("take q%dq with k%dk", i*3, i*7)
		rules = append(rules, h)
	}
	store.Learn(t, rules...)
	site := sitetest.Of(t, store)
	seen := map[string]bool{}
	path, pages := "/review", 0
	for ; path != "" && pages < 10; pages++ {
		doc := pagetest.Document(t, pagetest.Ask(site, "GET", path, ""))
		rows := doc.Find(".inbox .items a[data-row]")
		if rows.Length() > 100 || doc.Find(`.inbox a[aria-current]`).Length() != 1 {
			t.Fatalf("%s lists %d items", path, rows.Length())
		}
		rows.Each(func(_ int, row *goquery.Selection) { seen[row.Find("strong").Text()] = true })
		path = doc.Find(".inbox .items li.pad a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.Contains(a.Text(), "more item") }).AttrOr("href", "")
	}
	if len(seen) != n || pages != 3 {
		t.Errorf("%d of %d items in %d pages", len(seen), n, pages)
	}
}
