package web

import (
	_ "embed"
	"net"
	"net/url"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/environments/web/gate"
)

// Schema is the JSON Schema of a configuration.
//
//go:embed schema.json
var Schema []byte

// config is a configuration with its defaults filled in.
type config struct {
	Start       string   `json:"start"`
	Hosts       []string `json:"hosts"`
	URL         string   `json:"success_url"`
	Text        string   `json:"success_text"`
	Script      string   `json:"success_script"`
	Ended       string   `json:"ended_script"`
	Actions     string   `json:"actions"`
	Tokens      int      `json:"tokens"`
	Confirm     string   `json:"confirm"`
	Timeout     int      `json:"timeout_seconds"`
	Screenshots bool     `json:"screenshots"`

	hosts *gate.Hosts
}

// seedMark stands for the seed of a run in the first page's address.
const seedMark = "{seed}"

// listed is the value of Actions with which all actions can be listed.
const listed = "listed"

// parseConfig reads a configuration. Errors are CodeInvalid with a message per
// property.
func parseConfig(raw agent.Object) (*config, error) {
	c := &config{Actions: "all", Tokens: 1500, Confirm: "ok", Timeout: 10, Screenshots: true}
	if err := raw.Decode(c); err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "the configuration of a web environment can't be read")
	}
	fields := map[string]string{}
	start := c.startFor(1)
	u, err := url.Parse(start)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		fields["start"] = "must be an address that begins with http:// or https://"
	}
	list := append([]string(nil), c.Hosts...)
	if len(fields) == 0 {
		list = append(list, hostOf(u))
	}
	if c.hosts, err = gate.ParseHosts(list); err != nil {
		fields["hosts"] = agent.MessageOf(err)
	} else if len(fields) == 0 {
		if err := gate.CheckAddress(c.hosts, start); err != nil {
			fields["start"] = agent.MessageOf(err)
		}
	}
	for name, limits := range map[string][3]int{"tokens": {c.Tokens, 200, 20_000}, "timeout_seconds": {c.Timeout, 1, 120}} {
		if limits[0] < limits[1] || limits[0] > limits[2] {
			fields[name] = "must be " + strconv.Itoa(limits[1]) + " to " + strconv.Itoa(limits[2]) + ", got " + strconv.Itoa(limits[0])
		}
	}
	if c.Actions != "all" && c.Actions != listed {
		fields["actions"] = "must be all or listed"
	}
	if c.Confirm != "ok" && c.Confirm != "cancel" {
		fields["confirm"] = "must be ok or cancel"
	}
	if len(fields) > 0 {
		return nil, agent.InvalidFields(fields)
	}
	return c, nil
}

// hostOf is the entry of a list of hosts that an address needs.
func hostOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		return u.Hostname()
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (c *config) startFor(seed int64) string {
	return strings.ReplaceAll(c.Start, seedMark, strconv.FormatInt(seed, 10))
}

// checked reports whether the configuration says when the purpose is reached.
func (c *config) checked() bool { return c.URL != "" || c.Text != "" || c.Script != "" }

// fits reports whether an address fits a pattern in which * stands for anything.
func fits(pattern, address string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(address, parts[0])
	if !ok {
		return false
	}
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return rest == ""
}
