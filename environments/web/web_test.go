package web

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/agent/prompttext"
)

var update = flag.Bool("update", false, "write the golden files")

// TestObservationGolden holds what an actor reads of the pages of the site.
func TestObservationGolden(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/welcome", nil)
	for _, name := range []string{"/", "/custom", "/frames", "/shadow", "/cover", "/dynamic", "/about", "/injection"} {
		t.Run(strings.Trim(name, "/"), func(t *testing.T) {
			w := v.do(open, map[string]any{"url": s.URL + name})
			got := "title: " + w.Title + "\nurl: " + strings.TrimPrefix(w.URL, s.URL) + "\n" + w.Page + "\n"
			path := filepath.Join("testdata", "page"+strings.ReplaceAll(name, "/", "_")+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/", map[string]any{"success_url": "*/sent?*", "success_text": "Ann from Spain", "success_script": "document.title === 'Sent'"})
	if verdict := v.verdict(); verdict.Success || verdict.Score != 0 {
		t.Errorf("the first page counts as %+v", verdict)
	}
	v.do(typeText, map[string]any{"element": v.number(`"Name"`), "text": "Ann"})
	v.says(`now: [5] textbox "Name": "Ann"`)
	v.do(typeText, map[string]any{"element": v.number(`"Name"`), "text": "Än n"})
	v.says(`textbox "Name": "Än n"`)
	v.do(typeText, map[string]any{"element": v.number(`"Name"`), "text": ""})
	v.do(typeText, map[string]any{"element": v.number(`"Name"`), "text": "Ann"})
	v.do(typeText, map[string]any{"element": v.number(`"Password"`), "text": "hunter2"})
	v.says(`textbox "Password": (filled in)`)
	if strings.Contains(v.state.Data.String(), "hunter2") {
		t.Error("a password is shown")
	}
	v.do(choose, map[string]any{"element": v.number(`"Country"`), "option": "Spain"})
	v.says(`now: [7] combobox "Country": "Spain" of France, Germany, Spain`)
	v.click("I accept")
	v.says("(checked)")
	v.do(typeText, map[string]any{"element": v.number(`"Born"`), "text": "2001-02-03"})
	v.do(typeText, map[string]any{"element": v.number(`"Amount"`), "text": "7"})
	v.do(typeText, map[string]any{"element": v.number(`"Notes"`), "text": "two\nlines"})
	v.click("Show hints")
	v.says("new: 3 hints")
	if verdict := v.verdict(); verdict.Success {
		t.Errorf("it counts as reached before it was sent: %+v", verdict)
	}
	w := v.click(`"Send"`)
	v.says("Thank you", "Ann from Spain, terms on, born 2001-02-03, 7 × two lines")
	if w.Title != "Sent" || !v.verdict().Success || v.verdict().Score != 1 {
		t.Errorf("at %q the verdict is %+v", w.Title, v.verdict())
	}
	for text, hidden := range map[string]string{"data": v.state.Data.String(), "summary": v.state.Summary} {
		if strings.Contains(hidden, "success") {
			t.Errorf("the %s tells of the verdict: %s", text, hidden)
		}
	}
	v.do(back, nil)
	v.says("New order")
}

func (s *session) verdict() agent.Verdict {
	s.t.Helper()
	v, ok := s.env.(agent.Verifier)
	if !ok {
		s.t.Fatal("it is no Verifier")
	}
	verdict, err := v.Verify(s.t.Context(), s.state)
	if err != nil {
		s.t.Fatal(err)
	}
	return verdict
}

// TestWrongActions holds that what can't be done is said, and changes nothing.
func TestWrongActions(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/", nil)
	before := v.see()
	name := v.number(`"Name"`)
	for _, c := range []struct {
		name   string
		params map[string]any
		want   string
	}{
		{click, map[string]any{"element": 99}, "there is no [99] on this page"},
		{click, map[string]any{"element": -1}, "there is no [-1]"},
		{typeText, map[string]any{"element": v.number(`"Send"`), "text": "x"}, "takes no text: it is a button"},
		{choose, map[string]any{"element": name, "option": "x"}, "is no list of options"},
		{choose, map[string]any{"element": v.number(`"Country"`), "option": "Peru"}, `has no option "Peru"; it has France, Germany, Spain`},
		{typeText, map[string]any{"element": v.number(`"Born"`), "text": "yesterday"}, "2026-12-01"},
		{typeText, map[string]any{"element": name, "text": strings.Repeat("x", maxTyped+1)}, "at most 20000"},
		{press, map[string]any{"key": "F13"}, "must be one of"},
		{open, map[string]any{"url": "file:///etc/passwd"}, "only addresses that begin with http"},
		{open, map[string]any{"url": "javascript:alert(1)"}, "only addresses that begin with http"},
		{open, map[string]any{"url": "https://example.com/"}, "may go to 127.0.0.1"},
		{open, map[string]any{"url": s.URL + "@evil.example/"}, "user name"},
		{read, map[string]any{"part": 9}, "there is no part 9"},
		{"fly", nil, "unknown action"},
	} {
		if err := v.try(c.name, c.params); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), c.want) {
			t.Errorf("%s %.60v: %v, want %q", c.name, c.params, err, c.want)
		}
	}
	v.do(back, nil)
	v.says("There is no page before this one.")
	if after := v.see(); after.Page != before.Page {
		t.Errorf("the page changed: %s", cmp.Diff(before.Page, after.Page))
	}
	cover := visit(t, s.URL+"/cover", nil)
	if err := cover.try(click, map[string]any{"element": cover.number("Under")}); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), `lies in front of it`) {
		t.Errorf("a covered button: %v", err)
	}
	cover.click("Accept")
	cover.click("Under")
}

