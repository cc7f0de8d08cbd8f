// Package address checks the addresses of model servers, and refuses those under
// which clouds keep their secrets.
package address

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// Parse checks the address of a server, which from names in messages. Its host
// is in small letters and without a final dot. Errors are CodeInvalid.
func Parse(text, from string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, agent.Errorf(agent.CodeInvalid, "%s must be an address like http://HOST:PORT/v1", from)
	}
	if u.User != nil {
		return nil, agent.Errorf(agent.CodeInvalid, "%s must not hold a password; the key has a place of its own", from)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, agent.Errorf(agent.CodeInvalid, "%s must not have a query or a fragment", from)
	}
	host, err := checkedHost(u.Hostname(), from)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
		return nil, agent.Errorf(agent.CodeInvalid, "%s has no such port: it must be 1 to 65535", from)
	}
	u.Host = host
	if strings.Contains(host, ":") {
		u.Host = "[" + host + "]"
	}
	if port != "" {
		u.Host = net.JoinHostPort(host, port)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/")+"/", ""
	return u, nil
}

// metadataHosts are the names under which clouds keep their secrets.
var metadataHosts = []string{"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal", "metadata.tencentyun.com", "metadata.azure.internal"}

// checkedHost refuses where clouds keep their secrets, in whatever notation, and
// notations that only serve to hide an address.
func checkedHost(host, from string) (string, error) {
	host = strings.TrimRight(strings.ToLower(host), ".")
	if host == "" || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", agent.Errorf(agent.CodeInvalid, "%s must have a host of plain letters: write a name such as bücher.example as xn--bcher-kva.example", from)
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil && Forbidden(addr), slices.Contains(metadataHosts, host):
		return "", agent.Errorf(agent.CodeInvalid, "%s is where clouds keep their secrets, not a model server: it is refused", host)
	case err != nil && numeric(host):
		return "", agent.Errorf(agent.CodeInvalid, "%s must be written in the usual way, such as 192.168.1.5: %s is another notation of a number", from, host)
	}
	return host, nil
}

// numeric reports whether a host is an IPv4 address in a notation that old
// resolvers read and netip does not: fewer parts, hexadecimal, octal. A name's last
// part is never a number.
func numeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if _, err := strconv.ParseUint(last, 10, 64); err == nil {
		return true
	}
	hex, ok := strings.CutPrefix(last, "0x")
	if !ok {
		return strings.Trim(last, "0123456789") == ""
	}
	return strings.Trim(hex, "0123456789abcdef") == ""
}

// metadataAddresses are fixed addresses of clouds that are not link-local.
var metadataAddresses = []netip.Addr{netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("fd20:ce::254"),
	netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"), netip.MustParseAddr("192.0.0.192")}

// Forbidden reports whether an address is link-local, where the metadata services
// of clouds live, or one of their fixed addresses elsewhere, or leads into a
// private network by way of a translator between IPv6 and IPv4.
func Forbidden(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if inner, ok := embedded(addr); ok && (inner.IsPrivate() || inner.IsLoopback() || Forbidden(inner)) {
		return true
	}
	return addr.IsLinkLocalUnicast() || addr.IsMulticast() || slices.Contains(metadataAddresses, addr)
}

var (
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	teredo     = netip.MustParsePrefix("2001::/32")
	compatible = netip.MustParsePrefix("::/96")
	translated = netip.MustParsePrefix("::ffff:0:0:0/96")
)

// embedded is the IPv4 address that an IPv6 address is translated to.
func embedded(addr netip.Addr) (netip.Addr, bool) {
	if !addr.Is6() {
		return netip.Addr{}, false
	}
	b := addr.As16()
	last := netip.AddrFrom4([4]byte(b[12:]))
	switch {
	case nat64.Contains(addr), localNAT64.Contains(addr), translated.Contains(addr):
		return last, true
	case compatible.Contains(addr):
		return last, last.As4() != [4]byte{} && last.As4() != [4]byte{0, 0, 0, 1}
	case sixToFour.Contains(addr):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	case teredo.Contains(addr):
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), true
	case b[8]&^3 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe: // ISATAP
		return last, true
	}
	return netip.Addr{}, false
}
