package chat

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
)

// Protocol is what a model server speaks.
type Protocol string

// The protocols.
const (
	ProtocolOpenAI    Protocol = "openai" // chat completions, spoken by most
	ProtocolAnthropic Protocol = "anthropic"
	ProtocolGemini    Protocol = "gemini"
)

// Provider is a kind of model server that is known by name.
type Provider struct {
	Name, Title string
	Protocol    Protocol
	BaseURL     string // where it usually is
	// AddressEnv and KeyEnv are the environment variables that people know.
	AddressEnv, KeyEnv string
	NeedsKey           bool
	// Local servers run on this machine, and are looked for there.
	Local bool
	// Concurrency is how many requests at once are sent unless told otherwise.
	Concurrency int
	// Help says in a sentence how to get one.
	Help string
}

// Connection is a model server that people set up: models are chosen as
// NAME:MODEL. The key is a secret: it is in no message and no JSON.
type Connection struct {
	Name     string `json:"name"`
	Provider string `json:"provider"`
	BaseURL  string `json:"base_url"` // "" is the provider's own
	Key      string `json:"-"`
	HasKey   bool   `json:"has_key"` // one is stored
	// KeyEnv names an environment variable that holds the key instead.
	KeyEnv string `json:"key_env,omitempty"`
	// KeyFor names the provider and server that the key, or the variable, was
	// given for. It is sent to no other.
	KeyFor string `json:"-"`
	// Concurrency bounds the requests at once and PerMinute those of a minute, over
	// all runs of this program; 0 is the provider's default, and no limit.
	Concurrency int `json:"concurrency,omitempty"`
	PerMinute   int `json:"per_minute,omitempty"`
	// DayTokens and DayUSD bound what a day (UTC) may spend; 0 is no limit.
	DayTokens int64   `json:"day_tokens,omitempty"`
	DayUSD    float64 `json:"day_usd,omitempty"`
	// ThinkingTokens is the room for thinking beside an answer; 0 grows by itself
	// where a model used up what it had.
	ThinkingTokens int `json:"thinking_tokens,omitempty"`
	// OverflowWords are parts of messages by which this server says that a prompt
	// is too long, besides those that are known.
	OverflowWords []string `json:"overflow_words,omitempty"`
	Disabled      bool     `json:"disabled,omitempty"`
	// Builtin connections come from the environment and the list of providers.
	Builtin bool `json:"builtin,omitempty"`
}

// What a connection may be set to.
const (
	MaxConcurrency       = 1000
	MaxPerMinute         = 100_000
	MaxThinkingTokens    = 1_000_000
	MaxOverflowWords     = 20
	MinOverflowWordRunes = 4 // fewer would be found in messages of any kind
	MaxOverflowWordRunes = 100
)

// Same reports whether two connections are set to the same in every respect.
func (c Connection) Same(d Connection) bool { return reflect.DeepEqual(c, d) }

var (
	connectionName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	variableName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`)
)

// Check returns a CodeInvalid error with a message for each field that is
// wrong. Whether the provider is known and the address may be asked is for the
// clients to say.
func (c Connection) Check() error {
	fields := map[string]string{}
	if !connectionName.MatchString(c.Name) {
		fields["name"] = "must be 1 to 40 small letters, digits, - or _, and begin with a letter: it comes before the colon in names of models"
	}
	if len(c.BaseURL) > 500 || strings.ContainsFunc(c.BaseURL, unicode.IsControl) {
		fields["base_url"] = "must be an address of at most 500 characters"
	}
	if c.KeyEnv != "" && !variableName.MatchString(c.KeyEnv) {
		fields["key_env"] = "must be the name of an environment variable, such as OPENAI_API_KEY, not the key itself"
	}
	if len(c.Key) > 1000 || strings.ContainsFunc(c.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		fields["key"] = "is not a valid key: it must be plain characters, at most 1000"
	}
	if c.Key != "" && c.KeyEnv != "" {
		fields["key"] = "give a key or the name of an environment variable, not both"
	}
	if c.Concurrency < 0 || c.Concurrency > MaxConcurrency {
		fields["concurrency"] = fmt.Sprintf("must be 0 (the provider's usual) to %d", MaxConcurrency)
	}
	if c.PerMinute < 0 || c.PerMinute > MaxPerMinute {
		fields["per_minute"] = fmt.Sprintf("must be 0 (no limit) to %d", MaxPerMinute)
	}
	if c.DayTokens < 0 {
		fields["day_tokens"] = "must not be negative; 0 is no limit"
	}
	if !(c.DayUSD >= 0 && c.DayUSD <= 1e6) {
		fields["day_usd"] = "must be 0 (no limit) to 1e6 dollars"
	}
	if c.ThinkingTokens < 0 || c.ThinkingTokens > MaxThinkingTokens {
		fields["thinking_tokens"] = fmt.Sprintf("must be 0 (it grows by itself) to %d", MaxThinkingTokens)
	}
	if problem := checkOverflowWords(c.OverflowWords); problem != "" {
		fields["overflow_words"] = problem
	}
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	return nil
}

func checkOverflowWords(words []string) string {
	if len(words) > MaxOverflowWords {
		return fmt.Sprintf("has %d lines; at most %d are allowed", len(words), MaxOverflowWords)
	}
	for _, w := range words {
		if n := utf8.RuneCountInString(w); n < MinOverflowWordRunes || n > MaxOverflowWordRunes || strings.TrimSpace(w) != w || strings.ContainsFunc(w, unicode.IsControl) || !utf8.ValidString(w) {
			return fmt.Sprintf("must be words of the server's message, one sentence or part of it a line, of %d to %d characters each", MinOverflowWordRunes, MaxOverflowWordRunes)
		}
	}
	return ""
}

// ModelProbe is what a model was found to do.
type ModelProbe struct {
	Model      string        `json:"model"`
	Answer     string        `json:"answer"` // to "say hello"
	Took       time.Duration `json:"took"`
	FirstText  time.Duration `json:"first_text"` // 0: it did not stream
	Structured string        `json:"structured"` // json_schema, tool_call, json_object or text; "" where no answer fitted the schema
	Tools      string        `json:"tools"`      // "yes", or "no: " and why; "" where it is not asked that way
	Usage      agent.Usage   `json:"usage"`      // of all that was asked
	Problem    string        `json:"problem"`    // what went wrong with the schema
}

// FoundServer is a model server that answers on this machine.
type FoundServer struct {
	Provider Provider `json:"-"`
	Name     string   `json:"name"` // of its connection
	Address  string   `json:"address"`
	Models   []string `json:"models"`
}
