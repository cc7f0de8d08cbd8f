package mcp

import (
	_ "embed"
	"fmt"
	"log/slog"
	"net/textproto"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"purposeagent/agent"
	"purposeagent/environments/childenv"
)

// Schema is the JSON Schema of a configuration.
//
//go:embed schema.json
var Schema []byte

// Icon is the path data of a drawing, 44 units wide and high.
const Icon = "M14 6v10M30 6v10M9 16h26v6a13 13 0 0 1-26 0zM22 35v5"

// config is a configuration with its defaults filled in.
type config struct {
	Command     []string          `json:"command"`
	Dir         string            `json:"dir"`
	URL         string            `json:"url"`
	Env         map[string]string `json:"env"`
	Headers     map[string]string `json:"headers"`
	Tools       []string          `json:"tools"`
	Harmless    []string          `json:"harmless"`
	Timeout     int               `json:"timeout_seconds"`
	Simulator   bool              `json:"simulator"`
	Reset       toolCall          `json:"reset"`
	Judge       judgeConfig       `json:"judge"`
	Expected    []expectedCall    `json:"expected_calls"`
	Keep        int               `json:"keep"`
	ResultBytes int               `json:"result_bytes"`
	Protocol    string            `json:"protocol"`
	LaterTools  bool              `json:"later_tools"`
}

// toolCall is a call that the configuration makes.
type toolCall struct {
	Tool      string       `json:"tool"`
	Arguments agent.Object `json:"arguments"`
}

// The revisions of the protocol that are spoken: the first one without sessions,
// and the last one with them.
const (
	protocolAuto = "auto"
	protocolNew  = "2026-07-28"
	protocolOld  = "2025-11-25"
)

// Limits of a configuration.
const (
	maxWords       = 64
	maxWordBytes   = 4096
	maxURLBytes    = 2000
	maxVariables   = 50
	defaultTimeout = 60 // seconds
	maxTimeout     = 600
	defaultKeep    = 3
	maxKeep        = 10
	defaultResult  = 6000 // bytes
	minResult      = 200
	maxResult      = 16000
	maxExpected    = 100
)

// parseConfig reads a configuration. Errors are CodeInvalid with a message per
// property.
func parseConfig(raw agent.Object) (config, error) {
	c := config{Timeout: defaultTimeout, Keep: defaultKeep, ResultBytes: defaultResult, Protocol: protocolAuto}
	if err := raw.Decode(&c); err != nil {
		return c, agent.Wrap(agent.CodeInvalid, err, "the configuration of an MCP server can't be read: %s", agent.JSONProblem(err))
	}
	fields := map[string]string{}
	c.checkServer(fields)
	c.checkVariables(fields)
	c.checkNumbers(fields)
	c.checkJudge(fields)
	if len(fields) > 0 {
		return c, agent.InvalidFields(fields)
	}
	return c, nil
}

func (c *config) checkServer(fields map[string]string) {
	switch named := len(c.Command) > 0 && strings.TrimSpace(c.Command[0]) != ""; {
	case !named && c.URL == "":
		fields["command"] = `say which server to start, as a list of words such as ["npx", "-y", "some-server"], or give the address of one that runs`
	case named && c.URL != "":
		fields["url"] = "there is a command as well; give one of the two"
	case c.URL != "":
		u, err := url.Parse(c.URL)
		switch {
		case err != nil || len(c.URL) > maxURLBytes || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			fields["url"] = "must be an address such as http://127.0.0.1:8000/mcp"
		case u.User != nil:
			fields["url"] = "has a user or a password in it; name a secret in headers instead"
		}
	}
	if len(c.Command) > maxWords {
		fields["command"] = fmt.Sprintf("has %d words; at most %d are allowed", len(c.Command), maxWords)
	}
	for _, word := range c.Command {
		if len(word) > maxWordBytes || strings.ContainsRune(word, 0) {
			fields["command"] = fmt.Sprintf("has a word that no program can be given: longer than %d bytes, or with a zero byte", maxWordBytes)
		}
	}
	if strings.ContainsRune(c.Dir, 0) || len(c.Dir) > maxWordBytes {
		fields["dir"] = "is not a folder"
	}
	if c.Protocol != protocolAuto && c.Protocol != protocolNew && c.Protocol != protocolOld {
		fields["protocol"] = fmt.Sprintf("must be %s, %s or %s", protocolAuto, protocolNew, protocolOld)
	}
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)

