package mcp

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent"
)

// judgeConfig says who tells what was reached: a tool, or a key of the metadata
// of each result.
type judgeConfig struct {
	Tool      string       `json:"tool"`
	Arguments agent.Object `json:"arguments"`
	Meta      string       `json:"meta"`
}

func (j *judgeConfig) says() bool { return j.Tool != "" || j.Meta != "" }

// expectedCall is a call that the purpose needs, or with AtMost how often a tool
// may be called.
type expectedCall struct {
	Tool      string       `json:"tool"`
	Arguments agent.Object `json:"arguments"`
	AtMost    *int         `json:"at_most"`
}

// judged is what is known of a state where no actor looks.
type judged struct {
	Success bool     `json:"success,omitempty"`
	Score   float64  `json:"score,omitempty"`
	Reward  *float64 `json:"reward,omitempty"`
	Done    bool     `json:"done,omitempty"`
}

// verdict is what a judge says.
type verdict struct {
	Success *bool    `json:"success"`
	Score   *float64 `json:"score"`
	Reward  *float64 `json:"reward"`
	Done    bool     `json:"done"`
}

// read checks a verdict. A reward that comes alone is a success from 1 on.
func (v *verdict) read() (judged, error) {
	j := judged{Reward: v.Reward, Done: v.Done}
	switch {
	case v.Success == nil && v.Score == nil && v.Reward == nil:
		return j, agent.Errorf(agent.CodeUnavailable, `its judge said none of "success", "score" and "reward"`)
	case v.Score != nil && !(*v.Score >= 0 && *v.Score <= 1):
		return j, agent.Errorf(agent.CodeUnavailable, "its judge gave the score %g; it must be 0 to 1", *v.Score)
	case v.Reward != nil && (math.IsNaN(*v.Reward) || math.IsInf(*v.Reward, 0)):
		return j, agent.Errorf(agent.CodeUnavailable, "its judge gave a reward that is no number")
	case v.Success != nil:
		j.Success = *v.Success
	case v.Score != nil:
		j.Success = *v.Score >= 1
	default:
		j.Success = *v.Reward >= 1
	}
	switch {
	case v.Score != nil:
		j.Score = *v.Score
	case j.Success:
		j.Score = 1
	case v.Reward != nil:
		j.Score = min(max(*v.Reward, 0), 1)
	}
	return j, nil
}

// parseVerdict reads what a judging tool answered: an object, or a bare true,
// false or number.
func parseVerdict(r *mcp.CallToolResult) (judged, error) {
	raw, err := json.Marshal(r.StructuredContent)
	if r.StructuredContent == nil || err != nil {
		var parts []string
		for _, c := range r.Content {
			parts = append(parts, content(c))
		}
		raw = []byte(strings.TrimSpace(strings.Join(parts, "")))
	}
	if r.IsError {
		return judged{}, agent.Errorf(agent.CodeUnavailable, "its judge failed: %s", agent.Clip(string(raw), maxMessage))
	}
	return decodeVerdict(raw)
}

func decodeVerdict(raw []byte) (judged, error) {
	var v verdict
	var yes bool
	var number float64
	switch {
	case json.Unmarshal(raw, &yes) == nil:
		v.Success = &yes
	case json.Unmarshal(raw, &number) == nil:
		v.Reward = &number
	default:
		if err := json.Unmarshal(raw, &v); err != nil {
			return judged{}, agent.Errorf(agent.CodeUnavailable, "its judge answered what is no verdict: %s", agent.Clip(string(raw), hintShown))
		}
	}
	return v.read()
}

// judge asks for the verdict on where the server stands: a tool, or what the last
// result had beside it. The words of the one before stand where there is none.
func (e *Env) judge(ctx context.Context, before judged, last *mcp.CallToolResult) (judged, error) {
	c := &e.config.Judge
	if c.Meta != "" {
		if last == nil {
			return before, nil
		}
		said, ok := last.GetMeta()[c.Meta]
		if !ok {
			before.Reward = nil
			return before, nil
		}
		raw, err := json.Marshal(said)
		if err != nil {
			return before, agent.Wrap(agent.CodeUnavailable, err, "its verdict can't be read")
		}
		return e.session.verdict(decodeVerdict(raw))
	}
	r, err := e.call(ctx, c.Tool, c.Arguments.Map())
	if err != nil {
		return before, err
	}
	return e.session.verdict(parseVerdict(r))
}

func (s *session) verdict(j judged, err error) (judged, error) {
	if err != nil {
		return j, agent.Errorf(agent.CodeUnavailable, "the server %s: %s", s.name, s.text(agent.MessageOf(err), maxMessage))
	}
	return j, nil
}

// count notes a call that succeeded among those that are expected, and returns
// what has been reached.
func (k *kept) count(expected []expectedCall, tool string, arguments map[string]any) {
	made, err := agent.NewObject(arguments)
	if err != nil {
		return
	}
	if k.Met == nil {
		k.Met = make([]int, len(expected))
	}
	for i := range expected {
		x := &expected[i]
		if x.Tool == tool && (x.AtMost != nil || same(x.Arguments, made)) {
			k.Met[i]++
		}
	}
	met, wanted, broken := 0, 0, false
	for i := range expected {
		switch x := &expected[i]; {
		case x.AtMost != nil:
			broken = broken || k.Met[i] > *x.AtMost
		default:
			wanted++
			if k.Met[i] >= alike(expected[:i+1], i) {
				met++
			}
		}
	}
	k.Judged = judged{Success: met == wanted && !broken, Score: 1}
	if wanted > 0 {
		k.Judged.Score = float64(met) / float64(wanted)
	}
	if broken {
		k.Judged.Score = 0
	}
}

// alike counts the expected calls up to one that are the same as it: as many have
// to be made.
func alike(expected []expectedCall, i int) int {
	n := 0
	for j := range expected {
		if expected[j].AtMost == nil && expected[j].Tool == expected[i].Tool && same(expected[j].Arguments, expected[i].Arguments) {
			n++
		}
	}
	return n
}

// same compares arguments as JSON Schema sees them: 1 and 1.0 are one number.
func same(a, b agent.Object) bool { return a == b || equal(a.Map(), b.Map()) }

func equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for k := range x {
			other, there := y[k]
			if !there || !equal(x[k], other) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, equal)
	case json.Number:
		y, ok := b.(json.Number)
		if !ok {
			return false
		}
		f, errF := x.Float64()
		g, errG := y.Float64()
		return x == y || errF == nil && errG == nil && f == g
	}
	return a == b
}
