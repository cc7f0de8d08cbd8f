package wire

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxWait bounds the wait that a server may ask for.
const maxWait = 32 * 24 * time.Hour

const (
	spanOfOne = `\d+(?:\.\d+)?\s*`
	spanUnits = `(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)`
)

var (
	// waitHeaders say how long to wait, best first; those of limits count only
	// where their limit is used up.
	waitHeaders = []string{"Retry-After-Ms", "Retry-After", "X-RateLimit-Reset-After", "RateLimit-Reset", "X-RateLimit-Reset"}
	limitKinds  = []string{"X-RateLimit-%-Requests", "X-RateLimit-%-Tokens", "X-RateLimit-%-Requests-Day", "X-RateLimit-%-Tokens-Minute",
		"Anthropic-RateLimit-Requests-%", "Anthropic-RateLimit-Tokens-%", "Anthropic-RateLimit-Input-Tokens-%", "Anthropic-RateLimit-Output-Tokens-%"}
	// waitFields are the names under which a body says it.
	waitFields = []string{"retryDelay", "retry_delay", "retry_after_ms", "retryAfterMs", "retry_after", "retryAfter", "retry_after_seconds", "retry-after"}

	waitWords = regexp.MustCompile(`(?i)(?:again|retry|retrying|wait|resets?|available|access)[^0-9.;]{0,30}?((?:` + spanOfOne + `(?:d|h|m|s)\s*)*` + spanOfOne + spanUnits + `\b(?:(?:,|\s+and)?\s*` + spanOfOne + spanUnits + `\b)*)`)
	waitDate  = regexp.MustCompile(`(?i)(?:again|after|until|resets?|access|available)[^0-9;]{0,30}?(\d{4}-\d\d-\d\d)(?:(?:T|,? at |,? )(\d\d:\d\d(?::\d\d)?))?(?:\.\d+)?\s*(Z|UTC|GMT)?`)
	spanPart  = regexp.MustCompile(`(?i)(\d+(?:\.\d+)?)\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)`)
)

// unitOf is the unit of a field whose name tells it.
func unitOf(field string) string {
	if strings.HasSuffix(strings.ToLower(field), "ms") {
		return "ms"
	}
	return ""
}

// waitOf is how long a server asks to wait: by its headers, its body, or in words;
// 0 where it does not say.
func waitOf(header http.Header, said *ServerError, now time.Time) time.Duration {
	for _, name := range waitHeaders {
		value := header.Get(name)
		if name == "Retry-After-Ms" && value != "" {
			value += "ms"
		}
		if wait := parseWait(value, now); wait > 0 {
			return wait
		}
	}
	var longest time.Duration
	for _, kind := range limitKinds {
		if left := header.Get(strings.Replace(kind, "%", "Remaining", 1)); left != "" && strings.TrimLeft(left, "0.") == "" {
			longest = max(longest, parseWait(header.Get(strings.Replace(kind, "%", "Reset", 1)), now))
		}
	}
	if longest > 0 {
		return longest
	}
	if wait := parseWait(said.wait, now); wait > 0 {
		return wait
	}
	return waitInWords(said.Message, now)
}

// parseWait reads seconds, a span such as 1m30s, a date, or the moment in seconds
// or milliseconds since 1970. What is none is 0.
func parseWait(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		switch {
		case math.IsNaN(x) || x <= 0:
			return 0
		case x >= 1e12 && x < 1e15:
			return boundedWait(time.UnixMilli(int64(x)).Sub(now))
		case x >= 1e9 && x < 1e12:
			return boundedWait(time.Unix(int64(x), 0).Sub(now))
		case x >= maxWait.Seconds():
			return 0
		}
		return time.Duration(x * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return boundedWait(at.Sub(now))
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return boundedWait(at.Sub(now))
	}
	return spanOf(text)
}

// spanOf adds the parts of a span: 1m12.5s, 2 minutes and 3 seconds.
func spanOf(text string) time.Duration {
	var sum float64
	for _, part := range spanPart.FindAllStringSubmatch(text, 8) {
		x, err := strconv.ParseFloat(part[1], 64)
		if err != nil {
			return 0
		}
		sum += x * unit(strings.ToLower(part[2])).Seconds()
	}
	if sum <= 0 || sum >= maxWait.Seconds() {
		return 0
	}
	return time.Duration(sum * float64(time.Second))
}

func unit(name string) time.Duration {
	switch {
	case name == "ms" || strings.HasPrefix(name, "milli"):
		return time.Millisecond
	case name[0] == 's':
		return time.Second
	case name[0] == 'm':
		return time.Minute
	case name[0] == 'h':
		return time.Hour
	}
	return 24 * time.Hour
}

// waitInWords reads "try again in 20s" and "you will regain access on 2027-01-01
// at 00:00 UTC".
func waitInWords(text string, now time.Time) time.Duration {
	if m := waitDate.FindStringSubmatch(text); m != nil {
		clock := m[2]
		if clock == "" {
			clock = "00:00"
		}
		if len(clock) == len("00:00") {
			clock += ":00"
		}
		if at, err := time.Parse(time.DateTime, m[1]+" "+clock); err == nil {
			return boundedWait(at.Sub(now))
		}
	}
	if m := waitWords.FindStringSubmatch(text); m != nil {
		return spanOf(m[1])
	}
	return 0
}

func boundedWait(d time.Duration) time.Duration { return min(max(d, 0), maxWait) }
