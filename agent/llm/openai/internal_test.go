package openai

import (
	"encoding/json"
	"net/netip"
	"testing"
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
	if forbidden(netip.Addr{}) {
		t.Error("no address is not forbidden")
	}
}

func TestPlainSchema(t *testing.T) {
	tests := []struct{ name, schema, want string }{
		{"a limit at the end", `{"type":"string","maxLength":60}`, `{"type":"string"}`},
		{"limits at the start", `{"maximum":10,"minimum":-10,"type":"number"}`, `{"type":"number"}`},
		{"the order of properties stays", `{"properties":{"b":{"maxItems":3,"type":"array"},"a":{}}}`, `{"properties":{"b":{"type":"array"},"a":{}}}`},
		{"no JSON is left alone", `{"a":`, `{"a":`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(plainSchema(json.RawMessage(tt.schema))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzAnswerParts(f *testing.F) {
	for _, seed := range []string{"<think>a</think>b", "</think>", "<think>", `{"error":{"code":400,"message":"m"}}`, `{"error":"x"}`, `[]`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := withoutThinking(text); len(got) > len(text) {
			t.Errorf("longer than what came in: %q", got)
		}
		errorOf([]byte(text))
		if plain := plainSchema(json.RawMessage(text)); json.Valid([]byte(text)) && !json.Valid(plain) {
			t.Errorf("%q became invalid: %q", text, plain)
		}
	})
}
