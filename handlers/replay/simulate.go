package replay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/replayview"
)

// simulate answers "what would be retrieved for this task?" and writes nothing.
func (s *Section) simulate(c echo.Context) error {
	v, err := s.simulatorView(c.Request().Context(), c.QueryParams())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if v.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return s.Page(c, status, layout.Frame{Title: "What would be retrieved?",
		Crumbs: []layout.Crumb{{Label: "Replay", Href: s.Link("/replay")}, {Label: "What would be retrieved?"}}}, replayview.SimulatorPage(v))
}

// simulatorView is the form, and the answer where a task was given. Input that
// can't be used is said beside the form, with what was typed kept.
func (s *Section) simulatorView(ctx context.Context, q url.Values) (replayview.Simulator, error) {
	v := replayview.Simulator{Self: s.Link("/replay/simulate"), Modes: ui.Options(q.Get("mode"), "", "In a test: nothing is drawn", "learning", "While learning: advantages are drawn"),
		Task: partials.Field{ID: "task", Name: "task", Label: "Task", Kind: "textarea", Rows: "2", Value: q.Get("task"), Required: true,
			MaxLength: strconv.Itoa(agent.MaxPurposeBytes), Placeholder: "Any purpose, in the words that a run would get"},
		Observation: partials.Field{ID: "observation", Name: "observation", Label: "What the actor sees (optional)", Kind: "textarea", Rows: "3", Value: q.Get("observation"),
			Hint: "The summary of a state. Rules are retrieved for each step; without it, for the purpose alone."},
		Config: partials.Field{ID: "config", Name: "config", Label: "Configuration (optional)", Kind: "text", Value: q.Get("config"), Placeholder: "{}",
			Hint: "JSON, as in a run; the environment's defaults if left empty."},
		Budget: partials.Field{ID: "budget", Name: "budget", Label: "Tokens of the prompt (optional)", Kind: "number", Value: q.Get("budget"),
			Placeholder: strconv.Itoa(roles.DefaultPromptTokens), Min: strconv.Itoa(roles.LeastPromptTokens), Max: strconv.Itoa(roles.MostPromptTokens),
			Hint: "What a language model's prompt may have. With little room you see what is cut first."},
	}
	environment, config, err := s.askedWorld(&v, q)
	if !q.Has("task") {
		return v, nil
	}
	budget := 0
	if typed := q.Get("budget"); typed != "" && err == nil {
		if budget, err = strconv.Atoi(typed); err != nil {
			err = agent.InvalidFields(map[string]string{"budget": "must be a whole number of tokens"})
		}
	}
	if err == nil {
		var answer roles.Simulation
		answer, err = s.cfg.Simulate(ctx, environment, config,
			roles.Probe{Task: q.Get("task"), Observation: q.Get("observation"), Learning: q.Get("mode") == "learning", K: 5, Budget: budget})
		if err == nil {
			s.fillAnswer(&v, answer)
			return v, nil
		}
	}
	if agent.CodeOf(err) != agent.CodeInvalid {
		return v, err
	}
	if e, ok := errors.AsType[*agent.Error](err); ok {
		v.Task.Error, v.Observation.Error, v.Budget.Error = e.Fields["purpose"], e.Fields["observation"], e.Fields["budget"]
	}
	v.Problem = &partials.Note{Tone: "bad", Icon: "warn", Text: ui.Title(agent.MessageOf(err)) + "."}
	return v, nil
}

// askedWorld lists the environments and their presets, and returns the one
// that was asked for with its configuration: the one typed, else the preset's.
func (s *Section) askedWorld(v *replayview.Simulator, q url.Values) (string, agent.Object, error) {
	asked := q.Get("environment")
	name, config := "", agent.Object("")
	for _, k := range s.Environments.Kinds() {
		if asked == "" {
			asked = k.Name
		}
		v.Environments = append(v.Environments, partials.Option{Value: k.Name, Text: k.Title, Selected: k.Name == asked})
		if k.Name == asked {
			name = k.Name
		}
		for _, p := range k.Presets {
			value := k.Name + "#" + p.Name
			v.Environments = append(v.Environments, partials.Option{Value: value, Text: k.Title + ": " + p.Title, Selected: value == asked})
			if value == asked {
				name, config = k.Name, p.Config
			}
		}
	}
	if name == "" {
		return "", "", agent.Errorf(agent.CodeInvalid, "there is no environment %q", partials.Clip(asked, 60))
	}
	if typed := q.Get("config"); typed != "" {
		parsed, err := agent.ParseObject([]byte(typed))
		return name, parsed, err
	}
	return name, config, nil
}

