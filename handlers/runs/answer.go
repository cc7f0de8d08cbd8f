package runs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
)

// setting is one thing that runs can be launched with, in words: the value of
// each run, "" where a run has none.
type setting struct {
	word   string
	values []string
	// phrase is a value within a sentence, such as "memory on".
	phrase func(value string) string
}

func (x setting) differs() bool {
	return slices.ContainsFunc(x.values, func(v string) bool { return v != x.values[0] })
}

// telling reports whether each run has a value of its own.
func (x setting) telling() bool {
	return len(slices.Compact(slices.Sorted(slices.Values(x.values)))) == len(x.values)
}

// maxSetting bounds the words of one value.
const maxSetting = 200

// settingsOf lists what the runs were launched with, what matters most first.
func (s *Section) settingsOf(ctx context.Context, c *comparison) []setting {
	var list []setting
	add := func(word string, value func(*agent.RunSpec) string, phrase func(string) string) {
		x := setting{word: word, phrase: phrase}
		for i := range c.runs {
			x.values = append(x.values, partials.Clip(value(&c.runs[i].run.Spec), maxSetting))
		}
		list = append(list, x)
	}
	after := func(words string) func(string) string { return func(v string) string { return words + " " + v } }
	add("Memory", func(r *agent.RunSpec) string { return ui.FirstOf(r.Memory, "on") }, after("memory"))
	add("Rules", func(r *agent.RunSpec) string { return ui.FirstOf(s.RulesName(ctx, r.Rules), "the library as it was") }, after("rules:"))
	add("Actor", func(r *agent.RunSpec) string { return ui.ModelName(r.Models.Actor) }, after("actor"))
	add("Critic", func(r *agent.RunSpec) string { return ui.ModelName(ui.FirstOf(r.Models.Critic, r.Models.Actor)) }, after("critic"))
	add("Optimizer", func(r *agent.RunSpec) string { return ui.ModelName(ui.FirstOf(r.Models.Optimizer, r.Models.Actor)) }, after("optimizer"))
	add("World", func(r *agent.RunSpec) string { return s.WorldTitle(r.Environment.Name) }, after("in"))
	for _, key := range c.configKeys() {
		word := strings.ReplaceAll(key, "_", " ")
		add("World: "+word, func(r *agent.RunSpec) string { return configText(r.Environment.Config, key) }, after(word))
	}
	add("Purpose", func(r *agent.RunSpec) string { return r.Purpose }, func(v string) string { return "“" + partials.Clip(v, 60) + "”" })
	add("Task", func(r *agent.RunSpec) string {
		if r.Description == r.Purpose {
			return ""
		}
		return r.Description
	}, func(string) string { return "its own task" })
	add("Begins in", func(r *agent.RunSpec) string {
		if r.InitialState == nil {
			return "the world's first state"
		}
		return "a given state: " + ui.ValueWords(r.InitialState.Map())
	}, func(string) string { return "its own first state" })
	list = append(list, c.seeds())
	add("Draw", func(r *agent.RunSpec) string { return ui.Optional(r.Draw) }, func(v string) string { return "draw " + ui.FirstOf(v, "0") })
	add("Max steps", func(r *agent.RunSpec) string { return strconv.Itoa(r.MaxSteps) }, func(v string) string { return "at most " + v + " steps" })
	add("Stops at Φ", func(r *agent.RunSpec) string { return partials.Phi(r.EarlyStopPhi) }, after("stop at Φ"))
	add("Asks a person", func(r *agent.RunSpec) string { return ui.FirstOf(ui.AsksWords(r.Approval), "never") }, after("asks"))
	add("Budget", func(r *agent.RunSpec) string { return ui.BudgetWords(r.Budget) }, after("budget"))
	add("Forked from", func(r *agent.RunSpec) string { return s.originWords(ctx, r.Origin) }, func(v string) string {
		if v == "" {
			return "from the start"
		}
		return "forked"
	})
	return list
}

// seeds are those that the runs drew, which is not what every spec says.
func (c *comparison) seeds() setting {
	x := setting{word: "Seed", phrase: func(v string) string { return "seed " + v }}
	for i := range c.runs {
		x.values = append(x.values, strconv.FormatInt(c.runs[i].run.Seed, 10))
	}
	return x
}

