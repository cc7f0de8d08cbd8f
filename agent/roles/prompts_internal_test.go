package roles

import (
	"regexp"
	"strings"
	"testing"
)

// Small models copy what a prompt shows: no template holds a number, but for
// the scale that every critic needs.
func TestPromptsHoldNoSampleValues(t *testing.T) {
	files, err := promptFiles.ReadDir("prompts")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	digit := regexp.MustCompile(`\d`)
	for _, file := range files {
		raw, err := promptFiles.ReadFile("prompts/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			if digit.MatchString(line) && !strings.HasPrefix(line, "Scale:") && !strings.HasPrefix(line, "confidence:") {
				t.Errorf("%s: %s", file.Name(), line)
			}
		}
	}
}

func TestAllot(t *testing.T) {
	text := func(tokens int) string { return strings.Repeat("abcd", tokens) }
	tests := []struct {
		name   string
		budget int
		needs  []int
		shares []float64
		want   []int
	}{
		{"all fit", 100, []int{20, 30}, []float64{.5, .5}, []int{20, 30}},
		{"none fit", 100, []int{200, 300}, []float64{.5, .5}, []int{50, 50}},
		{"what one leaves goes to the others", 100, []int{10, 300, 300}, []float64{.4, .4, .2}, []int{10, 60, 30}},
		{"passed on twice", 100, []int{10, 45, 300}, []float64{.4, .4, .2}, []int{10, 45, 45}},
		{"no budget", -5, []int{10, 20}, []float64{.5, .5}, []int{0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sections := make([]*section, len(tt.needs))
			for i := range sections {
				sections[i] = &section{share: tt.shares[i], text: text(tt.needs[i])}
			}
			allot(tt.budget, sections...)
			for i, s := range sections {
				if s.limit != tt.want[i] {
					t.Errorf("section %d has %d, want %d", i, s.limit, tt.want[i])
				}
			}
		})
	}
}
