// Package static holds the files that pages load: style sheet, scripts, fonts.
// They are embedded, so the program needs no files beside it, and served under
// a path that contains a hash of their content, so that browsers may keep them
// for ever and never show an old one.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed css/*.css js/*.js fonts/*.woff2 vendor/*.js
var embedded embed.FS

// Names of the files that pages ask for.
const (
	Stylesheet = "app.css" // every file of css/, joined in the order of their names
	App        = "js/app.js"
	Palette    = "js/palette.js"
	Rail       = "js/rail.js"
	Run        = "js/run.js"
	Live       = "js/live.js"
	Ways       = "js/ways.js" // before Live
	Film       = "js/film.js"
	Demo       = "js/demo.js" // after Film
	HTMX       = "vendor/htmx-4.0.1.min.js"
)

// asset is one file as it is served.
type asset struct {
	contentType string
	plain       []byte
	gzipped     []byte // nil where compression does not pay
}

// bundle is all files and the hash over them.
type bundle struct {
	hash   string
	assets map[string]asset
}

// files is computed once from what is embedded; it never changes afterwards.
var files = sync.OnceValue(func() bundle {
	b, err := load(embedded)
	if err != nil {
		panic(err) // the files are part of the program
	}
	return b
})

func load(source fs.FS) (bundle, error) {
	b := bundle{assets: map[string]asset{}}
	contents := map[string][]byte{}
	var sheet bytes.Buffer
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "css/") { // WalkDir goes in the order of names
			sheet.Write(data)
			return nil
		}
		contents[name] = data
		return nil
	})
	if err != nil {
		return b, fmt.Errorf("read embedded files: %w", err)
	}
	contents[Stylesheet] = sheet.Bytes()

	names := make([]string, 0, len(contents))
	for name := range contents {
		names = append(names, name)
	}
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		_, _ = fmt.Fprintf(sum, "%s %d\n", name, len(contents[name]))
		sum.Write(contents[name])
		if b.assets[name], err = newAsset(name, contents[name]); err != nil {
			return b, err
		}
	}
	b.hash = hex.EncodeToString(sum.Sum(nil)[:6])
	return b, nil
}

func newAsset(name string, data []byte) (asset, error) {
	a := asset{contentType: mime.TypeByExtension(path.Ext(name)), plain: data}
	switch path.Ext(name) {
	case ".woff2": // compressed already; not in every system's table of types
		a.contentType = "font/woff2"
		return a, nil
	case ".js":
		a.contentType = "text/javascript; charset=utf-8"
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return a, err
	}
	if _, err := w.Write(data); err != nil {
		return a, fmt.Errorf("compress %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return a, fmt.Errorf("compress %s: %w", name, err)
	}
	a.gzipped = packed.Bytes()
	return a, nil
}

// URL returns the address of a file under the program's base path, such as
// "/static/3f9c…/app.css". Relative addresses inside a file, such as a font in
// the style sheet, stay within the same hash. It panics for an unknown name.
func URL(base, name string) string {
	b := files()
	if _, ok := b.assets[name]; !ok {
		panic("no static file " + name)
	}
	return base + "/static/" + b.hash + "/" + name
}

// GzippedSize returns the size of a file as it goes over the wire, or 0 for an
// unknown name.
func GzippedSize(name string) int { return len(files().assets[name].gzipped) }

// Handler serves the files under base + "/static/". A name under an old hash
// is served too, but not to be kept: the page that asked was made by an
// earlier version of the program.
func Handler(base string) http.Handler {
	return http.StripPrefix(base+"/static/", http.HandlerFunc(serve))
}

func serve(w http.ResponseWriter, r *http.Request) {
	b := files()
	hash, name, _ := strings.Cut(r.URL.Path, "/")
	a, ok := b.assets[name]
	if !ok {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("Cache-Control", "no-cache")
	if hash == b.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	etag := strconv.Quote(b.hash)
	h.Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.gzipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader that went away is nobody's error
	}
}
