package language_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent/language"
)

func TestStem(t *testing.T) {
	raw, err := os.ReadFile("testdata/stems.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(raw)) {
		word, want, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		n++
		if got := language.Stem(word); got != want {
			t.Errorf("Stem(%q) = %q, want %q", word, got, want)
		}
	}
	if n < 250 {
		t.Errorf("the sample has %d words", n)
	}
	for _, word := range []string{"", "'", "''", "a", "größe", "3", "2.5", "x-ray", "'s", "yyy", "sss"} {
		language.Stem(word) // must not panic
	}
}

func TestSingular(t *testing.T) {
	for word, want := range map[string]string{"cubes": "cube", "apples": "apple", "berries": "berry", "boxes": "box", "dishes": "dish", "glass": "glass",
		"glasses": "glass", "brass": "brass", "cactus": "cactus", "is": "is", "this": "this", "as": "as", "basis": "basis"} {
		if got := language.Singular(word); got != want {
			t.Errorf("Singular(%q) = %q, want %q", word, got, want)
		}
	}
}

// unwanted lists the words that a text names to say what must not be.
func unwanted(text string) string {
	var out []string
	for _, w := range language.English.Read(text).Words {
		if w.Unwanted && !w.Grammar {
			out = append(out, w.Text)
		}
	}
	return strings.Join(out, " ")
}

func TestNegations(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"none", "bring the red cube", ""},
		{"without", "bring a cube without red", "red"},
		{"a list with or", "a cube without red, green or blue", "red green blue"},
		{"a list with and", "avoid red and green", "red green"},
		{"lists of groups", "avoid red cubes, green balls and blue cones", "red cubes green balls blue cones"},
		{"but ends it", "not red but blue", "red"},
		{"a comma and another clause", "do not touch the lamp, bring the apple and the pear", "touch lamp"},
		{"a comma without a list", "avoid the red one, take a blue cube", "red one"},
		{"and another clause", "never open the box and bring the apple", "open box"},
		{"or another clause is meant as well", "never open the box or drop the apple", "open box drop apple"},
		{"at the beginning", "Without touching the lamp, bring the apple.", "touching lamp"},
		{"a list at the beginning", "Without red, green or blue, bring apples and pears", "red green blue"},
		{"avoid", "Avoid red, green or blue.", "red green blue"},
		{"n't", "don't take the red cube", "take red cube"},
		{"n’t", "You don’t need red", "red"},
		{"no apostrophe", "dont take red", "take red"},
		{"no", "a wall with no windows", "windows"},
		{"never", "never go north", "go north"},
		{"except", "bring all apples except the green ones", "green ones"},
		{"instead of", "take the blue cube instead of the red one", "red one"},
		{"rather than", "use wax rather than oil", "oil"},
		{"anything but", "paint it anything but red", "red"},
		{"neither nor", "neither red nor green, but blue", "red green"},
		{"not only", "not only a red cube but also a blue one", ""},
		{"nothing but", "nothing but red cubes", ""},
		{"don't forget", "don't forget the apple", ""},
		{"do not avoid", "do not avoid red", ""},
		{"an amount", "bring no more than two apples", ""},
		{"not fewer", "not fewer than 3 red cubes", ""},
		{"until", "do not stop until the lamp is lit", "stop"},
		{"the next sentence", "Never use red. Use blue.", "use red"},
		{"the next line", "avoid red\nbring blue", "red"},
		{"another negation", "without red and without green", "red green"},
		{"said after it", "a cube, red is not allowed", "red"},
		{"forbidden", "red and green are forbidden", "red green"},
		{"without anything", "without", ""},
		{"not needed", "the lamp isn't needed", "lamp"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := unwanted(test.text); got != test.want {
				t.Errorf("of %q it takes %q to be unwanted, want %q", test.text, got, test.want)
			}
		})
	}
}

func TestAmounts(t *testing.T) {
	tests := []struct {
		name, text string
		want       []language.Amount
	}{
		{"none", "bring the red cube", nil},
		{"in words", "two red cubes", []language.Amount{{Value: 2, Of: []string{"red", "cube"}}}},
		{"in digits", "bring 3 apples", []language.Amount{{Value: 3, Of: []string{"appl"}}}},
		{"two of them", "two red cubes and 3 apples", []language.Amount{{Value: 2, Of: []string{"red", "cube"}}, {Value: 3, Of: []string{"appl"}}}},
		{"at least", "at least 5", []language.Amount{{Value: 5, Bound: language.AtLeast}}},
		{"no more than", "carry no more than 2 crates", []language.Amount{{Value: 2, Bound: language.AtMost, Of: []string{"crate"}}}},
		{"or more", "three cubes or more", []language.Amount{{Value: 3, Bound: language.AtLeast, Of: []string{"cube"}}}},
		{"more than", "more than twenty-one points", []language.Amount{{Value: 21, Bound: language.MoreThan, Of: []string{"point"}}}},
		{"fewer than", "fewer than 1,000 steps", []language.Amount{{Value: 1000, Bound: language.LessThan, Of: []string{"step"}}}},
		{"two hundred", "two hundred and a half", []language.Amount{{Value: 200}}},
		{"a dozen", "a dozen eggs", []language.Amount{{Value: 12, Of: []string{"egg"}}}},
		{"said of", "heat it to a temperature of at least 42.5", []language.Amount{{Value: 42.5, Bound: language.AtLeast, Of: []string{"temperatur"}}}},
		{"below zero", "cool it to -5 degrees", []language.Amount{{Value: -5, Of: []string{"degre"}}}},
		{"a pronoun", "the red one", nil},
		{"one of", "one of the cubes", []language.Amount{{Value: 1, Of: []string{"cube"}}}},
		{"at the end of a sentence", "set the dial to 42.", []language.Amount{{Value: 42, Of: []string{"dial"}}}},
		{"unwanted", "not 3 cubes", []language.Amount{{Value: 3, Of: []string{"cube"}, Unwanted: true}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := language.English.Read(test.text).Amounts
			if !slices.EqualFunc(got, test.want, func(a, b language.Amount) bool {
				return a.Value == b.Value && a.Bound == b.Bound && a.Unwanted == b.Unwanted && slices.Equal(a.Of, b.Of)
			}) {
				t.Errorf("of %q it reads %+v, want %+v", test.text, got, test.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name  string
		bound language.Bound
		want  [3]int // of one too few, as many, one more
	}{
		{"exactly", language.Exactly, [3]int{-1, 0, 1}},
		{"at least", language.AtLeast, [3]int{-1, 0, 0}},
		{"at most", language.AtMost, [3]int{0, 0, 1}},
		{"more than", language.MoreThan, [3]int{-1, -1, 0}},
		{"less than", language.LessThan, [3]int{0, 1, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := language.Amount{Value: 5, Bound: test.bound}
			if got := [3]int{a.Compare(4), a.Compare(5), a.Compare(6)}; got != test.want {
				t.Errorf("4, 5, 6 compare as %v, want %v", got, test.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"two red cubes, not 3", "don't, but", "without , and or", "no more than", "-", "1.,2", "not n't", "is not allowed", "' 's n't", "one"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := language.English.Read(text)
		if len(r.Words) > 1024 || len(r.Amounts) > 8 {
			t.Fatalf("%d words, %d amounts", len(r.Words), len(r.Amounts))
		}
		for _, w := range r.Words {
			if w.Text == "" {
				t.Errorf("an empty word of %q", text)
			}
		}
	})
}
