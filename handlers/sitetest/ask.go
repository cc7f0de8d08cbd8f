package sitetest

import (
	"net/http"
	"testing"

	"purposeagent/handlers/pagetest"
)

// Body asks for a page and returns it.
func Body(t *testing.T, x Site, path string, code int) string {
	t.Helper()
	answer := pagetest.Ask(x, http.MethodGet, path, "")
	if answer.Code != code {
		t.Fatalf("%s: %d, want %d: %s", path, answer.Code, code, answer.Body)
	}
	return answer.Body.String()
}
