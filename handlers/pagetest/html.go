package pagetest

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// NamedAsLabelled fails the test unless the summary calls a field as the form
// does, and what is said of it is unfolded.
func NamedAsLabelled(t *testing.T, doc *goquery.Document, id string) {
	t.Helper()
	words := func(selector string) string {
		return strings.Join(strings.Fields(doc.Find(selector).First().Text()), " ")
	}
	label := words(`label[for="` + id + `"]`)
	if label == "" { // a group is labelled by its own name or by a text beside it
		label, _ = doc.Find("#" + id).Attr("aria-label")
	}
	if got := words(`#errors a[href="#` + id + `"]`); got != label || label == "" {
		t.Errorf("the summary calls the field %q, the form %q", got, label)
	}
	if folded := doc.Find("#" + id).Closest("details.folded"); folded.Length() > 0 {
		if _, open := folded.Attr("open"); !open {
			t.Error("the field is folded away with its message")
		}
	}
}

// Document reads an answer as HTML.
func Document(t testing.TB, w *httptest.ResponseRecorder) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// FormOf returns what the form of a page that leads to an address sends, as it stands.
func FormOf(t *testing.T, page, action string) url.Values {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	form := doc.Find(`form[action="` + action + `"]`)
	if form.Length() != 1 {
		t.Fatalf("there are %d forms that lead to %s", form.Length(), action)
	}
	values := url.Values{}
	parts := form.Find("input[name], textarea[name]")
	if id := form.AttrOr("id", ""); id != "" {
		parts = parts.AddSelection(doc.Find(`input[form="` + id + `"]`))
	}
	parts.Each(func(_ int, s *goquery.Selection) {
		kind, checked := s.AttrOr("type", ""), s.Is("[checked]")
		value := s.AttrOr("value", "")
		if s.Is("textarea") {
			value = s.Text()
		}
		if kind != "radio" && kind != "checkbox" || checked {
			values.Add(s.AttrOr("name", ""), value)
		}
	})
	form.Find("select[name]").Each(func(_ int, s *goquery.Selection) {
		option := s.Find("option[selected]")
		if option.Length() == 0 {
			option = s.Find("option").First()
		}
		values.Add(s.AttrOr("name", ""), option.AttrOr("value", ""))
	})
	return values
}
