package childenv

import (
	"slices"
	"testing"
)

func TestOf(t *testing.T) {
	for _, tt := range []struct {
		name, variable string
		want           bool
	}{
		{"where programs are", "PATH=/bin", true},
		{"the language", "LC_ALL=de_AT.UTF-8", true},
		{"the time zone", "TZ=Europe/Vienna", true},
		{"where Python looks", "PYTHONPATH=/x", true},
		{"a value with an equals sign", "LANG=a=b", true},
		{"as Windows writes it", "Path=C:\\", true},
		{"the configuration's folder", "XDG_CONFIG_HOME=/x", true},
		{"Hugging Face's token", "HF_TOKEN=hf_1", false},
		{"a key of a model", "OPENAI_API_KEY=sk", false},
		{"one of ours", "PURPOSE_SECRET=x", false},
		{"one of a cloud", "AWS_SECRET_ACCESS_KEY=x", false},
		{"a database", "DATABASE_URL=postgres://u:p@h", false},
		{"a proxy with its password", "HTTPS_PROXY=http://u:p@h", false},
		{"something nobody thought of", "WHATEVER=x", false},
		{"a key by a name that would fit", "LC_API_KEY=x", false},
		{"the same in small letters", "lc_api_token=x", false},
		{"no variable", "PATH", false},
		{"a longer name", "PATHS=x", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := slices.Contains(Of([]string{tt.variable}), tt.variable); got != tt.want {
				t.Errorf("%s is passed on: %v", tt.variable, got)
			}
		})
	}
	if Of(nil) == nil {
		t.Error("nil would be taken for everything")
	}
}
