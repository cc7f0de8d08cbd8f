package handlers

import (
	"encoding/json"
	"net/http"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/origin"
	"purposeagent/handlers/ui"
)

// Refuse answers a request that does not reach the pages or the API: in the
// API's form where the API was asked, in words otherwise. The request's body is
// under the same limits as there.
func Refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	usualBodies().serve(w, r, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuse(w, r, status, message) }))
}

func refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	if !strings.Contains(r.URL.Path, "/api/") {
		http.Error(w, message, status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]apiError{"error": {Code: ui.CodeOfStatus(status), Message: message}}) //nolint:errchkjson // nobody is left to tell
}

// KnownHosts refuses requests for host names that are not ours, so that a
// page elsewhere can't reach this one by pointing its own name here.
func KnownHosts(next http.Handler, origins origin.Origins) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := origins.Known(r)
		if name == "" {
			next.ServeHTTP(w, r)
			return
		}
		name = agent.Clip(name, 100)
		Refuse(w, r, http.StatusMisdirectedRequest, "Purpose does not serve the host name "+name+"; start it with --host "+name+" to allow it")
	})
}