func (c *config) checkVariables(fields map[string]string) {
	if len(c.Env) > maxVariables || len(c.Headers) > maxVariables {
		fields["env"] = fmt.Sprintf("at most %d variables and as many headers are allowed", maxVariables)
	}
	for name, value := range c.Env {
		if !variableName.MatchString(name) || strings.ContainsRune(value, 0) || len(value) > maxWordBytes {
			fields["env"] = fmt.Sprintf("%q can't be a variable of a program, or its value can't", agent.Clip(name, 40))
		}
	}
	for name, value := range c.Headers {
		switch name = textproto.CanonicalMIMEHeaderKey(name); {
		case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
			fields["headers"] = fmt.Sprintf("%q can't be a header of a request, or its value can't", agent.Clip(name, 40))
		case name == "Host" || name == "Content-Length" || name == "Content-Type" || name == "Accept" || strings.HasPrefix(name, "Mcp-"):
			fields["headers"] = name + " belongs to the protocol"
		}
	}
}

func (c *config) checkNumbers(fields map[string]string) {
	within := func(name string, n, low, high int) {
		if n < low || n > high {
			fields[name] = fmt.Sprintf("must be %d to %d, got %d", low, high, n)
		}
	}
	within("timeout_seconds", c.Timeout, 1, maxTimeout)
	within("keep", c.Keep, 1, maxKeep)
	within("result_bytes", c.ResultBytes, minResult, maxResult)
	if len(c.Tools) > maxTools {
		fields["tools"] = fmt.Sprintf("names %d; at most %d tools can be actions", len(c.Tools), maxTools)
	}
}

func (c *config) checkJudge(fields map[string]string) {
	j := &c.Judge
	switch {
	case j.Tool != "" && j.Meta != "":
		fields["judge"] = `has a "tool" and a "meta"; give one of the two`
	case j.says() && len(c.Expected) > 0:
		fields["judge"] = "there are expected calls as well; give one of the two"
	}
	if len(c.Expected) > maxExpected {
		fields["expected_calls"] = fmt.Sprintf("lists %d; at most %d are allowed", len(c.Expected), maxExpected)
	}
	for i := range c.Expected {
		x := &c.Expected[i]
		if x.Tool == "" {
			fields["expected_calls"] = fmt.Sprintf(`%d has no "tool"`, i+1)
		}
		if x.AtMost != nil && (*x.AtMost < 0 || !x.Arguments.IsEmpty()) {
			fields["expected_calls"] = fmt.Sprintf(`%d: "at_most" is a number from 0 and goes without "arguments"`, i+1)
		}
	}
}

// name is what the server is called in messages before it said its own name.
func (c *config) name() string {
	if c.URL != "" {
		return c.URL
	}
	return c.Command[0]
}

// Options is what the surroundings give to every server.
type Options struct {
	// Logger gets what programs write to standard error; nil discards it.
	Logger *slog.Logger
	// Env is the environment of a program as NAME=value, to which the configured
	// variables are added; nil: what childenv.Of lets through of this process's.
	Env []string
	// Secret returns a stored secret; nil: there are none. Errors: CodeNotFound,
	// CodeDenied.
	Secret func(name string) (string, error)
	// Eras remembers which servers speak the new revision; nil: each environment
	// finds out.
	Eras *Eras
	// Version is told to servers as ours.
	Version string

	// Times, zero for the usual ones: for connecting (30 s, or the configured time
	// for an answer if that is longer), for one answer (as configured), for ending
	// (2 s), for the probe of the new revision (2 s).
	StartTimeout, AnswerTimeout, CloseTimeout, ProbeTimeout time.Duration
}

// Usual times of Options.
const (
	startTimeout = 30 * time.Second
	closeTimeout = 2 * time.Second
	probeTimeout = 2 * time.Second
)

func (o Options) withDefaults(c *config) Options {
	if o.Env == nil {
		o.Env = childenv.Of(os.Environ())
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Eras == nil {
		o.Eras = NewEras()
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.AnswerTimeout == 0 {
		o.AnswerTimeout = time.Duration(c.Timeout) * time.Second
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = max(startTimeout, o.AnswerTimeout)
	}
	if o.CloseTimeout == 0 {
		o.CloseTimeout = closeTimeout
	}
	if o.ProbeTimeout == 0 {
		o.ProbeTimeout = probeTimeout
	}
	return o
}
