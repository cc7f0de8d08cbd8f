package handlers

import (
	"encoding/json"
	"net/http"
	"strings"

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
