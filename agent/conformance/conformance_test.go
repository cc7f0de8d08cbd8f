package conformance_test

import (
	"context"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/calibration"
	"purposeagent/agent/chat"
	"purposeagent/agent/conformance"
	"purposeagent/agent/files"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

func TestMemoryLibrary(t *testing.T) {
	conformance.Library(t, func() agent.Library { return rulestore.NewMemory(time.Now) })
}

func TestExperienceReplay(t *testing.T) {
	conformance.Replay(t, func(capacity int) agent.Replay { return replay.New(capacity) })
}

func TestCounter(t *testing.T) {
	conformance.Environment(t, func() agent.Environment { return agenttest.NewCounter(0) },
		agenttest.CounterTask(1), agenttest.CounterTask(-5))
}

func TestScriptedModel(t *testing.T) {
	conformance.LLM(t, func() chat.LLM {
		return agenttest.NewModelFunc("script:test", func(_ context.Context, r chat.Request, _ int) agenttest.Answer {
			if r.Schema != nil {
				return agenttest.SayJSON(map[string]string{"colour": "blue"})
			}
			return agenttest.Say("hello")
		})
	})
}

func TestCriticLog(t *testing.T) {
	conformance.Calibrator(t, func() conformance.CriticReader { return calibration.NewCriticLog() })
}

func TestFilesSuite(t *testing.T) {
	conformance.Files(t, func() files.Store { return &files.Memory{} })
}