// TestNumbersStay holds that a thing keeps its number as long as its node lives, and
// that no other gets it.
func TestNumbersStay(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/dynamic", nil)
	first, second := v.number("First"), v.number("Second")
	v.click("Add")
	v.says(`new: [`, `button "New 1"`)
	added := v.number("New 1")
	v.click("Swap")
	if v.number("First") != first || v.number("Second") != second || v.number("New 1") != added {
		t.Errorf("numbers moved:\n%s", v.see().Page)
	}
	v.click("Drop")
	v.says("gone: 1 lines")
	v.click("Add")
	if n := v.number("New 2"); n <= added {
		t.Errorf("a new thing has the number %d again", n)
	}
	if err := v.try(click, map[string]any{"element": first}); err == nil {
		t.Error("what is gone was clicked on")
	}
	v.click("Later")
	v.says("new: came later")
}

func TestShadowFrameAndCustom(t *testing.T) {
	t.Parallel()
	s := site(t)
	v := visit(t, s.URL+"/shadow", nil)
	v.do(typeText, map[string]any{"element": v.number("Inside"), "text": "word"})
	v.click("Press")
	v.says("new: got word")

	v = visit(t, s.URL+"/frames", nil)
	v.do(typeText, map[string]any{"element": v.number("Word"), "text": "deep"})
	v.says(`"deep"`)
	v.click("Click me")
	v.says(`button "Clicked"`)

	v = visit(t, s.URL+"/custom", nil)
	v.click("Fancy box")
	v.says("(checked)")
	v.click("Toggle")
	v.says("(pressed)")
	if w := v.click("Ann wrote"); w.Title != "row" {
		t.Errorf("the row was not clicked on: %q", w.Title)
	}
	if w := v.click("trash"); w.Title != "trash" {
		t.Errorf("the mark in the row was not clicked on: %q", w.Title)
	}

	v = visit(t, s.URL+"/keys", nil)
	v.do(typeText, map[string]any{"element": v.number("Find"), "text": "ab"})
	v.says("b ab")
	v.do(press, map[string]any{"key": "Backspace"})
	v.says("Backspace a")
	if w := v.do(typeText, map[string]any{"element": v.number("Find"), "text": "xyz", "submit": true}); w.Title != "entered xyz" {
		t.Errorf("Enter was not pressed: %q", w.Title)
	}
}

// TestBudget holds that a page never takes more than its tokens, that the cut is
// said, and that all of it can be reached.
func TestBudget(t *testing.T) {
	t.Parallel()
	s := site(t)
	for _, tokens := range []int{200, 1500} {
		v := visit(t, s.URL+"/list", map[string]any{"tokens": tokens})
		found := map[string]bool{}
		for range 60 {
			w := v.see()
			if n := prompttext.Tokens(w.Changed + w.Page + w.Title + w.URL); n > tokens {
				t.Errorf("a page of %d tokens takes %d", tokens, n)
			}
			for line := range strings.Lines(w.Page) {
				if _, rest, ok := strings.Cut(line, `link "`); ok {
					found[rest] = true
				}
			}
			if !strings.Contains(w.Page, "more, scroll or read") {
				break
			}
			v.do(scroll, map[string]any{"direction": "down"})
			v.says("above, scroll up")
		}
		if len(found) != 200 {
			t.Errorf("%d of 200 links were found with %d tokens", len(found), tokens)
		}
		v.do(scroll, map[string]any{"direction": "up"})
		v.click("Order ")
		v.says("All")
	}
	v := visit(t, s.URL+"/about", map[string]any{"tokens": 300})
	text := ""
	for part := 1; part <= 5; part++ {
		if err := v.try(read, map[string]any{"part": part}); err != nil {
			break
		}
		w := v.see()
		if n := prompttext.Tokens(w.Read); n > 300+10 {
			t.Errorf("part %d has %d tokens", part, n)
		}
		text += strings.Split(w.Read, "\n(part")[0]
	}
	text = strings.Join(strings.Fields(text), "") // a part ends where it is full
	if !strings.Contains(text, "Thecodeis4711.") || strings.Count(text, "Wehavesoldthingsforalongtime.") != 60 {
		t.Errorf("the text that was read is not whole: %d bytes", len(text))
	}
	w := v.do(read, map[string]any{"element": v.number("We have sold")})
	if strings.Contains(w.Read, "4711") || !strings.Contains(w.Read, "We have sold") {
		t.Errorf("the region is %q", w.Read)
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	s := site(t)
	for actions, path := range map[string]string{"all": "/welcome", listed: "/dynamic"} {
		t.Run(actions, func(t *testing.T) {
			one := begin(t, options(t), s.URL+path, map[string]any{"actions": actions, "success_text": "came later", "timeout_seconds": 30})
			other := begin(t, options(t), s.URL+path, map[string]any{"actions": actions, "success_text": "came later", "timeout_seconds": 30})
			turn := 0
			conformance.Environment(t, func() agent.Environment { // two browsers in turn: a value for each would start forty
				if turn++; turn%2 == 0 {
					return one
				}
				return other
			}, agent.Task{Purpose: "Order for Ann", Seed: 1})
		})
	}
}
