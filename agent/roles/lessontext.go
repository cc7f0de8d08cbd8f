package roles

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/narrate"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/search"
)

// Bounds of what a distiller is shown beside the task.
const (
	maxKnown        = 50  // rules, the nearest to the task
	maxKnownTokens  = 60  // of one
	maxSimilar      = 2   // tasks that ended as this one did
	twinLikeness    = 0.6 // shared words from which a rule is told its twin
	playbookTokens  = 800
	maxFormsOfOne   = 10
	maxRejectedTold = 12
)

// stepItems tells the steps of a trajectory: all where they fit into the budget,
// else those around where two tasks part, those that moved Φ most, and the last.
func stepItems(r narrate.Reader, t *agent.Trajectory, around, budget int) []string {
	items := make([]string, len(t.Steps))
	total := 0
	for i := range t.Steps {
		items[i] = r.Step(&t.Steps[i])
		total += prompttext.Tokens(items[i]) + 1
	}
	if total <= budget {
		return items
	}
	order := make([]int, len(items))
	weight := make([]float64, len(items))
	for i := range order {
		order[i] = i
		weight[i] = max(t.Steps[i].Score.Delta, -t.Steps[i].Score.Delta)
		if around >= 0 && i >= around-3 && i <= around+3 || i >= len(items)-2 {
			weight[i] += agent.MaxPhi
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
	used, keep := 0, map[int]bool{}
	for _, i := range order {
		if cost := prompttext.Tokens(items[i]) + 1; used+cost <= budget*9/10 {
			used += cost
			keep[i] = true
		}
	}
	var kept []string
	for i, item := range items {
		if keep[i] {
			kept = append(kept, item)
		}
	}
	return append(kept, fmt.Sprintf("…[%d steps cut]", len(items)-len(kept)))
}

// outcomeText says how a task ended, and by whose word.
func outcomeText(t *agent.Trajectory) string {
	return fmt.Sprintf("Outcome: %s, says the %s. Steps:", narrate.Ending(t), t.Outcome.Source)
}

// contrastItems tells the other trajectory from where the two part; what they share
// stands in the task itself.
func contrastItems(r narrate.Reader, t *agent.Trajectory, around, budget int) []string {
	if t == nil {
		return nil
	}
	items := []string{"Purpose: " + prompttext.Cut(prompttext.OneLine(t.Task.Purpose), 300), outcomeText(t)}
	if around > 0 {
		items = append(items, fmt.Sprintf("(its first %d steps are those of this task)", around))
	}
	rest := *t
	rest.Steps = t.Steps[min(around, len(t.Steps)):]
	return append(items, stepItems(r, &rest, 0, budget)...)
}

// similarItems tells earlier tasks of the kind in short.
func similarItems(r narrate.Reader, tasks []*agent.Trajectory) []string {
	var items []string
	for _, t := range tasks {
		if t != nil && len(t.Steps) > 0 && len(items) < maxSimilar {
			items = append(items, r.Task(t))
		}
	}
	return items
}

// knownItems lists the rules nearest to the task, each with its label, evidence and
// the one that says nearly the same, where there is one. Rules for the same case
// stand together. It also returns their ids.
func knownItems(lesson *agent.Lesson) (items, ids []string) {
	near := nearest(lesson)
	slices.SortStableFunc(near, func(a, b *agent.Heuristic) int {
		return cmp.Compare(firstOfCase(near, a), firstOfCase(near, b))
	})
	sets := make([]map[string]bool, len(near))
	for i, h := range near {
		sets[i] = search.WordSet(strings.Join(search.Words(h.Pattern+" "+h.Strategy+" "+h.Avoid), " "))
	}
	for i, h := range near {
		text := prompttext.Clip(ruleText(h), maxKnownTokens) + " (" + recordText(h, h.Strategy == "" && h.Avoid != "") + ")"
		twin := -1
		for j, other := range near {
			if j != i && other.Tier == h.Tier && (h.Avoid == "") == (other.Avoid == "") && shared(sets[i], sets[j]) >= twinLikeness {
				twin = j
				break
			}
		}
		if twin >= 0 {
			text += " (nearly " + near[twin].ID + ")"
		}
		items, ids = append(items, text), append(ids, h.ID)
	}
	return items, ids
}

// firstOfCase is the place of the first rule for the same case.
func firstOfCase(rules []*agent.Heuristic, h *agent.Heuristic) int {
	when := search.Normalize(whenText(h.Pattern))
	return slices.IndexFunc(rules, func(o *agent.Heuristic) bool { return search.Normalize(whenText(o.Pattern)) == when })
}

// nearest returns the standing rules that are the most like the task in words, and
// those that the task used before all.
func nearest(lesson *agent.Lesson) []*agent.Heuristic {
	t := lesson.Trajectory
	query := strings.Builder{}
	query.WriteString(agent.TaskText(t.Task))
	used := map[string]bool{}
	for i := range t.Steps {
		s := &t.Steps[i]
		if i < 200 {
			query.WriteString("\n" + s.Action.Label() + "\n" + prompttext.Cut(s.After.Summary, 200))
		}
		for _, m := range s.Memory {
			used[m.ID] = used[m.ID] || m.Use == agent.UseShown || m.Use == agent.UseCited
		}
	}
	index := search.NewWordIndex()
	byID := map[string]*agent.Heuristic{}
	var rules []*agent.Heuristic
	for _, h := range lesson.Rules {
		if h.ID == "" || h.States() != nil || h.Status == agent.Banned {
			continue
		}
		byID[h.ID] = h
		if used[h.ID] {
			rules = append(rules, h)
		}
		index.Add(h.ID, strings.Join(append([]string{h.Title, h.Pattern, h.Strategy, h.Avoid}, h.Steps...), "\n"), 1+float64(h.Good)/1e6)
	}
	for _, hit := range index.Search(query.String(), maxKnown) {
		if !used[hit.ID] {
			rules = append(rules, byID[hit.ID])
		}
	}
	for _, h := range lesson.Rules { // few rules: all of them
		if len(rules) >= maxKnown {
			break
		}
		if byID[h.ID] != nil && !slices.Contains(rules, h) {
			rules = append(rules, h)
		}
	}
	return rules[:min(len(rules), maxKnown)]
}

// shared is |a ∩ b| / |a ∪ b|.
func shared(a, b map[string]bool) float64 {
	both := 0
	for w := range a {
		if b[w] {
			both++
		}
	}
	return float64(both) / float64(max(len(a)+len(b)-both, 1))
}

// rejectedItems lists what was proposed in vain, the newest first.
func rejectedItems(lesson *agent.Lesson) []string {
	var items []string
	for _, r := range slices.Backward(lesson.Rejected) {
		if len(items) == maxRejectedTold {
			break
		}
		items = append(items, prompttext.Clip(prompttext.OneLine(r.Title+": "+r.Reason), 40))
	}
	return items
}

// formItems lists what a condition may say, about the situation and each action.
func formItems(v Vocabulary, lesson *agent.Lesson) []string {
	if v == nil {
		return nil
	}
	var items []string
	for _, spec := range lesson.Actions {
		forms := v.Forms(spec.Name)
		items = append(items, prompttext.Clip(prompttext.OneLine("about "+spec.Name+": "+strings.Join(forms[:min(len(forms), maxFormsOfOne)], "; ")), 120))
	}
	return items
}
