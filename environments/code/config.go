package code

import (
	_ "embed"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/sandbox"
)

// Schema is the JSON Schema of a configuration.
//
//go:embed schema.json
var Schema string

// The values of a configuration's words.
const (
	TasksBuiltIn = "built-in"
	TasksNone    = "none"

	splitAll   = "all"
	splitTrain = "train"
	splitTest  = "test"

	programsPython = "python"
	programsShell  = "shell"
)

// config is a configuration, checked.
type config struct {
	Tasks        string   `json:"tasks"`
	Task         string   `json:"task"`
	Split        string   `json:"split"`
	Programs     string   `json:"programs"`
	Seconds      int      `json:"seconds"`
	TotalSeconds int      `json:"total_seconds"`
	JudgeSeconds int      `json:"judge_seconds"`
	MemoryMB     int64    `json:"memory_mb"`
	DiskMB       int64    `json:"disk_mb"`
	Show         []string `json:"show"`
}

// parseConfig reads a configuration that fits Schema; what is left out has its
// default.
func parseConfig(raw agent.Object) (config, error) {
	c := config{Tasks: TasksBuiltIn, Split: splitAll, Programs: programsPython, Seconds: 20, TotalSeconds: 600, JudgeSeconds: 120, MemoryMB: 512, DiskMB: 64}
	if err := raw.Decode(&c); err != nil {
		return c, agent.Wrap(agent.CodeInvalid, err, "the configuration can't be read")
	}
	wrong := map[string]string{}
	between := func(name string, v, low, high int64) {
		if v < low || v > high {
			wrong[name] = "is out of its range"
		}
	}
	between("seconds", int64(c.Seconds), 1, 600)
	between("total_seconds", int64(c.TotalSeconds), 1, 7200)
	between("judge_seconds", int64(c.JudgeSeconds), 1, 1800)
	between("memory_mb", c.MemoryMB, 32, 8192)
	between("disk_mb", c.DiskMB, 1, 512)
	if c.Split != splitAll && c.Split != splitTrain && c.Split != splitTest {
		wrong["split"] = "must be all, train or test"
	}
	if c.Programs != programsPython && c.Programs != programsShell {
		wrong["programs"] = "must be python or shell"
	}
	if len(wrong) > 0 {
		return c, agent.InvalidFields(wrong)
	}
	return c, nil
}

// limits are those of a workspace in which commands may take so long in all.
func (c *config) limits(total time.Duration) sandbox.Limits {
	return sandbox.Limits{Wall: total, CPU: total, Memory: c.MemoryMB << 20, Disk: c.DiskMB << 20, Files: maxEntries}
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
