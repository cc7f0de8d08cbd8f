package remote

import (
	"fmt"

	"purposeagent/agent"
)

// Power is a power of the protocol, whether the program has it, and what follows.
type Power struct {
	Name string
	Has  bool
	Text string // what it gives, or what is missed without it
	How  string // how to declare it; "" where it is there
}

// told is what the report says of a power: what it gives, what is missed without
// it, and how to get it.
type told struct {
	power          power
	gives, without string
	how            string
}

var tellings = []told{
	{powerLegal, "what can be done is listed in each state", "the offline reasoner can't act here; language models can",
		`"legal": [{"name": …, "params": {…}}, …] in each answer to reset, step and restore`},
	{powerVerify, "the truth is known after each step", "the critic's opinion says whether a task is solved",
		`"judge": {"success": true or false} in each answer to reset, step and restore`},
	{powerJudge, "the truth is asked once more, at the end", "what takes long to check, or may not be known before the end, can't be checked",
		`answer {"cmd":"judge","state":…,"hidden":…} with {"judge":{"success": true or false}}`},
	{powerPotential, "it says how near the purpose is", "the offline critic compares states by itself",
		`"judge": {"phi": 0 to 10} in each answer to reset, step and restore`},
	{powerRestore, "a run goes on after a crash, and from any of its states", "",
		`answer {"cmd":"restore","state":…,"hidden":…} with the moment at that state`},
	{powerStateless, "a run goes on after a crash, and from any of its states", "",
		"keep nothing of an episode: have step read all of it from the state and hidden that come with it"},
	{powerPurpose, "it draws a task for each seed", "each run, and each experiment of the Lab, must be given a purpose",
		`answer {"cmd":"purpose","seed":7} with {"purpose":"…"}`},
	{powerPicture, "states are drawn on the run's page", "states are shown as data",
		`answer {"cmd":"picture","state":…,"hidden":…} with {"svg":"<svg …>"}`},
}

// powersOf lists the powers for people. Of restore and stateless one is enough.
func powersOf(h *hello) []Power {
	var list []Power
	goesOn := h.can(powerRestore) || h.can(powerStateless)
	for _, t := range tellings {
		p := Power{Name: string(t.power), Has: h.can(t.power), Text: t.gives}
		switch {
		case p.Has:
		case goesOn && (t.power == powerRestore || t.power == powerStateless):
			continue
		case t.power == powerRestore || t.power == powerStateless:
			p.Text = "a run that is interrupted ends as failed (restore or stateless; one is enough)"
			p.How = t.how
		default:
			p.Text, p.How = t.without, t.how
		}
		if !p.Has {
			p.How = fmt.Sprintf(`add %q to "powers" in hello, and %s`, p.Name, declared(t.how))
		}
		list = append(list, p)
	}
	return list
}

// declared makes a sentence of how, which names a field or says what to do.
func declared(how string) string {
	if how[0] == '"' {
		return "give " + how
	}
	return how
}

// openEnvPowers lists what OpenEnv has and what only our own protocol could give.
func openEnvPowers(c *config, listed bool) []Power {
	const ours = "not in OpenEnv; our own protocol has it: docs/remote.md"
	legal := Power{Name: string(powerLegal), Has: listed, Text: "what can be done is listed"}
	if !listed {
		legal.Text = "the offline reasoner can't act here; language models can"
		legal.How = "give the action's schema an enum or a small range, or the observation a list legal_actions"
	}
	return []Power{legal,
		{Name: string(powerVerify), Has: true, Text: fmt.Sprintf("by the rule of the configuration: success is %q, success_least %g", c.Success, c.Least)},
		{Name: string(powerPotential), Text: "the offline critic compares states by itself", How: ours},
		{Name: string(powerRestore), Text: "a run that is interrupted ends as failed", How: ours},
		{Name: string(powerPurpose), Text: "each run, and each experiment of the Lab, must be given a purpose", How: ours},
	}
}

// judges asks for the word about the end of an episode that was played.
func (x *examination) judges(e *Env, end agent.State) (string, error) {
	verdict, err := judger{e}.Judge(x.ctx, end)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("success %t, score %g", verdict.Success, verdict.Score), nil
}
