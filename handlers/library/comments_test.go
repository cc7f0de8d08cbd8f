package library_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"purposeagent/agent/catalog"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// A playbook with very many comments says what it leaves out and leads to the rest; so
// do the pages of rules and the document.
func TestNoCommentIsLeftOutInSilence(t *testing.T) {
	site := sitetest.New(t, withPlaybook)
	const n = catalog.MaxComments + 30
	for i := range n {
		if _, err := site.Store.Comments().Add(t.Context(), "ann", catalog.Comment{Rules: []string{"h000005"}, Line: "Open by colour", Text: fmt.Sprintf("comment <%03d>", i)}); err != nil {
			t.Fatal(err)
		}
	}
	page := func(path string) *goquery.Document {
		t.Helper()
		rec := pagetest.Ask(site, "GET", path, "")
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		return pagetest.Document(t, rec)
	}
	link := func(doc *goquery.Document, text string) string {
		t.Helper()
		href := doc.Find("a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.TrimSpace(a.Text()) == text }).AttrOr("href", "")
		if href == "" {
			t.Fatalf("no link says %q", text)
		}
		return href
	}
	// readAll follows a list of comments to its end.
	readAll := func(path string) map[string]bool {
		t.Helper()
		seen := map[string]bool{}
		for path != "" {
			doc := page(path)
			doc.Find(".comments .said").Each(func(_ int, said *goquery.Selection) { seen[said.Text()] = true })
			path = doc.Find(`a[rel="next"], a[rel="prev"]`).FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.Contains(a.AttrOr("href", ""), "cursor=") }).Last().AttrOr("href", "")
		}
		return seen
	}
	book := page("/library")
	if text := book.Text(); !strings.Contains(text, "The newest 200 comments stand by their lines.") {
		t.Error("the playbook does not say that it leaves comments out")
	}
	for name, path := range map[string]string{"the playbook": link(book, "All 230 comments"), "a line": link(book, "All comments on this line"), "a rule": link(page("/library/h000005"), "180 earlier comments")} {
		if seen := readAll(path); len(seen) != n || !seen["comment <000>"] {
			t.Errorf("from %s one comes to %d of %d comments", name, len(seen), n)
		}
	}
	if doc := pagetest.Ask(site, "GET", "/library/playbook.md", "").Body.String(); strings.Count(doc, "ann, ") != n {
		t.Errorf("the document has %d of %d comments", strings.Count(doc, "ann, "), n)
	}
	if rec := pagetest.Ask(site, "GET", "/library/comments?ids=h000005&cursor=x", ""); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a cursor that is none: %d", rec.Code)
	}
}