// fillAnswer shows what was found, by tier.
func (s *Section) fillAnswer(v *replayview.Simulator, answer roles.Simulation) {
	r := &answer.Rules
	v.Answered, v.Verdict, v.Abstained = true, simulationWords(answer), r.Abstained
	v.About = ui.RetrievalWords(r, len(r.Rules))
	for _, tier := range agent.Tiers {
		var uses []agent.RuleUse
		for _, u := range r.Rules {
			if u.Tier == tier {
				uses = append(uses, u)
			}
		}
		if len(uses) > 0 {
			v.Tiers = append(v.Tiers, replayview.TierRanking{Tier: ui.TierOf(tier, ""), Ranking: s.Ranking(uses)})
		}
	}
	v.Prompt = s.promptBudget(&answer.Prompt)
	for i := range answer.Trajectories {
		v.Trajectories = append(v.Trajectories, s.foundTrajectory(&answer.Trajectories[i], i < 3))
	}
}

// promptBudget shows what a language model's prompt is made of.
func (s *Section) promptBudget(plan *roles.PromptPlan) *replayview.PromptBudget {
	v := &replayview.PromptBudget{System: plan.System, User: plan.User, Budget: strconv.Itoa(plan.Budget),
		Title: fmt.Sprintf("The prompt: about %d of %d tokens", plan.Tokens, plan.Budget),
		Note: "Estimated from bytes, on the high side. A section that needs less than its share leaves the rest to the others; rules are left out whole, the last first. " +
			"What is not listed is the frame of the prompt and the purpose. In a run the history, the state and the possible actions are there too."}
	for _, part := range plan.Parts {
		share := replayview.PromptShare{Name: ui.Title(part.Name), Tokens: strconv.Itoa(part.Tokens)}
		if part.Tokens < part.Wanted {
			share.Cut = fmt.Sprintf("wanted %d: cut", part.Wanted)
		}
		for _, r := range part.Rules {
			share.Rules = append(share.Rules, replayview.PromptRule{ID: r.ID, Title: r.Title, Tokens: strconv.Itoa(r.Tokens),
				Href: s.Link("/library/" + url.PathEscape(r.ID)), Out: !r.In})
		}
		v.Parts = append(v.Parts, share)
	}
	return v
}

func (s *Section) foundTrajectory(m *agent.Match, shown bool) replayview.FoundTrajectory {
	t := m.Trajectory
	rank := func(n int) string {
		if n == 0 {
			return "–"
		}
		return "#" + strconv.Itoa(n)
	}
	return replayview.FoundTrajectory{ID: t.ID, Mark: "seed " + strconv.FormatInt(t.Task.Seed, 10) + " · " + ui.TailID(t.Run), Href: s.Link(s.TrajectoryLink(t.ID)), Task: partials.Clip(t.Task.Purpose, 160), Shown: shown,
		Outcome: ui.OutcomeOf(&t.Outcome, agent.RunIsFinished), Words: rank(m.Words), Vector: rank(m.Vector),
		Like: ui.Plain(m.Similarity), Value: ui.Fraction(m.QValue), Score: ui.Plain(m.Score)}
}

// simulationWords is the answer in a sentence.
func simulationWords(answer roles.Simulation) string {
	shown := 0
	for _, u := range answer.Rules.Rules {
		if u.Use == agent.UseShown {
			shown++
		}
	}
	text := "No rule would be shown"
	if shown > 0 {
		text = partials.Plural(shown, "rule") + " would be shown"
	}
	switch n := min(len(answer.Trajectories), 3); n {
	case 0:
		return text + ", and no trajectory is similar to this task."
	case 1:
		return text + ", and 1 trajectory would serve as an example."
	default:
		return text + ", and " + strconv.Itoa(n) + " trajectories would serve as examples."
	}
}
