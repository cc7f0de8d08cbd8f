// Package origin tells whether a request was made by a page of ours: from which
// addresses browsers reach this program, by themselves and through a proxy.
package origin

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"

	"purposeagent/agent"
)

// address is how a page is reached. Names are in lower case, without a final
// dot, and in ASCII; scheme and port may be "", which leaves them open.
type address struct{ scheme, name, port string }

// Origins knows the addresses at which browsers reach this program: by
// themselves on this machine, and by a proxy in front of it.
type Origins struct{ public []address }

// Parse reads what a person says about the proxy in front: names
// (purpose.example), names with a port (purpose.example:8443) and addresses
// (https://purpose.example). CodeInvalid names the one that is none of these.
func Parse(given []string) (Origins, error) {
	var o Origins
	for _, text := range given {
		a, ok := parseAddress(text)
		if !ok {
			return o, agent.InvalidFields(map[string]string{"host": "must look like purpose.example, purpose.example:8443 or https://purpose.example, got \"" + agent.Clip(text, 80) + "\""})
		}
		o.public = append(o.public, a)
	}
	return o, nil
}

func parseAddress(text string) (address, bool) {
	scheme, rest, found := strings.Cut(strings.TrimSpace(text), "://")
	if !found {
		scheme, rest = "", scheme
	}
	scheme, rest = strings.ToLower(scheme), strings.TrimSuffix(rest, "/")
	a := parseHost(rest)
	a.scheme = scheme
	ok := a.name != "" && !strings.ContainsAny(a.name, "/?#@ *") && (scheme == "" || scheme == "http" || scheme == "https")
	return a, ok
}

// parseHost reads the value of a Host header.
func parseHost(host string) address {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		name = ascii
	}
	return address{name: name, port: port}
}

// includes reports whether an origin, which has all three parts, is an address.
// A port that is left out is the usual one of the origin's scheme.
func (a address) includes(origin address) bool {
	port := a.port
	if port == "" {
		port = usualPort(origin.scheme)
	}
	return a.name == origin.name && port == origin.port && (a.scheme == "" || a.scheme == origin.scheme)
}

func usualPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// loopback are the names of this machine.
var loopback = []string{"localhost", "127.0.0.1", "::1", ""}

func (o Origins) knows(name string) bool {
	return slices.Contains(loopback, name) || slices.ContainsFunc(o.public, func(a address) bool { return a.name == name })
}

// asked are the addresses that a request names: to us, and to the proxy in
// front. Only programs of this machine can connect, so a proxy's word counts,
// and only for names that a person gave.
func asked(r *http.Request) []address {
	out := []address{parseHost(r.Host)}
	if forwarded, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Host"), ","); forwarded != "" {
		out = append(out, parseHost(strings.TrimSpace(forwarded)))
	}
	return out
}

// Known returns "" for a request to a name that is ours, else the name: a page
// elsewhere could have pointed its own name here.
func (o Origins) Known(r *http.Request) string {
	for _, a := range asked(r) {
		if !o.knows(a.name) {
			return a.name
		}
	}
	return ""
}

// Own reports whether a request was made by a page of ours, or by no browser.
// The browser's own word (Sec-Fetch-Site) decides where there is one; over
// plain HTTP there is none, and the origin has to be an address of ours.
func (o Origins) Own(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
	default:
		return false
	}
	text := r.Header.Get("Origin")
	if text == "" {
		return true
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return false
	}
	origin := parseHost(u.Host)
	origin.scheme = u.Scheme
	if origin.port == "" {
		origin.port = usualPort(u.Scheme)
	}
	ours := slices.DeleteFunc(asked(r), func(a address) bool { return !o.knows(a.name) })
	return slices.ContainsFunc(append(ours, o.public...), func(a address) bool { return a.includes(origin) })
}

// Base returns the address at which the page that made a request reaches us,
// such as https://purpose.example, for commands that people copy.
func (o Origins) Base(r *http.Request) string {
	all := asked(r)
	at, scheme := all[len(all)-1], "http"
	if strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	for _, a := range o.public {
		if a.name == at.name && (a.port == "" || at.port == "" || a.port == at.port) {
			if at.port == "" {
				at.port = a.port
			}
			if a.scheme != "" {
				scheme = a.scheme
			}
			break
		}
	}
	name := at.name
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if at.port != "" && at.port != usualPort(scheme) {
		name += ":" + at.port
	}
	return scheme + "://" + name
}

// Refused says why a request is not ours, and what to do if it should be.
func (o Origins) Refused(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" || origin == "" || origin == "null" {
		return agent.Errorf(agent.CodeDenied, "this request came from another site's page and was refused")
	}
	return agent.Errorf(agent.CodeDenied, "this request came from a page at %s, which is not an address of this program, and was refused; if a proxy in front of it has this address, start Purpose with --host %s",
		agent.Clip(origin, 100), agent.Clip(origin, 100))
}
