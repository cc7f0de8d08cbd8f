package address

import (
	"net/url"
	"testing"
)

func TestAddress(t *testing.T) {
	for _, tt := range []struct{ name, text, want, origin string }{
		{"as it is", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"},
		{"spaces, capitals, a final dot, the usual port", " HTTPS://API.Example.COM.:443/v1/ ", "https://api.example.com/v1", "https://api.example.com"},
		{"another port", "https://api.example.com:8443", "https://api.example.com:8443", "https://api.example.com:8443"},
		{"port of the other scheme", "http://api.example.com:443/v1", "http://api.example.com:443/v1", "http://api.example.com:443"},
		{"IPv6", "http://[::1]:80/v1", "http://[::1]/v1", "http://[::1]"},
		{"IPv6 with a port", "http://[2001:DB8::1]:8000/v1", "http://[2001:db8::1]:8000/v1", "http://[2001:db8::1]:8000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Clean(tt.text, "it")
			if err != nil || got != tt.want || Origin(tt.text) != tt.origin || Origin(got) != tt.origin {
				t.Errorf("%q, %q, %v", got, Origin(tt.text), err)
			}
		})
	}
}

// What is stored is what is asked: an address that was made plain once stays so,
// leads to the same server, and holds no password.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:11434/v1", "https://api.openai.com", "http://user:pw@h/v1", "http://[::1%25lo]:8/v1", "http://2130706433/", "http://0x7f.1", "http://169.254.169.254/", "http://[64:ff9b::a9fe:a9fe]/", "http://h./v1?x#y", "ftp://h", "http://\xff", "//h"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := Clean(text, "it")
		if err != nil {
			return
		}
		again, err := Clean(plain, "it")
		if err != nil || again != plain {
			t.Errorf("%q became %q and then %q, %v", text, plain, again, err)
		}
		if Origin(text) != Origin(plain) {
			t.Errorf("%q is of %q, and plain %q of %q", text, Origin(text), plain, Origin(plain))
		}
		if u, err := url.Parse(plain); err != nil || u.User != nil || u.RawQuery != "" {
			t.Errorf("%q became %q", text, plain)
		}
	})
}
