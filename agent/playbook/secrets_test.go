//go:build !race

package playbook_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/learning"
	"purposeagent/agent/playbook"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
	"purposeagent/environments/workshop"
)

// trained returns what the offline reasoner learned in a workshop.
func trained(t *testing.T, install string, config agent.Object, tasks int) (*workshop.Workshop, *agent.RuleSet) {
	t.Helper()
	shop, err := workshop.New(config, install)
	if err != nil {
		t.Fatal(err)
	}
	library, replay := rulestore.NewMemory(nil), replay.New(500)
	optimizer, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Replay: replay,
		Distiller: distiller.New(distiller.Config{Replay: replay})})
	if err != nil {
		t.Fatal(err)
	}
	o, err := agent.NewOrchestrator(agent.Config{Environment: shop, EnvironmentName: "workshop", Actor: reasoner.NewActor(reasoner.ActorConfig{}),
		Critic: reasoner.NewCritic(shop, nil), Memory: agent.MemoryConfig{Optimizer: optimizer, Replay: replay, Library: library, Recall: true, Learn: true}})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range int64(tasks) {
		task := agent.Task{Purpose: shop.DrawPurpose(seed + 1), Seed: seed + 1, MaxSteps: 40}
		if _, err := o.Run(t.Context(), fmt.Sprint("run-", seed), task); err != nil {
			t.Fatal(err)
		}
	}
	set, err := library.Usable(t.Context(), o.Scope())
	if err != nil {
		t.Fatal(err)
	}
	return shop, set
}

var cellForm = regexp.MustCompile(`(\S+) → (\S+) \(`)

// knows counts the secrets that a playbook names, some of them as in trial, and
// lists what it says wrongly as if it were proven.
func knows(secret workshop.Revelation, p agent.Playbook) (named, all int, wrong []string) {
	said, proven := map[string][]string{}, map[string][]string{} // subject → answers; of recipes kind/stage
	for _, l := range p.Lines {
		if l.Kind != agent.LineFact {
			continue
		}
		verb, rest, _ := strings.Cut(l.Title, " ")
		for _, m := range cellForm.FindAllStringSubmatch(l.Text, -1) {
			key := verb + "/" + m[1]
			if kind, _, found := strings.Cut(strings.TrimPrefix(rest, "for "), ":"); found && strings.HasPrefix(rest, "for ") {
				key = verb + "/" + kind + "/" + m[1]
			}
			if said[key] = append(said[key], m[2]); l.Status == agent.Active {
				proven[key] = append(proven[key], m[2])
			}
		}
	}
	recipes := map[string][]string{}
	for _, r := range secret.Rules {
		if r.About == workshop.AboutRecipe {
			recipes[r.Subject] = r.Answer
		}
	}
	expect := map[string]string{}
	for _, r := range secret.Rules {
		all++
		switch r.About {
		case workshop.AboutPreparation:
			expect["Prepare/"+r.Subject] = r.Answer[0]
		case workshop.AboutPigment:
			expect["Dye/"+r.Subject] = r.Answer[0]
		}
		knowsAll := true
		for i, op := range r.Answer {
			if r.About != workshop.AboutRecipe {
				break
			}
			key := "Work/" + r.Subject + "/" + stageAfter(recipes, r.Answer[:i])
			for k := range said { // a stage that is no finished thing is named after its last operation
				if i > 0 && strings.HasPrefix(k, "Work/"+r.Subject+"/"+r.Answer[i-1][:3]) && strings.HasSuffix(k, fmt.Sprint(i)) {
					key = k
				}
			}
			expect[key] = op
			knowsAll = knowsAll && slices.Equal(said[key], []string{op})
		}
		switch r.About {
		case workshop.AboutPreparation:
			knowsAll = slices.Equal(said["Prepare/"+r.Subject], r.Answer)
		case workshop.AboutPigment:
			knowsAll = slices.Equal(said["Dye/"+r.Subject], r.Answer)
		}
		if knowsAll {
			named++
		}
	}
	for key, answers := range proven {
		verb, _, _ := strings.Cut(key, "/")
		if want := expect[key]; (verb == "Prepare" || verb == "Dye" || verb == "Work") && !slices.Equal(answers, []string{want}) {
			wrong = append(wrong, fmt.Sprintf("%s → %v, the truth is %q", key, answers, want))
		}
	}
	return named, all, wrong
}

