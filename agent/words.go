package agent

import "strings"

// Because joins what happened with why: "the run failed: the disk is full".
// Where nobody said why, it is what happened alone, never a text that ends in a
// colon.
func Because(what, why string) string {
	if why = strings.TrimSpace(why); why == "" {
		return untailed(what)
	}
	return what + ": " + why
}

// untailed cuts off the colon of a message whose reason turned out empty.
func untailed(message string) string {
	trimmed := strings.TrimRight(message, " \t\n")
	if strings.HasSuffix(trimmed, ":") {
		return strings.TrimRight(trimmed, ": \t\n")
	}
	return message
}
