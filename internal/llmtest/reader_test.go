package llmtest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"purposeagent/agent/chat"
	"purposeagent/agent/conformance"
	"purposeagent/agent/llm/openai"
	"purposeagent/internal/llmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The reader is asked as any other server of OpenAI's protocol.
func TestReaderIsAModel(t *testing.T) {
	url := llmtest.StartReader(t, llmtest.Reader{Seed: 1})
	conformance.LLM(t, func() chat.LLM {
		client, err := openai.New(openai.Config{Model: llmtest.ReaderModel, BaseURL: url})
		if err != nil {
			t.Fatal(err)
		}
		return client
	})
}

// garden is a world of its own, in words that stand nowhere else.
var (
	beds   = []string{"bed1", "bed2", "bed3", "bed4"}
	plants = []string{"leek", "bean", "rose", "kale"}
	ways   = []string{"water", "shade", "prune"}
)

// plot is one state of the garden: what can be done, and what is right.
type plot struct {
	choices []string
	right   string
	state   string
	fact    string // what makes it right
}

func plots(n int) []plot {
	out := make([]plot, n)
	for i := range out {
		p := &out[i]
		for k := range beds {
			for _, way := range ways {
				p.choices = append(p.choices, "treat "+beds[k]+" "+way)
			}
		}
		p.choices = append(p.choices, "wait")
		at, way := i%len(beds), ways[(i/3)%len(ways)]
		plant := plants[(at+i)%len(plants)]
		p.right = "treat " + beds[at] + " " + way
		p.fact = plant + " → " + way
		var about []string
		for k, bed := range beds {
			about = append(about, fmt.Sprintf(`"%s":{"plant":"%s","soil":"dry"}`, bed, plants[(k+i)%len(plants)]))
		}
		p.state = "{" + strings.Join(about, ",") + "}"
	}
	return out
}

// playbook is a page of facts, of which one is about the state's plant.
func (p plot) playbook() string {
	lines := []string{"What is known of this garden:"}
	for i, other := range []string{"fern → lime", "moss → salt", "vine → ash", "mint → sand", p.fact, "sage → clay", "iris → peat", "lily → chalk", "pear → tar", "plum → wax"} {
		lines = append(lines, fmt.Sprintf("treat: %s (%d of %d). It was looked at again and again by those who worked here in all the years before, in good and in poor seasons.", other, 20+i, 21+i))
	}
	return strings.Join(lines, "\n")
}

const intro = "You look after a garden. Each turn you do one thing, and then you see what came of it. Answer in JSON."

func (p plot) menu(tips map[string]string) string {
	lines := []string{"You can do:"}
	for _, c := range p.choices {
		lines = append(lines, strings.TrimSpace(c+" "+tips[c]))
	}
	return strings.Join(lines, "\n")
}

func (p plot) schema() json.RawMessage {
	list, _ := json.Marshal(p.choices)
	return json.RawMessage(fmt.Sprintf(`{"type":"object","properties":{"why":{"type":"string","maxLength":60},"move":{"type":"string","enum":%s}},"required":["why","move"]}`, list))
}

// rightly is the share of states in which the reader chooses right.
func rightly(t *testing.T, n int, prompt func(p plot) []string) float64 {
	t.Helper()
	good := 0
	for i, p := range plots(n) {
		parts := prompt(p)
		r := llmtest.Reader{Seed: uint64(i)}
		text, err := r.Answer([]llmtest.Message{{Role: "system", Content: parts[0]}, {Role: "user", Content: strings.Join(parts[1:], "\n")}}, p.schema())
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Why, Move string }
		if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Why == "" {
			t.Fatalf("%v in %s", err, text)
		}
		if answer.Move == p.right {
			good++
		}
	}
	return float64(good) / float64(n)
}

// What a small model was measured to choose right: with one line just before
// the question always, with a tip in the list 2 times in 5, with the whole
// playbook in front or at the end 3 times in 20, else by chance.
func TestReaderIsAsMeasured(t *testing.T) {
	const n, question = 200, "What do you do next?"
	first := func(p plot) string { return p.choices[0] }
	for _, tt := range []struct {
		name      string
		prompt    func(p plot) []string
		low, high float64
	}{
		{"nothing", func(p plot) []string { return []string{intro, p.state, p.menu(nil), question} }, .04, .13},
		{"a line before the question", func(p plot) []string {
			return []string{intro, p.state, p.menu(nil), "Known here: " + p.fact + ", so do `" + p.right + "` (right 30 of 31 times).", question}
		}, .9, 1},
		{"a line in other words", func(p plot) []string {
			return []string{intro, p.menu(nil), p.state, "- " + p.right + " is good: it worked 30 of 31 times", question}
		}, .9, 1},
		{"a line that warns of all others", func(p plot) []string {
			var others []string
			for _, c := range p.choices {
				if c != p.right && len(others) < 8 {
					others = append(others, c)
				}
			}
			return []string{intro, p.state, p.menu(nil), "Avoid " + strings.Join(others, ", ") + ".", question}
		}, .12, .4},
		{"a tip beside its action", func(p plot) []string {
			return []string{intro, p.state, p.menu(map[string]string{p.right: "(tip: right 30 of 31 times)"}), question}
		}, .3, .65},
		{"a tip beside another action", func(p plot) []string {
			return []string{intro, p.state, p.menu(map[string]string{first(p): "(tip: do " + p.right + ")"}), question}
		}, .3, .65},
		{"a tip that does not apply", func(p plot) []string {
			return []string{intro, p.state, p.menu(map[string]string{first(p): "(tip: when it is a fern: good 30 of 31 times)"}), question}
		}, .0, .13},
		{"the playbook in front", func(p plot) []string { return []string{intro + "\n" + p.playbook(), p.state, p.menu(nil), question} }, .08, .28},
		{"the playbook at the end", func(p plot) []string { return []string{intro, p.state, p.menu(nil), p.playbook(), question} }, .08, .35},
	} {
		got := rightly(t, n, tt.prompt)
		t.Logf("%-34s %.3f", tt.name, got)
		if got < tt.low || got > tt.high {
			t.Errorf("%s: right in %.3f of %d states, want %.2f to %.2f", tt.name, got, n, tt.low, tt.high)
		}
	}
}
