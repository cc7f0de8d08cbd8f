package history_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"purposeagent/agent/packs"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// upload posts a pack as a browser does, with more fields as name, value pairs.
func upload(t *testing.T, x sitetest.Site, pack string, more ...string) *httptest.ResponseRecorder {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if pack != "" {
		part, err := form.CreateFormFile("pack", "pack.json")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(pack)); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		if err := form.WriteField(more[i], more[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return pagetest.Ask(x, http.MethodPost, "/library/import", body.String(), "Content-Type", form.FormDataContentType())
}

func TestPacksOnThePage(t *testing.T) {
	x := sitetest.New(t)
	numbered := x.Store.Numbered(t)
	const rule = `{"id":"a","tier":"strategic","title":"T","pattern":"P","strategy":"S"}`
	const good = `{"format":"purpose-library","version":1,"name":"doors","rules":[` + rule + `]}`
	const other = `{"id":"a","tier":"strategic","title":"T","pattern":"P","strategy":"another"}`
	const half = `{"format":"purpose-library","version":1,"name":"doors","rules":[` + other + `,{"id":"b","tier":"vip","hook":"<script>"}]}`
	for _, test := range []struct {
		name, pack string
		more       []string
		status     int
		want       string
	}{
		{"good", good, nil, 303, "/library/import?change={1}&did=import&known=0&n=1"},
		{"once more", good, nil, 303, "/library/import?did=import&known=1&n=0"},
		{"no file", "", nil, 422, "Choose the file of a pack first"},
		{"broken", half, nil, 422, "Nothing was imported: "},
		{"names what is unknown", half, nil, 422, "there is no field &#34;hook&#34; in a rule"},
		{"offers to leave out", half, nil, 422, "Leave out the 1 rule with a problem and import the other 1"},
		{"the rest only", half, []string{"skip", "yes"}, 303, "change={2}&did=import&known=0&n=1"},
		{"nothing is left", strings.Replace(half, other+",", "", 1), []string{"skip", "yes"}, 422, "Nothing was imported"},
		{"wrong version", strings.Replace(good, `"version":1`, `"version":9`, 1), []string{"skip", "yes"}, 422, "this pack has version 9"},
		{"no such status", good, []string{"status", "vip"}, 422, "There is no status"},
		{"too large", strings.Replace(good, "doors", strings.Repeat("x", 3<<20), 1), nil, 413, "larger than 2 MB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := upload(t, x, test.pack, test.more...)
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if w.Code != test.status || !strings.Contains(got, numbered(test.want)) {
				t.Errorf("got %d, want %d: %.200s", w.Code, test.status, got)
			}
		})
	}
	w := pagetest.Ask(x, http.MethodGet, numbered("/library/import?change={1}&did=import&known=1&n=1&unwanted=0"), "")
	if got := w.Body.String(); !strings.Contains(got, "1 rule imported. 1 rule said the same here before") || !strings.Contains(got, numbered("/library/changes/{1}/undo")) {
		t.Errorf("the notice is missing: %.3000s", got)
	}
	w = pagetest.Ask(x, http.MethodGet, "/library/export?name=doors&q=", "")
	if pack, problems := packs.Parse(w.Body.Bytes()); len(problems) > 0 || len(pack.Rules) != len(x.Store.Rules(t)) {
		t.Error(problems, len(pack.Rules))
	}
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename=doors.json` {
		t.Error(got)
	}
	if w := pagetest.Ask(x, http.MethodGet, "/library/export?name=%0a", ""); w.Code != http.StatusUnprocessableEntity {
		t.Error(w.Code)
	}
}