func stageAfter(recipes map[string][]string, done []string) string {
	if len(done) == 0 {
		return "raw"
	}
	for kind, recipe := range recipes {
		if slices.Equal(recipe, done) {
			return kind
		}
	}
	return ""
}

// The playbook of a trained workshop names the secrets of its world, and nothing
// false as proven, in 800 tokens.
func TestSecretsAreNamed(t *testing.T) {
	for _, install := range []string{"playbook-1", "playbook-2", "playbook-3"} {
		shop, set := trained(t, install, `{}`, 120)
		p := playbook.New().Compose(shop.Describe(), shop.Actions(), set, agent.PlaybookOptions{Tokens: 800})
		named, all, wrong := knows(shop.Reveal(), p)
		t.Logf("%s: %d of %d secrets in %d tokens of %d rules, %d lines left out", install, named, all, p.Tokens, len(set.Rules), p.More)
		if p.Tokens > 800 || 10*named < 9*all || len(wrong) > 0 {
			t.Errorf("it names %d of %d, wrong: %q", named, all, wrong)
			for _, l := range p.Lines {
				t.Logf("%s %s: %s || %s", l.Kind, l.Status, l.Title, l.Text)
			}
		}
		checkReadable(t, p)
		checkProcedures(t, shop.Reveal(), set)
	}
}

// checkProcedures holds the steps of the procedures that were lifted against the secrets:
// all constants that they fix are right, and they have most of the recipes whole.
func checkProcedures(t *testing.T, secret workshop.Revelation, set *agent.RuleSet) {
	t.Helper()
	recipes, whole := 0, 0
	verbs := map[string]string{workshop.AboutPreparation: "prepare ", workshop.AboutRecipe: "work ", workshop.AboutPigment: "dye "}
	for _, r := range secret.Rules {
		if r.About == workshop.AboutRecipe {
			recipes++
		}
		for _, h := range set.Rules {
			if !h.Procedure() || h.Title != "Steps for "+r.Subject {
				continue
			}
			var fixed []string
			for _, step := range h.Steps {
				if rest, is := strings.CutPrefix(step, verbs[r.About]); is && !strings.HasPrefix(rest, "{") {
					fixed = append(fixed, strings.Fields(rest)[0])
				}
			}
			at := 0
			for _, answer := range r.Answer {
				if at < len(fixed) && fixed[at] == answer {
					at++
				}
			}
			if at < len(fixed) {
				t.Errorf("%q has %q, the truth is %q", h.Title, h.Steps, r.Answer)
			}
			if r.About == workshop.AboutRecipe && at == len(r.Answer) {
				whole++
			}
		}
	}
	if t.Logf("%d of %d recipes are procedures", whole, recipes); whole < 2 {
		t.Errorf("only %d of %d recipes are procedures", whole, recipes)
	}
}

// Where chance decides, nothing is a secret, and next to nothing is proven.
func TestChanceIsNoFact(t *testing.T) {
	shop, set := trained(t, "playbook-1", `{"rewards":"random"}`, 120)
	p := playbook.New().Compose(shop.Describe(), shop.Actions(), set, agent.PlaybookOptions{})
	for _, l := range p.Lines {
		if l.Status == agent.Active && l.Kind == agent.LineFact && l.Good+l.Bad > 0 {
			t.Errorf("said as proven: %s: %s", l.Title, l.Text)
		}
	}
	checkReadable(t, p)
}
