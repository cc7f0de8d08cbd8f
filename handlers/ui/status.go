package ui

import (
	"net/http"

	"purposeagent/agent"
)

// StatusOf maps an error's code to an HTTP status: the one place that does.
func StatusOf(code agent.Code) int {
	switch code {
	case agent.CodeInvalid:
		return http.StatusUnprocessableEntity
	case agent.CodeNotFound:
		return http.StatusNotFound
	case agent.CodeConflict:
		return http.StatusConflict
	case agent.CodeUnavailable, agent.CodeStopped:
		return http.StatusServiceUnavailable
	case agent.CodeRateLimited:
		return http.StatusTooManyRequests
	case agent.CodeDenied:
		return http.StatusForbidden
	case agent.CodeTimeout:
		return http.StatusGatewayTimeout
	case agent.CodeInternal:
	}
	return http.StatusInternalServerError
}

// CodeOfStatus is the code of an error that a router or library made.
func CodeOfStatus(status int) agent.Code {
	switch status {
	case http.StatusNotFound:
		return agent.CodeNotFound
	case http.StatusForbidden, http.StatusUnauthorized:
		return agent.CodeDenied
	case http.StatusTooManyRequests:
		return agent.CodeRateLimited
	case http.StatusConflict:
		return agent.CodeConflict
	case http.StatusServiceUnavailable:
		return agent.CodeUnavailable
	}
	if status < 500 {
		return agent.CodeInvalid
	}
	return agent.CodeInternal
}

// Teaches reports whether other runs learn from one like this: it remembers, by
// the library as it is, and begins where its world begins.
func Teaches(run agent.Run) bool {
	spec := run.Spec
	return spec.Memory != "off" && spec.Rules == "" && spec.Origin == nil && spec.InitialState == nil
}
