package remote

import (
	_ "embed"
	"fmt"
	"log/slog"
	"net/textproto"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"purposeagent/agent"
	"purposeagent/environments/childenv"
	"purposeagent/environments/remote/openenv"
)

// Schema is the JSON Schema of a configuration.
//
//go:embed schema.json
var Schema []byte

// config is a configuration with its defaults filled in.
type config struct {
	Command []string          `json:"command"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Success string            `json:"success"`
	Least   float64           `json:"success_least"`
	Dir     string            `json:"dir"`
	Timeout int               `json:"timeout_seconds"`
	Purpose string            `json:"purpose"`
	World   int64             `json:"world"`
	Split   string            `json:"split"`
	Options agent.Object      `json:"options"`
}

// openEnvServer reports whether the address is that of a socket, where OpenEnv is
// spoken; under any other our own protocol is.
func (c *config) openEnvServer() bool {
	return strings.HasPrefix(c.URL, "ws://") || strings.HasPrefix(c.URL, "wss://")
}

// called is what messages call whoever answers.
func (c *config) called() string {
	if c.URL != "" {
		return "the server " + shownAddress(c.URL)
	}
	return "the program " + c.Command[0]
}

// checkServer says what is wrong with the address of a server, and with what goes
// with it.
func (c *config) checkServer(fields map[string]string) {
	u, err := url.Parse(c.URL)
	switch {
	case len(c.Command) > 0:
		fields["url"] = "give a command or an address, not both"
	case c.openEnvServer():
		if !slices.Contains(openenv.Successes, c.Success) {
			fields["success"] = "must be one of " + strings.Join(openenv.Successes, ", ")
		}
		if len(c.Headers) > 0 {
			fields["headers"] = "are sent to an http or https address only"
		}
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		fields["url"] = "must be an address such as http://127.0.0.1:8080/, where our own protocol is spoken, or ws://127.0.0.1:8000/ws of an OpenEnv server"
	case u.User != nil:
		fields["url"] = "must hold no name and no password; send them in headers"
	}
	if len(c.Headers) > maxHeaders {
		fields["headers"] = fmt.Sprintf("has %d; at most %d are allowed", len(c.Headers), maxHeaders)
	}
	for name, value := range c.Headers {
		switch shown := agent.Clip(name, 40); {
		case !headerName.MatchString(name) || strings.ContainsFunc(value, unicode.IsControl):
			fields["headers"] = fmt.Sprintf("%q can't be a header of a request, or its value can't", shown)
		case slices.Contains([]string{"Content-Type", "Content-Length", "Host", "Connection", "Transfer-Encoding"}, textproto.CanonicalMIMEHeaderKey(name)):
			fields["headers"] = shown + " is set by the protocol"
		}
	}
}

const maxHeaders = 32

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")

// Limits of a command line.
const (
	maxWords     = 64
	maxWordBytes = 4096
)

// Defaults and limits of the time for one answer.
const (
	defaultTimeout = 10 // seconds
	maxTimeout     = 600
)

// parseConfig reads a configuration. Errors are CodeInvalid with a message per
// property.
func parseConfig(raw agent.Object) (config, error) {
	c := config{Timeout: defaultTimeout, World: 1, Split: "train", Success: openenv.Successes[0], Least: 1}
	if err := raw.Decode(&c); err != nil {
		return c, agent.Wrap(agent.CodeInvalid, err, "the configuration of a remote environment can't be read")
	}
	fields := map[string]string{}
	switch {
	case c.URL != "":
		c.checkServer(fields)
	case len(c.Command) == 0 || strings.TrimSpace(c.Command[0]) == "":
		fields["command"] = `say which program to start, as a list of words such as ["python3", "env.py"], or give the url of a server`
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
	if c.Timeout < 1 || c.Timeout > maxTimeout {
		fields["timeout_seconds"] = fmt.Sprintf("must be 1 to %d, got %d", maxTimeout, c.Timeout)
	}
	if len(c.Purpose) > agent.MaxPurposeBytes {
		fields["purpose"] = fmt.Sprintf("is %d bytes long; at most %d are allowed", len(c.Purpose), agent.MaxPurposeBytes)
	}
	if len(fields) > 0 {
		return c, agent.InvalidFields(fields)
	}
	return c, nil
}

// Options is what the surroundings give to every program that is started.
type Options struct {
	// Logger gets what programs write to standard error; nil discards it.
	Logger *slog.Logger
	// Env is the environment of the program as NAME=value; nil: what
	// childenv.Of lets through of this process's, which is no key.
	Env []string

	// AllowPrivate lets servers be reached over HTTP that are in private networks;
	// those of this machine always can.
	AllowPrivate bool
	// Secret returns a stored secret, which headers name as ${NAME}; nil: there are
	// none.
	Secret func(name string) (string, error)

	// Pool keeps programs for the next environment; nil: each starts its own.
	Pool *Pool

	// Times, zero for the usual ones: until the first answer (20 s, or the
	// configured time for an answer if that is longer), for one answer (as
	// configured), and for ending after "close" (2 s).
	StartTimeout, AnswerTimeout, CloseTimeout time.Duration
}

// Usual times of Options.
const (
	startTimeout = 20 * time.Second
	closeTimeout = 2 * time.Second
)

func (o Options) withDefaults(c *config) Options {
	if o.Env == nil {
		o.Env = childenv.Of(os.Environ())
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
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
	return o
}