// configKeys are the settings of the runs' environments, in order.
func (c *comparison) configKeys() []string {
	keys := map[string]bool{}
	for i := range c.runs {
		for key := range c.runs[i].run.Spec.Environment.Config.Map() {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// configText is one setting of an environment in words.
func configText(config agent.Object, key string) string {
	value, ok := config.Map()[key]
	if !ok {
		return ""
	}
	if text, ok := value.(string); ok {
		return text
	}
	return ui.ValueWords(value)
}

func (s *Section) originWords(ctx context.Context, o *agent.Origin) string {
	if o == nil {
		return ""
	}
	text := fmt.Sprintf("after step %d of %s", o.Step, s.RunNames(ctx)(o.Run).Mark)
	if o.State {
		text += ", in another state"
	}
	return text
}

// maxPhrases bounds what a sentence says of a run's settings.
const maxPhrases = 2

// conditions are settings whose phrases can't stand for a run: "at most 20 steps
// solved it" is no sentence.
var conditions = []string{"World", "Task", "Begins in", "Max steps", "Stops at Φ", "Asks a person", "Budget", "Forked from"}

// answer is the comparison in a sentence: what tells the runs apart, and how
// each ended.
func (c *comparison) answer(settings []setting) string {
	var differ []setting
	for _, x := range settings {
		if x.differs() {
			differ = append(differ, x)
		}
	}
	alone := len(differ) == 1 && differ[0].telling() && !slices.Contains(conditions, differ[0].word)
	parts := make([]string, len(c.runs))
	for i := range c.runs {
		subject := compareLetters[i]
		if alone {
			subject = differ[0].phrase(differ[0].values[i])
		} else if len(differ) > 0 {
			var words []string
			for _, x := range differ[:min(len(differ), maxPhrases)] {
				words = append(words, x.phrase(x.values[i]))
			}
			subject += " (" + strings.Join(words, ", ") + ")"
		}
		parts[i] = subject + " " + c.endOf(i)
	}
	text := strings.Join(parts, ", ")
	if !alone {
		text = strings.Join(parts, "; ")
	}
	if len(differ) == 0 {
		text = "With the same settings, " + text
	}
	return ui.Title(text) + "."
}

// endOf says how a run ended, or where it is.
func (c *comparison) endOf(i int) string {
	run := &c.runs[i].run
	steps := partials.Plural(run.Steps, "step")
	what := "it"
	if first := &c.runs[0].run.Spec; slices.ContainsFunc(c.runs, func(r comparedRun) bool {
		return r.run.Spec.Purpose != first.Purpose || r.run.Spec.Environment.Name != first.Environment.Name
	}) {
		what = "its task"
	}
	switch run.Status {
	case agent.RunIsQueued:
		return "has not begun"
	case agent.RunIsRunning:
		return "is still running, at " + steps
	case agent.RunIsWaiting:
		return "waits after " + steps
	case agent.RunIsPaused:
		return "is paused after " + steps
	case agent.RunIsFailed:
		return "failed after " + steps
	case agent.RunIsStopped:
		return "was stopped after " + steps
	case agent.RunIsFinished:
	}
	switch {
	case run.Outcome == nil || !run.Outcome.Known():
		return "ended without a verdict after " + steps
	case run.Outcome.Success && run.Outcome.Source == agent.SourceCritic:
		return "solved " + what + " in " + steps + ", as its critic says"
	case run.Outcome.Success:
		return "solved " + what + " in " + steps
	}
	return "did not solve " + what + " in " + steps
}

// ends are where Φ and the cost ended, in a line.
func (c *comparison) ends() string {
	text, cost, spent := "Φ ended at ", "cost: ", false
	for i := range c.runs {
		run := &c.runs[i].run
		if i > 0 {
			text, cost = text+", ", cost+", "
		}
		text += compareLetters[i] + " " + partials.Phi(run.Phi)
		cost += compareLetters[i] + " " + ui.About(run.Usage, ui.Dollars(run.Usage.USD))
		spent = spent || run.Usage.USD > 0
		if run.StartedAt == nil {
			text += " (not begun)"
		}
	}
	if spent {
		text += "; " + cost
	}
	text += "."
	if slices.ContainsFunc(c.runs, func(r comparedRun) bool { return !r.run.Status.Final() }) {
		text += " Not all have ended: reload the page to see how they go on."
	}
	return text
}
