package query

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []Term
	}{
		{"nothing", "  ", nil},
		{"words", "silver key", []Term{{Value: "silver", At: 1}, {Value: "key", At: 8}}},
		{"a phrase", `"silver key" door`, []Term{{Value: "silver key", At: 1}, {Value: "door", At: 14}}},
		{"a key", "status:active", []Term{{Key: "status", Value: "active", At: 1}}},
		{"a negated key", "-author:human", []Term{{Not: true, Key: "author", Value: "human", At: 1}}},
		{"a phrase after a key", `author:"rule distiller"`, []Term{{Key: "author", Value: "rule distiller", At: 1}}},
		{"a quote within", `"say \"no\""`, []Term{{Value: `say "no"`, At: 1}}},
		{"a lonely minus", "a - b", []Term{{Value: "a", At: 1}, {Value: "-", At: 3}, {Value: "b", At: 5}}},
		{"a colon in the value", "author:model:qwen", []Term{{Key: "author", Value: "model:qwen", At: 1}}},
		{"signs of more than a byte", "Φ n:>2", []Term{{Value: "Φ", At: 1}, {Key: "n", Value: ">2", At: 3}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.text)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Error(err, diff)
			}
		})
	}
}

func TestProblemsNameThePlace(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"an open quote", `key "silver`, "at character 5: the quote that opens here is not closed"},
		{"an unknown filter", "key stat:active", `at character 5: there is no filter "stat:"`},
		{"an unknown status", "status:odd", `there is no status "odd"; choose one of active, probation`},
		{"an unknown tier", "-tier:x", `there is no tier "x"`},
		{"no number", "a uplift:much", `at character 3: uplift: needs a number such as uplift:>0, got "much"`},
		{"no number at all", "n:", "n: needs a number"},
		{"not a number", "n:>NaN", "n: needs a number"},
		{"a strange comparison", "n:=>3", "use one of"},
		{"a range backwards", "n:9..3", "is not a range"},
		{"no value", "env:", "env: needs a value"},
		{"an empty alternative", "env:maze,", "env: needs a value"},
		{"after a quote", `"a"b`, "at character 4: a space must follow the closing quote"},
		{"too long", strings.Repeat("a", 501), "at most 500 bytes"},
		{"no text", "\xff", "valid text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Heuristics(test.text)
			if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestHeuristics(t *testing.T) {
	q, err := Heuristics(`status:active tier:tool,strategic env:maze uplift:>0 n:>=20 uses:5..9 -author:human "silver key" -"one phrase"`)
	if err != nil {
		t.Fatal(err)
	}
	want := catalog.HeuristicQuery{Text: "silver key", Terms: []catalog.HeuristicTerm{
		{Field: catalog.FieldStatus, Values: []string{"active"}},
		{Field: catalog.FieldTier, Values: []string{"tool", "strategic"}},
		{Field: catalog.FieldEnv, Values: []string{"maze"}},
		{Field: catalog.FieldUplift, Low: new(0.0), LowOpen: true},
		{Field: catalog.FieldN, Low: new(20.0)},
		{Field: catalog.FieldUses, Low: new(5.0), High: new(9.0)},
		{Field: catalog.FieldAuthor, Not: true, Values: []string{"human"}},
		{Field: catalog.FieldText, Not: true, Values: []string{"one phrase"}},
	}}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Error(diff)
	}
}

func TestWithKeepsTheRest(t *testing.T) {
	terms, err := Parse(`status:active "silver key" env:maze`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, key, value, want string }{
		{"replaced in its place", "status", "retired", `status:retired "silver key" env:maze`},
		{"left out", "status", "", `"silver key" env:maze`},
		{"added", "tier", "tool", `status:active "silver key" env:maze tier:tool`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Format(With(terms, test.key, test.value)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// FuzzParse holds that whatever is typed is read or refused with a place, and
// that what was read can be written and read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a", `status:active tier:tool env:maze uplift:>0 n:>20 -author:human "text"`, `"open`, `a:"b c" -"d"`, "-", "-:", ":", "::a",
		`\"`, `"\\"`, "n:..", "n:1..2", "Φ:Δ", "-\"\"", "a:-b", "\u00a0x", `x"y"`, "status:,", "n:1e309"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		terms, err := Parse(text)
		if err != nil {
			if agent.CodeOf(err) != agent.CodeInvalid {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := Parse(Format(terms))
		if err != nil && len(Format(terms)) <= MaxBytes {
			t.Fatalf("%q is written as %q: %v", text, Format(terms), err)
		}
		if err == nil {
			for i := range terms {
				terms[i].At, again[i].At = 0, 0
			}
			if diff := cmp.Diff(terms, again); diff != "" {
				t.Fatalf("%q is written as %q: %s", text, Format(terms), diff)
			}
		}
		if _, err := Steps(text); err != nil && agent.CodeOf(err) != agent.CodeInvalid {
			t.Fatalf("%q: %v", text, err)
		}
		if _, err := Heuristics(text); err != nil && agent.CodeOf(err) != agent.CodeInvalid {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
