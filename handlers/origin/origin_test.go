package origin

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOwn(t *testing.T) {
	type headers map[string]string
	for _, test := range []struct {
		name  string
		hosts []string
		host  string
		given headers
		want  bool
	}{
		{"no browser", nil, "127.0.0.1:8080", nil, true},
		{"the same address", nil, "127.0.0.1:8080", headers{"Origin": "http://127.0.0.1:8080"}, true},
		{"another port of this machine", nil, "127.0.0.1:8080", headers{"Origin": "http://127.0.0.1:3000"}, false},
		{"another name of this machine", nil, "127.0.0.1:8080", headers{"Origin": "http://localhost:8080"}, false},
		{"the version 6 address", nil, "[::1]:8080", headers{"Origin": "http://[::1]:8080"}, true},
		{"another site", nil, "127.0.0.1:8080", headers{"Origin": "https://elsewhere.example"}, false},
		{"no origin to speak of", nil, "127.0.0.1:8080", headers{"Origin": "null"}, false},
		{"nonsense", nil, "127.0.0.1:8080", headers{"Origin": "http://%zz"}, false},
		{"the browser says the same site and address", nil, "127.0.0.1:8080", headers{"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:9000"}, true},
		{"the browser says another site", []string{"purpose.example"}, "purpose.example", headers{"Sec-Fetch-Site": "cross-site", "Origin": "https://purpose.example"}, false},
		{"the browser says the same site", []string{"purpose.example"}, "purpose.example", headers{"Sec-Fetch-Site": "same-site", "Origin": "https://other.purpose.example"}, false},
		{"a link from another site", nil, "127.0.0.1:8080", headers{"Sec-Fetch-Site": "cross-site"}, false},

		{"a proxy that passes the host on", []string{"purpose.example"}, "purpose.example", headers{"Origin": "https://purpose.example"}, true},
		{"the usual port is given", []string{"purpose.example"}, "purpose.example:443", headers{"Origin": "https://purpose.example"}, true},
		{"the usual port is left out", []string{"purpose.example"}, "purpose.example", headers{"Origin": "https://purpose.example:443"}, true},
		{"the usual port of HTTP", []string{"purpose.example"}, "purpose.example", headers{"Origin": "http://purpose.example:80"}, true},
		{"the usual port of the other scheme", []string{"https://purpose.example"}, "127.0.0.1:8080", headers{"Origin": "http://purpose.example"}, false},
		{"capitals and a final dot", []string{"Purpose.Example."}, "PURPOSE.example.", headers{"Origin": "https://Purpose.EXAMPLE"}, true},
		{"another port", []string{"purpose.example"}, "purpose.example", headers{"Origin": "https://purpose.example:8443"}, false},
		{"a port in the setting", []string{"purpose.example:8443"}, "127.0.0.1:8080", headers{"Origin": "https://purpose.example:8443"}, true},
		{"a port in the setting, and a host without", []string{"http://purpose.example:8081"}, "purpose.example", headers{"Origin": "http://purpose.example:8081"}, true},
		{"a proxy that writes our own host", []string{"purpose.example"}, "127.0.0.1:8080", headers{"Origin": "https://purpose.example"}, true},
		{"the same, and nobody said its name", nil, "127.0.0.1:8080", headers{"Origin": "https://purpose.example"}, false},
		{"a forwarded host that was named", []string{"purpose.example"}, "127.0.0.1:8080", headers{"X-Forwarded-Host": "purpose.example:9000", "Origin": "http://purpose.example:9000"}, true},
		{"the first of several", []string{"purpose.example"}, "127.0.0.1:8080", headers{"X-Forwarded-Host": "purpose.example:9000, inner", "Origin": "http://purpose.example:9000"}, true},
		{"a forwarded host that nobody named", []string{"purpose.example"}, "127.0.0.1:8080", headers{"X-Forwarded-Host": "elsewhere.example", "Origin": "http://elsewhere.example"}, false},
		{"a name in other letters", []string{"bücher.example"}, "xn--bcher-kva.example", headers{"Origin": "https://xn--bcher-kva.example"}, true},
		{"a name that ends alike", []string{"purpose.example"}, "127.0.0.1:8080", headers{"Origin": "https://evilpurpose.example"}, false},
		{"a name below", []string{"purpose.example"}, "127.0.0.1:8080", headers{"Origin": "https://a.purpose.example"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, err := Parse(test.hosts)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/runs", nil)
			r.Host = test.host
			for name, value := range test.given {
				r.Header.Set(name, value)
			}
			if got := o.Own(r); got != test.want {
				t.Errorf("own: %v, want %v", got, test.want)
			}
		})
	}
}

func TestKnown(t *testing.T) {
	o, err := Parse([]string{"https://Purpose.example:8443"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, host, forwarded, want string }{
		{"this machine", "LOCALHOST:8080", "", ""},
		{"a final dot", "localhost.:8080", "", ""},
		{"version 6", "[::1]:8080", "", ""},
		{"the proxy's name, any port", "PURPOSE.example.", "", ""},
		{"another name", "Rebound.example:8080", "", "rebound.example"},
		{"another name behind a proxy", "127.0.0.1:8080", "rebound.example", "rebound.example"},
		{"the proxy's name behind it", "127.0.0.1:8080", "purpose.example:8443", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/runs", nil)
			r.Host = test.host
			if test.forwarded != "" {
				r.Header.Set("X-Forwarded-Host", test.forwarded)
			}
			if got := o.Known(r); got != test.want {
				t.Errorf("refused %q, want %q", got, test.want)
			}
		})
	}
}

func TestParseOriginsRefuses(t *testing.T) {
	for _, bad := range []string{"", "*", "ftp://purpose.example", "https://purpose.example/path", "a b", "user@purpose.example", "*.example"} {
		if _, err := Parse([]string{bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestBase(t *testing.T) {
	for _, test := range []struct {
		name, setting, host string
		headers             []string
		want                string
	}{
		{"this machine", "", "127.0.0.1:8080", nil, "http://127.0.0.1:8080"},
		{"version 6", "", "[::1]:8080", nil, "http://[::1]:8080"},
		{"a setting with a scheme", "https://purpose.example", "purpose.example", nil, "https://purpose.example"},
		{"a proxy that says it", "purpose.example", "purpose.example", []string{"X-Forwarded-Proto", "https"}, "https://purpose.example"},
		{"a proxy that writes our own host", "https://purpose.example:8443", "127.0.0.1:8080", []string{"X-Forwarded-Host", "purpose.example"}, "https://purpose.example:8443"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var o Origins
			if test.setting != "" {
				var err error
				if o, err = Parse([]string{test.setting}); err != nil {
					t.Fatal(err)
				}
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/runs", nil)
			r.Host = test.host
			for i := 0; i+1 < len(test.headers); i += 2 {
				r.Header.Set(test.headers[i], test.headers[i+1])
			}
			if got := o.Base(r); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func FuzzOrigin(f *testing.F) {
	for _, seed := range [][3]string{{"purpose.example", "https://purpose.example", "127.0.0.1:8080"}, {"[::1]:8080", "http://[::1", "::::"}, {"a:b:c", "null", "xn--"}, {"https://a.example:1", "http://a.example:1", "."}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, setting, origin, host string) {
		o, err := Parse([]string{setting})
		if err != nil {
			return
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/runs", nil)
		r.Host = host
		r.Header.Set("Origin", origin)
		o.Own(r)
		o.Known(r)
		o.Base(r)
		if r.Header.Set("Origin", "https://elsewhere.invalid"); o.Own(r) && parseHost(setting).name != "elsewhere.invalid" && parseHost(host).name != "elsewhere.invalid" {
			a, _ := parseAddress(setting)
			if a.name != "elsewhere.invalid" {
				t.Errorf("--host %q lets elsewhere.invalid in", setting)
			}
		}
	})
}
