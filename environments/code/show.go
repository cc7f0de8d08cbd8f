package code

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/aymanbagabas/go-udiff"

	"purposeagent/environments/code/task"
)

// Bounds of what is shown of a step, for people.
const (
	maxShown   = 8         // files that a step made or changed
	maxDiffed  = 200 << 10 // bytes of a file that is compared line by line
	maxPicture = 2 << 20   // bytes of a picture
)

// variables are those of the task's programs beside the usual ones.
func variables(t *task.Task) []string {
	vars := []string{"PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "PYTHONHASHSEED=0"}
	for name, value := range t.Env {
		vars = append(vars, name+"="+value)
	}
	return vars
}

// show attaches what people would rather look at than data: what changed in the
// files, the pictures among them, and all that a command wrote.
func (e *Env) show(ctx context.Context, before, now *tree, v *view) error {
	if len(v.output) > 0 {
		if err := attach(ctx, "output.txt", "text/plain", "what the command wrote", []byte(clean(string(v.output)))); err != nil {
			return err
		}
	}
	if before.hash == now.hash {
		return nil
	}
	changed := changedNames(before, now)
	var diff strings.Builder
	pictures := 0
	for _, name := range changed {
		was, _ := before.content(name)
		is, file := now.content(name)
		if kind, ok := picture(name, is); ok && file && pictures < maxShown {
			pictures++
			if err := attach(ctx, attachedName(name), kind, name, is); err != nil {
				return err
			}
			continue
		}
		diff.WriteString(difference(name, was, is))
	}
	if diff.Len() == 0 {
		return nil
	}
	return attach(ctx, "changes.diff", "text/x-diff", "what the step changed", []byte(diff.String()))
}

// changedNames are the files that are new, gone or have another content, in order.
func changedNames(before, now *tree) []string {
	var list []string
	for _, name := range now.names() {
		if was, ok := before.entries[name]; !ok || was != now.entries[name] {
			list = append(list, name)
		}
	}
	for _, name := range before.names() {
		if _, ok := now.entries[name]; !ok {
			list = append(list, name)
		}
	}
	return list
}

// difference is a unified diff of one file; of what is no text, or too long, one line.
func difference(name string, was, is []byte) string {
	if bytes.Equal(was, is) {
		return ""
	}
	name = clean(name)
	if !utf8.Valid(was) || !utf8.Valid(is) || len(was) > maxDiffed || len(is) > maxDiffed || bytes.IndexByte(is, 0) >= 0 {
		return fmt.Sprintf("--- %s\n+++ %s\n@@ %d bytes became %d @@\n", name, name, len(was), len(is))
	}
	return clean(udiff.Unified(name, name, string(was), string(is)))
}

var pictureTypes = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}

// picture tells whether a file is a picture, by its name and by what is in it.
func picture(name string, content []byte) (string, bool) {
	kind, ok := pictureTypes[strings.ToLower(path.Ext(name))]
	return kind, ok && len(content) <= maxPicture && http.DetectContentType(content) == kind
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// attachedName is a file's path as the name of a file of a step.
func attachedName(name string) string {
	name = strings.TrimLeft(notInNames.ReplaceAllString(name, "_"), ".-")
	if len(name) > 100 {
		name = name[len(name)-100:]
		name = strings.TrimLeft(name, ".-")
	}
	return name
}

// measures remembers what visible tests said of files, over all runs: runs of one
// task begin with the same files. It is safe for concurrent use.
var measures = measureCache{most: 500}

type measureCache struct {
	mu    sync.Mutex
	most  int
	said  map[string]report
	order []string
}

func (c *measureCache) get(key string) (report, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.said[key]
	return r, ok
}

func (c *measureCache) put(key string, r report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said == nil {
		c.said = map[string]report{}
	}
	if _, ok := c.said[key]; ok {
		return
	}
	if len(c.order) >= c.most {
		delete(c.said, c.order[0])
		c.order = c.order[1:]
	}
	c.said[key], c.order = report{Passed: r.Passed, Total: r.Total}, append(c.order, key)
}
