package commands

import (
	"fmt"
	"regexp"
	"strings"
)

// wrongValue is how the flag library says that a value is of the wrong kind;
// the cause is Go's own text.
var wrongValue = regexp.MustCompile(`^(?:invalid value|could not parse) ("(?:[^"\\]|\\.)*")(?: as \S+ value from (.+?))? for flag -{0,2}([\w-]+): (.*)$`)

// unknownFlag is how it names a flag that is not there.
var unknownFlag = regexp.MustCompile(`^flag provided but not defined: -{1,2}(\S+)$`)

// plainUsage says what is wrong with a flag, or with the environment variable
// that gave its value, without the words of a Go program.
func plainUsage(err error) error {
	text := err.Error()
	if m := unknownFlag.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("there is no flag --%s; --help lists those that there are", m[1])
	}
	m := wrongValue.FindStringSubmatch(text)
	if m == nil {
		return err
	}
	where, cause := "--"+m[3], m[4]
	if m[2] != "" {
		where = m[2] + ", for --" + m[3]
	}
	var wrong string
	switch {
	case strings.Contains(cause, "out of range"):
		wrong = "is too large"
	case strings.Contains(cause, "ParseInt"), strings.Contains(cause, "ParseUint"):
		wrong = "is not a whole number"
	case strings.Contains(cause, "ParseFloat"):
		wrong = "is not a number"
	case strings.Contains(cause, "ParseBool"), cause == "parse error":
		wrong = "is neither true nor false"
	case strings.Contains(cause, "duration"):
		wrong = "is not a length of time such as 30s, 5m or 2h"
	default: // a request's own words
		return fmt.Errorf("%s: %s", where, cause)
	}
	return fmt.Errorf("%s: %s %s", where, m[1], wrong)
}
