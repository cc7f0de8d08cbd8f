package openai_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/conformance"
	"purposeagent/agent/llm"
	"purposeagent/agent/llm/openai"
	"purposeagent/agent/llm/wire"
	"purposeagent/agent/roles"
	"purposeagent/internal/llmtest"
)

// logged is a model whose calls are logged.
type logged struct {
	chat.LLM
	t *testing.T
}

func (c logged) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	prompt := 0
	for _, m := range request.Messages {
		prompt += len(m.Text)
	}
	began := time.Now()
	response, err := c.LLM.Generate(ctx, request)
	c.t.Logf("%s: %d bytes of prompt, %d + %d tokens, cut %v, %v, %v", request.SchemaName, prompt,
		response.Usage.TokensIn, response.Usage.TokensOut, response.Truncated, time.Since(began).Round(time.Millisecond), err)
	return response, err
}

// TestRealServer runs three steps with all three roles on a real server with a
// very small model. It shows that the wire, the schemas and the checks hold; the
// model is too small to show any judgement.
func TestRealServer(t *testing.T) {
	address := llmtest.Start(t)
	t.Run("conformance", func(t *testing.T) {
		conformance.LLM(t, func() chat.LLM { return client(t, address, func(c *openai.Config) { c.Timeout = 4 * time.Minute }) })
	})
	t.Run("three roles", func(t *testing.T) { playThreeRoles(t, address) })
}

func playThreeRoles(t *testing.T, address string) {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	resolver := llm.NewResolver(llm.Config{Patience: wire.Patience{Timeout: 4 * time.Minute}, HTTPClient: &http.Client{Transport: transport},
		Connections: func(context.Context, string) (chat.Connection, bool, error) {
			return chat.Connection{Name: "openai", Provider: "openai", BaseURL: address + "/v1"}, true, nil
		}})
	client, err := resolver.Resolve("openai:smollm2")
	if err != nil {
		t.Fatal(err)
	}
	model := logged{client, t}
	actor, err := roles.NewActor(roles.ActorConfig{LLM: model, PromptTokens: 600, AnswerTokens: 160})
	if err != nil {
		t.Fatal(err)
	}
	critic, err := roles.NewPurposeFunction(roles.CriticConfig{LLM: model, PromptTokens: 600, AnswerTokens: 180})
	if err != nil {
		t.Fatal(err)
	}
	distiller, err := roles.NewDistiller(roles.DistillerConfig{LLM: model, PromptTokens: 700, AnswerTokens: 300})
	if err != nil {
		t.Fatal(err)
	}
	world := agenttest.NewCounter(4)
	lessons := &lastLesson{}
	o, err := agent.NewOrchestrator(agent.Config{Environment: world, EnvironmentName: "counter",
		Actor: actor, Critic: critic, Memory: agent.MemoryConfig{Optimizer: lessons, Learn: true}, Limits: agent.Limits{ModelTimeout: 5 * time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	task := agenttest.CounterTask(1)
	task.MaxSteps, task.EarlyStopPhi = 3, 10

	var steps []agent.Step
	phi := 0.0
	for event, err := range o.RunTask(t.Context(), "real", task, nil) {
		if err != nil {
			t.Fatal(err)
		}
		switch d := event.Data.(type) {
		case agent.RunStarted:
			phi = d.Score.PhiAfter
			checkScore(t, d.Score, phi)
		case agent.StepTaken:
			checkScore(t, d.Step.Score, phi)
			phi = d.Step.Score.PhiAfter
			steps = append(steps, d.Step)
		case agent.RunFailed:
			t.Fatalf("failed: %s", d.Message)
		case agent.RunWaiting:
			t.Fatalf("waits: %s", d.Reason)
		case agent.RunQueued, agent.RunResumed, agent.ActionStarted, agent.RunPaused, agent.Learned, agent.RunFinished, agent.RunStopped:
		}
	}
	for _, s := range steps {
		if err := agent.CheckAction(world.Actions(), s.Action); err != nil && s.Action.Name != agent.NoAction {
			t.Errorf("step %d: %v", s.Index, err)
		}
		if s.Action.Name == agent.NoAction || s.Error != "" {
			t.Errorf("step %d: %s, %s; a grammar leaves legal actions only", s.Index, s.Action.Thought, s.Error)
		}
		if s.Prompt == "" || s.Usage.TokensIn == 0 || s.Usage.TokensOut == 0 {
			t.Errorf("step %d has no prompt label or usage: %q, %+v", s.Index, s.Prompt, s.Usage)
		}
	}
	if n := len(steps); n == 0 || n < 3 && steps[n-1].Action.Name != agent.Done && !world.IsTerminal(steps[n-1].After) {
		t.Errorf("%d steps", n)
	}
	proposals, usage, err := distiller.Distil(t.Context(), lessons.lesson)
	if err != nil || usage.TokensIn == 0 {
		t.Errorf("distil: %v, %+v", err, usage)
	}
	for _, p := range proposals {
		if len(p.Rule.Evidence) == 0 || p.Rule.Author != "model:openai:smollm2" {
			t.Errorf("proposal %+v", p)
		}
	}
}

func checkScore(t *testing.T, s agent.Score, phiBefore float64) {
	t.Helper()
	if !agent.ValidPhi(s.PhiAfter) || s.PhiBefore != phiBefore || s.Delta != s.PhiAfter-s.PhiBefore {
		t.Errorf("score %+v does not chain from %g", s, phiBefore)
	}
	if s.Delta != 0 && len(s.Evidence) == 0 && !s.Has(agent.FlagCached) {
		t.Errorf("Φ moved without evidence: %+v", s)
	}
}

// lastLesson keeps the lesson for the distiller.
type lastLesson struct{ lesson agent.Lesson }

func (l *lastLesson) Learn(_ context.Context, lesson agent.Lesson) (agent.Learned, agent.Usage, error) {
	l.lesson = lesson
	return agent.Learned{Trajectory: lesson.Trajectory.ID}, agent.Usage{}, nil
}
