// Command ours measures this project's side of what scripts/peers compares, and
// what a call costs with net/http alone.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/openai"
	"purposeagent/models"
	"purposeagent/scripts/peers/work"
)

func main() { work.Main(begin) }

func begin(ctx context.Context, j work.Job) (operation func() (int, error), closing func() error, err error) {
	switch j.Work {
	case "core":
		operation, err = core(ctx, j)
	case "durable":
		return durable(ctx, j)
	case "call", "stream", "prompt":
		if j.Form == "net/http" {
			return plain(ctx, j), nil, nil
		}
		operation, err = call(ctx, j)
	case "rules":
		operation = rules(ctx, j.Input)
	default:
		err = fmt.Errorf("there is no work %q", j.Work)
	}
	return operation, nil, err
}

// orchestrator runs tasks in a world whose state is made anew at each step, with
// roles that answer at once.
func orchestrator(state func(step int) agent.State) (*agent.Orchestrator, error) {
	step := 0
	env := &agent.SimpleEnvironment{
		Specs:     []agent.ActionSpec{{Name: "take", Description: "take an object", Params: []agent.ParamSpec{{Name: "object", Type: "string"}}}},
		Info:      agent.Description{Text: "Rooms with keys."},
		ResetFunc: func(context.Context, agent.Task) (agent.State, error) { step = 0; return state(0), nil },
		ExecuteFunc: func(context.Context, agent.Action, agent.State) (agent.State, error) {
			step++
			return state(step), nil
		},
	}
	action := agent.Action{Name: "take", Params: agent.MustObject(map[string]string{"object": "key"}),
		Thought: "The key on the table has the colour of the locked door, so it is likely to open it; I take it first."}
	return agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "rooms", Actor: agenttest.InstantDecider(action), Critic: agenttest.InstantCritic(3)})
}

func task(steps int) agent.Task {
	t := agent.Task{Purpose: "find the treasure"}.WithDefaults()
	t.MaxSteps = steps
	return t
}

// core runs a task in memory: each step recalls, decides, executes, assesses and
// records.
func core(ctx context.Context, j work.Job) (func() (int, error), error) {
	o, err := orchestrator(func(step int) agent.State {
		return agent.State{Data: agent.MustObject(map[string]int{"step": step}), Summary: "You are in a room."}
	})
	if err != nil {
		return nil, err
	}
	return func() (int, error) {
		result, err := o.Run(ctx, "r", task(j.Steps))
		return done(result.TotalSteps, j.Steps, err)
	}, nil
}

// durable runs a task and stores each event before it asks for the next.
func durable(ctx context.Context, j work.Job) (operation func() (int, error), closing func() error, err error) {
	db, err := models.Open(ctx, models.Config{Path: filepath.Join(j.Folder, "purpose.db")})
	if err != nil {
		return nil, nil, err
	}
	o, err := orchestrator(room(j.Input.Words))
	if err != nil {
		return nil, nil, err
	}
	runs, n := db.Runs(), 0
	return func() (int, error) {
		n++
		id := fmt.Sprintf("r%06d", n)
		run := agent.Run{ID: id, CreatedAt: time.Now(), Spec: agent.RunSpec{Purpose: "find the treasure", Environment: agent.EnvironmentRef{Name: "rooms"}}.WithDefaults()}
		if err := runs.Create(ctx, []agent.Run{run}, 1, nil); err != nil {
			return 0, err
		}
		epoch, err := runs.Claim(ctx, id, "peers", time.Hour, false)
		if err != nil {
			return 0, err
		}
		steps := 0
		for event, err := range o.RunTask(ctx, id, task(j.Steps), &agent.Checkpoint{Seq: 1}) {
			if err != nil {
				return 0, err
			}
			if err := runs.Append(ctx, id, epoch, event); err != nil {
				return 0, err
			}
			if _, ok := event.Data.(agent.StepTaken); ok {
				steps++
			}
		}
		return done(steps, j.Steps, nil)
	}, db.Close, nil
}

// room makes states of some 700 bytes, like a small world's: the same that
// python/rooms.py makes.
func room(words []string) func(step int) agent.State {
	text := func(step, from, count int) string {
		var some []string
		for i := range count {
			some = append(some, words[(step*step+7*step*i+3*i*i+from)%len(words)])
		}
		return strings.Join(some, " ")
	}
	return func(step int) agent.State {
		return agent.State{Data: agent.MustObject(map[string]any{"step": step, "room": text(step, 0, 60), "things": text(step, 11, 40)}),
			Summary: fmt.Sprintf("You are in room %d. There is a key and a door to the north.", step)}
	}
}

func done(steps, want int, err error) (int, error) {
	if err == nil && steps != want {
		err = fmt.Errorf("%d steps were done, not %d", steps, want)
	}
	return steps, err
}

// call asks the model server.
func call(ctx context.Context, j work.Job) (func() (int, error), error) {
	client, err := openai.New(openai.Config{Model: "m", BaseURL: j.Server + "/v1", Key: "none"})
	if err != nil {
		return nil, err
	}
	var request chat.Request
	for _, m := range j.Input.Messages {
		request.Messages = append(request.Messages, chat.Message{Role: chat.Role(m.Role), Text: m.Content})
	}
	if j.Work == "stream" {
		request.OnText = func(string) {}
	}
	return func() (int, error) {
		answer, err := client.Generate(ctx, request)
		if err == nil && answer.Text != j.Input.Answer {
			err = fmt.Errorf("the answer is %q", answer.Text)
		}
		return 1, err
	}, nil
}

// plain sends the same messages with net/http and encoding/json and reads the
// bytes of the answer without looking at them: what a call costs at least.
func plain(ctx context.Context, j work.Job) func() (int, error) {
	return func() (int, error) {
		body, err := json.Marshal(map[string]any{"model": "m", "messages": j.Input.Messages, "stream": j.Work == "stream"})
		if err != nil {
			return 0, err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, j.Server+"/v1/chat/completions", bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		request.Header.Set("Content-Type", "application/json")
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, err
		}
		n, err := io.Copy(io.Discard, reply.Body)
		err = errors.Join(err, reply.Body.Close())
		if err == nil && (n == 0 || reply.StatusCode != http.StatusOK) {
			err = fmt.Errorf("%s, %d bytes", reply.Status, n)
		}
		return 1, err
	}
}

// rules finds those that fit a step, from a library whose index is made once.
func rules(ctx context.Context, in work.Input) func() (int, error) {
	library := make([]*agent.Heuristic, len(in.Rules))
	for i, r := range in.Rules {
		library[i] = &agent.Heuristic{ID: r.ID, Tier: agent.Tiers[i%len(agent.Tiers)], Title: r.Title, Status: agent.Active, Action: r.Action, Pattern: r.Pattern, Strategy: r.Strategy}
	}
	at := &agent.Situation{Task: agent.Task{Purpose: in.Purpose}, State: agent.State{Summary: in.State}}
	for _, a := range in.Actions {
		at.Actions = append(at.Actions, agent.ActionSpec{Name: a})
	}
	set := agent.NewRuleSet(agent.Scope{}, 1, library, nil)
	return func() (int, error) {
		found, _ := agent.Retrieve(ctx, "", at, set)
		if len(found) != 9 {
			return 0, fmt.Errorf("of %d rules %d were found, not 9", len(library), len(found))
		}
		return 1, nil
	}
}
