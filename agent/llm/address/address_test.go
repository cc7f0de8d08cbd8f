package address

import (
	"net/netip"
	"strings"
	"testing"

	"purposeagent/agent"
)

func TestParseBase(t *testing.T) {
	for _, test := range []struct {
		name, address string
		want          string // "" where it is refused
	}{
		{"loopback", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/"},
		{"a network at home", "http://192.168.1.5:8000/v1/", "http://192.168.1.5:8000/v1/"},
		{"IPv6 loopback", "http://[::1]:8000", "http://[::1]:8000/"},
		{"a unique local address", "http://[fd12:3456::1]:8000", "http://[fd12:3456::1]:8000/"},
		{"a name", "https://api.example.com/openai/v1", "https://api.example.com/openai/v1/"},
		{"capitals and a final dot", "HTTPS://API.Example.COM./v1", "https://api.example.com/v1/"},
		{"a final dot before a port", "http://LocalHost.:80/v1", "http://localhost:80/v1/"},
		{"an empty port", "http://localhost:/v1", "http://localhost/v1/"},
		{"a name with digits", "http://gpu0x1f:8000/v1", "http://gpu0x1f:8000/v1/"},
		{"a port out of range", "http://localhost:99999/v1", ""},
		{"metadata", "http://169.254.169.254/v1", ""},
		{"metadata in decimal", "http://2852039166/v1", ""},
		{"metadata in hexadecimal", "http://0xA9FEA9FE/v1", ""},
		{"metadata in hexadecimal parts", "http://0xa9.0xfe.0xa9.0xfe/v1", ""},
		{"metadata in octal", "http://0251.0376.0251.0376/v1", ""},
		{"metadata in mixed parts", "http://169.0xfe.43518/v1", ""},
		{"metadata with a final dot", "http://169.254.169.254./v1", ""},
		{"metadata in other digits", "http://１６９.254.169.254/v1", ""},
		{"metadata, mapped", "http://[::ffff:169.254.169.254]/v1", ""},
		{"metadata, mapped in hexadecimal", "http://[::ffff:a9fe:a9fe]/v1", ""},
		{"metadata, compatible", "http://[::a9fe:a9fe]/v1", ""},
		{"metadata by NAT64", "http://[64:ff9b::a9fe:a9fe]/v1", ""},
		{"metadata by local NAT64", "http://[64:ff9b:1::a9fe:a9fe]/v1", ""},
		{"metadata by 6to4", "http://[2002:a9fe:a9fe::1]/v1", ""},
		{"metadata by Teredo", "http://[2001:0:1:2:3:4:5601:5601]/v1", ""},
		{"metadata by ISATAP", "http://[2001:db8::5efe:a9fe:a9fe]/v1", ""},
		{"a private address by NAT64", "http://[64:ff9b::c0a8:105]/v1", ""},
		{"a public address by NAT64", "http://[64:ff9b::cb00:7109]/v1", "http://[64:ff9b::cb00:7109]/v1/"},
		{"link-local with a zone", "http://[fe80::1%25eth0]/v1", ""},
		{"metadata of IPv6", "http://[fd00:ec2::254]/v1", ""},
		{"metadata of others", "http://100.100.100.200/v1", ""},
		{"metadata by name", "http://Metadata.Google.Internal./v1", ""},
		{"loopback in decimal", "http://2130706433/v1", ""},
		{"loopback in few parts", "http://127.1/v1", ""},
		{"no host", "http://:80/v1", ""},
		{"a question mark", "http://localhost/v1?", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			u, err := Parse(test.address, "the address")
			switch {
			case test.want == "" && (err == nil || agent.CodeOf(err) != agent.CodeInvalid):
				t.Errorf("got %v, %v", u, err)
			case test.want != "" && (err != nil || u.String() != test.want):
				t.Errorf("got %v, %v; want %s", u, err, test.want)
			}
		})
	}
}

func FuzzParseBase(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:1/v1", "HTTP://A./", "http://[::1%25x]:80", "http://0x7f.1/", "http://2852039166", "http://[64:ff9b::a9fe:a9fe]/", "http://a%2eb/", "http://１/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := Parse(text, "it")
		if err != nil {
			return
		}
		host := u.Hostname()
		if addr, err := netip.ParseAddr(host); err == nil && Forbidden(addr) || numeric(host) && err != nil {
			t.Errorf("%q leads to %s", text, host)
		}
		if host != strings.ToLower(host) || strings.HasSuffix(host, ".") || !strings.HasSuffix(u.Path, "/") {
			t.Errorf("%q became %s", text, u)
		}
		if again, err := Parse(u.String(), "it"); err != nil || again.String() != u.String() {
			t.Errorf("%q became %s, and that %v, %v", text, u, again, err)
		}
	})
}
