package script

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema of a configuration. The first example stands in
// for a script that is left out.
func Schema() json.RawMessage {
	text, err := json.Marshal(source("counter"))
	if err != nil {
		panic(err) // a string always marshals
	}
	return json.RawMessage(strings.Replace(string(schema), `"counter.star"`, string(text), 1))
}

// Bounds of a configuration; schema.json says the same to forms.
const (
	maxScript                  = 64 << 10
	minSteps, maxSteps         = 1_000, 100_000_000
	maxTimeout                 = 10 // seconds
	minMemory, maxMemory       = 16, 1024
	usualSteps                 = 1_000_000
	usualTimeout               = 2   // seconds
	usualMemory                = 128 // MiB
	mebibyte             int64 = 1 << 20
)

// config is a configuration with its defaults filled in.
type config struct {
	Script  string `json:"script"`
	Purpose string `json:"purpose"`
	Steps   int64  `json:"steps"`
	Timeout int64  `json:"timeout_seconds"`
	Memory  int64  `json:"memory_mb"`
}

// parseConfig reads a configuration. Errors are CodeInvalid with a message per
// property.
func parseConfig(raw agent.Object) (config, error) {
	c := config{Script: source("counter"), Steps: usualSteps, Timeout: usualTimeout, Memory: usualMemory}
	if err := raw.Decode(&c); err != nil {
		return c, agent.Wrap(agent.CodeInvalid, err, "the configuration of a script can't be read")
	}
	c.Script = strings.ReplaceAll(c.Script, "\r\n", "\n") // as forms send it
	fields := map[string]string{}
	switch {
	case strings.TrimSpace(c.Script) == "":
		fields["script"] = "is empty; write actions, reset, execute, is_terminal and outcome, or begin with an example"
	case len(c.Script) > maxScript:
		fields["script"] = fmt.Sprintf("is %d bytes long; at most %d are allowed", len(c.Script), maxScript)
	}
	if len(c.Purpose) > agent.MaxPurposeBytes {
		fields["purpose"] = fmt.Sprintf("is %d bytes long; at most %d are allowed", len(c.Purpose), agent.MaxPurposeBytes)
	}
	within := func(name string, n, low, high int64) {
		if n < low || n > high {
			fields[name] = fmt.Sprintf("must be %d to %d, got %d", low, high, n)
		}
	}
	within("steps", c.Steps, minSteps, maxSteps)
	within("timeout_seconds", c.Timeout, 1, maxTimeout)
	within("memory_mb", c.Memory, minMemory, maxMemory)
	if len(fields) > 0 {
		return c, agent.InvalidFields(fields)
	}
	return c, nil
}

// limits are what one call of a script may use.
type limits struct {
	Steps   int64 `json:"steps"`
	Timeout int64 `json:"timeout"` // nanoseconds of processor time
	Memory  int64 `json:"memory"`  // bytes
}

func (l limits) timeout() time.Duration { return time.Duration(l.Timeout) }

// wait is how long an answer is waited for: on a busy machine a call takes longer
// than what it works.
func (l limits) wait() time.Duration { return 4*l.timeout() + 10*patience }

// program is a script with its limits.
type program struct {
	script string
	limits limits
	key    string // of children that have read it
	name   string // of its laws, where it names none itself
}

func (c *config) program() *program {
	sum := sha256.Sum256([]byte(c.Script))
	p := &program{script: c.Script, name: hex.EncodeToString(sum[:6]),
		limits: limits{Steps: c.Steps, Timeout: int64(time.Duration(c.Timeout) * time.Second), Memory: c.Memory * mebibyte}}
	p.key = fmt.Sprintf("%x %v", sum, p.limits)
	return p
}

// scriptField is the field of the configuration in errors about a task.
const scriptField = configschema.FieldPrefix + "script"
