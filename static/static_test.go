package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The style sheet's budget: 20 KB over the wire.
func TestStylesheetIsSmall(t *testing.T) {
	if size := GzippedSize(Stylesheet); size == 0 || size > 20<<10 {
		t.Errorf("got %d bytes, want 1 to %d", size, 20<<10)
	}
}

func TestServe(t *testing.T) {
	current := URL("/base", Stylesheet)
	old := regexp.MustCompile(`/static/[0-9a-f]+/`).ReplaceAllString(current, "/static/0123456789ab/")
	for _, test := range []struct {
		name, path, accepts, known string
		status                     int
		encoding, cache            string
	}{
		{"gzipped", current, "gzip, br", "", 200, "gzip", "public, max-age=31536000, immutable"},
		{"plain", current, "", "", 200, "", "public, max-age=31536000, immutable"},
		{"of an earlier version", old, "gzip", "", 200, "gzip", "no-cache"},
		{"font", URL("/base", "fonts/inter-latin.woff2"), "gzip", "", 200, "", "public, max-age=31536000, immutable"},
		{"not changed", current, "gzip", `"` + strings.Split(current, "/")[3] + `"`, 304, "", "public, max-age=31536000, immutable"},
		{"unknown", "/base/static/0123456789ab/secret.css", "", "", 404, "", ""},
		{"outside", "/base/static/0123456789ab/../static.go", "", "", 404, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, test.path, nil)
			r.Header.Set("Accept-Encoding", test.accepts)
			r.Header.Set("If-None-Match", test.known)
			w := httptest.NewRecorder()
			Handler("/base").ServeHTTP(w, r)
			if w.Code != test.status || w.Header().Get("Content-Encoding") != test.encoding || w.Header().Get("Cache-Control") != test.cache {
				t.Fatalf("got %d %v", w.Code, w.Header())
			}
			if test.status != 200 || test.encoding != "gzip" {
				return
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil || !strings.Contains(string(text), "@layer reset, tokens") {
				t.Errorf("got %.80q, %v", text, err)
			}
		})
	}
}

// What others wrote is what its list says, and comes with its licence.
func TestVendoredFilesAreListed(t *testing.T) {
	list, err := os.ReadFile("vendor/README")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"vendor/*.js", "fonts/*.woff2"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(data)
			if !regexp.MustCompile(`static/` + regexp.QuoteMeta(name) + `\s.*` + hex.EncodeToString(sum[:])).Match(list) {
				t.Errorf("%s is not in vendor/README with its hash %x", name, sum)
			}
			licence := regexp.MustCompile(`^(htmx|inter|jetbrains-mono)`).FindString(filepath.Base(name))
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), licence+".LICENSE")); err != nil {
				t.Errorf("%s has no licence beside it: %v", name, err)
			}
		}
	}
}

func TestURLOfAnUnknownFilePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	URL("", "nowhere.js")
}

// sources is all that may name a class or an icon.
func sources(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, pattern := range []string{"js/*.js", "../views/*/*.templ", "../views/*/*.go", "../handlers/*.go", "../handlers/*/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(data)
		}
	}
	return b.String()
}

// made are the classes whose names are put together, and those of others.
var made = regexp.MustCompile(`^(d\d|n\d|no-\d+|htmx-request)$`)

// Every class of the style sheet stands somewhere, and every icon that is asked
// for is drawn.
func TestClassesAndIconsAreThere(t *testing.T) {
	text := sources(t)
	used := map[string]bool{}
	for _, word := range regexp.MustCompile(`[A-Za-z][\w-]*`).FindAllString(text, -1) {
		used[word] = true
	}
	names, err := filepath.Glob("css/*.css")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		css := regexp.MustCompile(`(?s)/\*.*?\*/|url\([^)]*\)|"[^"]*"`).ReplaceAllString(string(data), "")
		for _, match := range regexp.MustCompile(`\.([A-Za-z][\w-]*)`).FindAllStringSubmatch(css, -1) {
			if class := match[1]; !used[class] && !made.MatchString(class) {
				t.Errorf("%s: nothing has the class %s", name, class)
			}
		}
	}
	sprite, err := os.ReadFile("../views/partials/icons.templ")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`Icon\("([a-z]+)"\)|Icon: "([a-z]+)"`).FindAllStringSubmatch(text, -1) {
		if icon := match[1] + match[2]; !strings.Contains(string(sprite), `id="i-`+icon+`"`) {
			t.Errorf("there is no icon %s", icon)
		}
	}
}
