package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"purposeagent/agent"
)

// chooser is a server with OpenAI's protocol that answers at once: as an actor with
// one of the actions in the form of the answer, each in its turn, as a critic with a
// Φ. It streams as real servers do, a few bytes at a time.
type chooser struct {
	b     *testing.B
	turns atomic.Int64
}

func (c *chooser) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		c.b.Error(err)
	}
	n := int(c.turns.Add(1))
	answer := fmt.Sprintf(`{"evidence": ["/place"], "reasoning": "The place is another one.", "phi_before": 3, "phi_after": %d.5, "confidence": 0.9}`, 3+n%3)
	if _, after, found := bytes.Cut(body, []byte(`"action":{"enum":`)); found {
		var actions []string
		if err := json.NewDecoder(bytes.NewReader(after)).Decode(&actions); err != nil || len(actions) < 2 {
			c.b.Errorf("%v: no action in the form of the answer", err)
			http.Error(w, "no action", http.StatusBadRequest)
			return
		}
		action, _ := json.Marshal(actions[n%(len(actions)-1)]) // the last one is DONE
		answer = fmt.Sprintf(`{"thought": "I have not been there yet, and what I look for may be there.", "action": %s, "expected_delta": 0.5}`, action)
	}
	usage := fmt.Sprintf(`{"prompt_tokens": %d, "completion_tokens": %d}`, len(body)/4, len(answer)/4)
	if !bytes.Contains(body, []byte(`"stream":true`)) {
		text, _ := json.Marshal(answer)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"1","object":"chat.completion","model":"m","usage":%s,"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%s}}]}`, usage, text)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for rest := answer; rest != ""; {
		piece, _ := json.Marshal(rest[:min(12, len(rest))])
		rest = rest[min(12, len(rest)):]
		_, _ = fmt.Fprintf(w, `data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":%s}}]}`+"\n\n", piece)
	}
	_, _ = fmt.Fprintf(w, `data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n"+
		`data: {"id":"1","object":"chat.completion.chunk","model":"m","choices":[],"usage":%s}`+"\n\ndata: [DONE]\n\n", usage)
}

// BenchmarkProductStep is one step of the whole product: a run that is launched and
// worked as a job, in a maze, with an actor by language model over loopback, every
// call kept and every step durable. The budget is 1.2 ms a step. A critic by model
// beside it is asked for every state that is new to it.
func BenchmarkProductStep(b *testing.B) {
	b.Run("actor", func(b *testing.B) { benchProduct(b, agent.ModelRefs{Actor: "openai:m", Critic: agent.Reasoner}) })
	b.Run("actor and critic", func(b *testing.B) { benchProduct(b, agent.ModelRefs{Actor: "openai:m", Critic: "openai:m"}) })
}

func benchProduct(b *testing.B, refs agent.ModelRefs) {
	b.Helper()
	server := httptest.NewServer(&chooser{b: b})
	b.Cleanup(server.Close)
	a, err := Open(b.Context(), Config{Data: b.TempDir(), OpenAIURL: server.URL + "/v1", Workers: 1,
		Getenv: func(name string) (string, bool) { return "key", name == "OPENAI_API_KEY" }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	if err := a.Work(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for steps := 0; steps < b.N; {
		runs, err := a.Launch(b.Context(), mazeSpec(func(s *agent.RunSpec) {
			s.MaxSteps, s.EarlyStopPhi, s.Memory = min(b.N-steps, 200), agent.MaxPhi, "off"
			s.Models = refs
		}))
		if err != nil {
			b.Fatal(err)
		}
		steps += watched(b, a, runs[0].ID)
	}
}

// watched follows a run to its end and returns how many steps it took.
func watched(b *testing.B, a *App, run string) int {
	steps := 0
	for event, err := range a.Engine.Follow(b.Context(), run, 0) {
		if err != nil {
			b.Fatal(err)
		}
		switch d := event.Data.(type) {
		case agent.StepTaken:
			if steps++; d.Step.Prompt == "" || d.Step.Error != "" {
				b.Fatalf("step %d was not decided by the model: %+v", d.Step.Index, d.Step)
			}
		case agent.RunFailed:
			b.Fatal(d.Message)
		}
	}
	if steps == 0 {
		b.Fatal("a run came to its end without a step")
	}
	return steps
}
