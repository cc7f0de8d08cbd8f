// Package gate is the proxy that all traffic of a browser goes through. It lets
// through what goes to listed hosts, looks at the address behind a name each time it is
// dialled, and bounds what comes back.
package gate

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// Hosts says where a browser may go.
type Hosts struct {
	names   []name
	private []netip.Prefix
}

// name is one entry of a list: a host, or all below one, at some ports.
type name struct {
	host  string // in lower case, without brackets
	below bool   // *.host
	port  string // "": 80 and 443
}

// ParseHosts reads a list of hosts: "example.com" (ports 80 and 443),
// "*.example.com" (all below it), "example.com:8443", "127.0.0.1:8080", or
// "10.1.0.0/16", which names private addresses that listed hosts may have. Errors
// are CodeInvalid.
func ParseHosts(list []string) (*Hosts, error) {
	h := &Hosts{}
	for _, entry := range list {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if p, err := netip.ParsePrefix(entry); err == nil {
			h.private = append(h.private, p.Masked())
			continue
		}
		n, err := parseName(entry)
		if err != nil {
			return nil, err
		}
		if ip, err := netip.ParseAddr(n.host); err == nil {
			h.private = append(h.private, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
		}
		if n.host == "localhost" {
			h.private = append(h.private, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
		}
		h.names = append(h.names, n)
	}
	return h, nil
}

func parseName(entry string) (name, error) {
	n := name{host: entry}
	if strings.Contains(entry, "/") {
		return n, noHost(entry)
	}
	if host, port, err := net.SplitHostPort(entry); err == nil {
		n.host, n.port = host, port
		if v, err := strconv.Atoi(port); err != nil || v < 1 || v > 65535 {
			return n, agent.Errorf(agent.CodeInvalid, "%q has no port from 1 to 65535", agent.Clip(entry, 80))
		}
	}
	n.host = strings.TrimSuffix(strings.Trim(n.host, "[]"), ".")
	if rest, ok := strings.CutPrefix(n.host, "*."); ok {
		n.host, n.below = rest, true
	}
	if _, err := netip.ParseAddr(n.host); err == nil {
		return n, nil
	}
	if n.host == "" || len(n.host) > 253 || strings.Trim(n.host, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" || strings.Contains(n.host, "..") {
		return n, noHost(entry)
	}
	return n, nil
}

func noHost(entry string) error {
	return agent.Errorf(agent.CodeInvalid, "%q is no host; write example.com, *.example.com or example.com:8443, without https:// and without a path", agent.Clip(entry, 80))
}

// Allows reports whether a host may be asked at a port. It says nothing of the
// address behind it.
func (h *Hosts) Allows(host, port string) bool {
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	for _, n := range h.names {
		if port != n.port && (n.port != "" || port != "80" && port != "443") {
			continue
		}
		if n.below && strings.HasSuffix(host, "."+n.host) || !n.below && host == n.host {
			return true
		}
	}
	return false
}

// Private reports whether the list names addresses that are not public.
func (h *Hosts) Private() bool {
	for _, p := range h.private {
		if kind(p.Addr()) != "" {
			return true
		}
	}
	return false
}

// String lists the hosts for people.
func (h *Hosts) String() string {
	list := make([]string, 0, len(h.names))
	for _, n := range h.names {
		text := n.host
		if n.below {
			text = "*." + text
		}
		if n.port != "" {
			text = net.JoinHostPort(text, n.port)
		}
		list = append(list, text)
	}
	if len(list) == 0 {
		return "no host"
	}
	return strings.Join(list, ", ")
}

// special are addresses that are not of the public network, with what they are.
var special = func() (list []struct {
	prefix netip.Prefix
	what   string
}) {
	for what, prefixes := range map[string][]string{
		"a private address": {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"},
		"this machine":      {"127.0.0.0/8", "::1/128", "0.0.0.0/8", "::/128"},
		"a link-local address, where clouds keep the metadata of machines": {"169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"},
		"a reserved address": {"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
			"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "ff00::/8"},
	} {
		for _, p := range prefixes {
			list = append(list, struct {
				prefix netip.Prefix
				what   string
			}{netip.MustParsePrefix(p), what})
		}
	}
	return list
}()

// metadata are addresses that nobody may be led to, whatever a list says.
var metadata = []netip.Prefix{netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("fd00:ec2::/32"), netip.MustParsePrefix("100.100.100.200/32")}

// kind says what an address is that is not public; "" for a public one.
func kind(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	what, bits := "", -1
	for _, s := range special {
		if s.prefix.Contains(ip) && s.prefix.Bits() > bits {
			what, bits = s.what, s.prefix.Bits()
		}
	}
	return what
}

// Special says what an address is that is not public; "" for a public one.
func Special(ip netip.Addr) string { return kind(ip) }

// Forbidden reports whether nobody may be led to the address: clouds keep the
// metadata of machines there.
func Forbidden(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(metadata, func(m netip.Prefix) bool { return m.Contains(ip) })
}

// checkAddress refuses an address that is not public, unless the list names it and
// whoever started the program allows it.
func (h *Hosts) checkAddress(host string, ip netip.Addr, allowed bool) error {
	ip = ip.Unmap().WithZone("")
	what := kind(ip)
	if what == "" {
		return nil
	}
	if Forbidden(ip) {
		return &refusal{fmt.Sprintf("%s leads to %s, which is %s", host, ip, what)}
	}
	for _, p := range h.private {
		if !p.Contains(ip) {
			continue
		}
		if allowed {
			return nil
		}
		return &refusal{fmt.Sprintf("%s leads to %s, which is %s; whoever starts Purpose must allow that: --allow-private-hosts", host, ip, what)}
	}
	return &refusal{fmt.Sprintf("%s leads to %s, which is %s; the list of hosts does not name it", host, ip, what)}
}

// refusal is what must not be opened.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }
