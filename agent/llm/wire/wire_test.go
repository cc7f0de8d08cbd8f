package wire

import (
	"net/netip"
	"testing"

	"purposeagent/agent/llm/address"
)

func TestRefusesLinkLocalAddressesWhenConnecting(t *testing.T) {
	tests := []struct {
		name, address string
		refused       bool
	}{
		{"metadata", "169.254.169.254:80", true},
		{"mapped metadata", "[::ffff:169.254.169.254]:80", true},
		{"link-local IPv6", "[fe80::1]:80", true},
		{"loopback", "127.0.0.1:11434", false},
		{"private network", "192.168.1.5:8000", false},
		{"public", "203.0.113.9:443", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := refuseForbidden("tcp", tt.address, nil) != nil; got != tt.refused {
				t.Errorf("refused %v, want %v", got, tt.refused)
			}
		})
	}
	if address.Forbidden(netip.Addr{}) {
		t.Error("no address is not forbidden")
	}
}

func FuzzErrorOf(f *testing.F) {
	for _, seed := range []string{`{"error":{"code":400,"message":"m"}}`, `{"error":"x"}`, `[{"error":{"status":"INVALID_ARGUMENT","message":"m"}}]`, `[]`, "\xff"} {
		f.Add(seed)
	}
	s, err := NewServer(Config{Provider: "openai", Model: "m", BaseURL: "http://127.0.0.1:1/v1", Key: "secret-key"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		said := s.Clean(ErrorOf([]byte(text)).Message)
		if len([]rune(said)) > 301 {
			t.Errorf("a long line of %d bytes", len(said))
		}
	})
}
