// Command eino measures eino's side of what scripts/peers compares. It is a
// module of its own, so that nothing of it enters ours; scripts/peers puts the
// package work beside it when it builds it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cloudwego/eino-ext/components/model/openai"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/flow/agent/react"
	"github.com/cloudwego/eino/schema"

	"peers/eino/work"
)

func main() { work.Main(begin) }

func begin(ctx context.Context, j work.Job) (operation func() (int, error), closing func() error, err error) {
	switch {
	case j.Work == "core" && j.Form == "ReAct agent":
		operation, err = agent(ctx, j)
	case j.Work == "core":
		operation, err = graph(ctx, j)
	case j.Work == "call" || j.Work == "stream" || j.Work == "prompt":
		operation, err = call(ctx, j)
	default:
		err = fmt.Errorf("there is no work %q", j.Work)
	}
	return operation, nil, err
}

const thought = "The key on the table has the colour of the locked door, so it is likely to open it; I take it first."

// scripted is a model that calls the tool so many times, then says that it is done.
type scripted struct{ steps, made int }

func (s *scripted) Generate(context.Context, []*schema.Message, ...model.Option) (*schema.Message, error) {
	if s.made++; s.made > s.steps {
		return schema.AssistantMessage("done", nil), nil
	}
	return schema.AssistantMessage(thought, []schema.ToolCall{{ID: "1", Type: "function", Function: schema.FunctionCall{Name: "take", Arguments: `{"object":"key"}`}}}), nil
}

func (s *scripted) Stream(context.Context, []*schema.Message, ...model.Option) (*schema.StreamReader[*schema.Message], error) {
	return nil, errors.New("not streamed")
}

func (s *scripted) WithTools([]*schema.ToolInfo) (model.ToolCallingChatModel, error) { return s, nil }

// take is the tool: it counts.
type take struct{ taken int }

func (t *take) Info(context.Context) (*schema.ToolInfo, error) {
	return &schema.ToolInfo{Name: "take", Desc: "take an object", ParamsOneOf: schema.NewParamsOneOfByParams(map[string]*schema.ParameterInfo{"object": {Type: schema.String}})}, nil
}

func (t *take) InvokableRun(context.Context, string, ...tool.Option) (string, error) {
	t.taken++
	return fmt.Sprintf(`{"step":%d,"summary":"You are in a room."}`, t.taken), nil
}

// agent is eino's ReAct agent: a step is a call of the model and one of the tool.
func agent(ctx context.Context, j work.Job) (func() (int, error), error) {
	m, t := &scripted{steps: j.Steps}, &take{}
	a, err := react.NewAgent(ctx, &react.AgentConfig{ToolCallingModel: m, ToolsConfig: compose.ToolsNodeConfig{Tools: []tool.BaseTool{t}}, MaxStep: 2*j.Steps + 10})
	if err != nil {
		return nil, err
	}
	return func() (int, error) {
		m.made, t.taken = 0, 0
		_, err := a.Generate(ctx, []*schema.Message{schema.UserMessage("find the treasure")})
		if err == nil && t.taken != j.Steps {
			err = fmt.Errorf("%d steps were done, not %d", t.taken, j.Steps)
		}
		return t.taken, err
	}, nil
}

type state struct {
	Step    int
	Summary string
	Thought string
	Action  string
	Object  string
	Score   float64
}

// graph is the least that is a loop: one node that decides, executes and scores,
// and a branch back to it.
func graph(ctx context.Context, j work.Job) (func() (int, error), error) {
	g := compose.NewGraph[state, state]()
	step := compose.InvokableLambda(func(_ context.Context, s state) (state, error) {
		return state{Step: s.Step + 1, Summary: "You are in a room.", Thought: thought, Action: "take", Object: "key", Score: 3}, nil
	})
	branch := compose.NewGraphBranch(func(_ context.Context, s state) (string, error) {
		if s.Step >= j.Steps {
			return compose.END, nil
		}
		return "step", nil
	}, map[string]bool{"step": true, compose.END: true})
	if err := errors.Join(g.AddLambdaNode("step", step), g.AddEdge(compose.START, "step"), g.AddBranch("step", branch)); err != nil {
		return nil, err
	}
	r, err := g.Compile(ctx, compose.WithMaxRunSteps(j.Steps+10))
	if err != nil {
		return nil, err
	}
	return func() (int, error) {
		last, err := r.Invoke(ctx, state{})
		return last.Step, err
	}, nil
}

// call asks the model server with eino-ext's client.
func call(ctx context.Context, j work.Job) (func() (int, error), error) {
	client, err := openai.NewChatModel(ctx, &openai.ChatModelConfig{Model: "m", BaseURL: j.Server + "/v1", APIKey: "none"})
	if err != nil {
		return nil, err
	}
	var messages []*schema.Message
	for _, m := range j.Input.Messages {
		messages = append(messages, &schema.Message{Role: schema.RoleType(m.Role), Content: m.Content})
	}
	ask := func() (string, error) {
		answer, err := client.Generate(ctx, messages)
		if err != nil {
			return "", err
		}
		return answer.Content, nil
	}
	if j.Work == "stream" {
		ask = func() (string, error) {
			stream, err := client.Stream(ctx, messages)
			if err != nil {
				return "", err
			}
			defer stream.Close()
			var text strings.Builder
			for {
				piece, err := stream.Recv()
				if errors.Is(err, io.EOF) {
					return text.String(), nil
				}
				if err != nil {
					return "", err
				}
				text.WriteString(piece.Content)
			}
		}
	}
	return func() (int, error) {
		text, err := ask()
		if err == nil && text != j.Input.Answer {
			err = fmt.Errorf("the answer is %q", text)
		}
		return 1, err
	}, nil
}
