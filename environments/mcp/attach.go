package mcp

import (
	"context"
	"fmt"
	"mime"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent/files"
	"purposeagent/environments/announced"
)

// piece is a part of an answer that people would rather look at than at a mark.
type piece struct {
	kind    string // its media type
	text    string // what it shows
	content []byte
}

// pieces are what an answer has besides text.
func pieces(r *mcp.CallToolResult, text string) []piece {
	var list []piece
	for _, c := range r.Content {
		switch c := c.(type) {
		case *mcp.ImageContent:
			list = append(list, piece{c.MIMEType, text, c.Data})
		case *mcp.AudioContent:
			list = append(list, piece{c.MIMEType, text, c.Data})
		case *mcp.EmbeddedResource:
			if c.Resource != nil && len(c.Resource.Blob) > 0 {
				list = append(list, piece{c.Resource.MIMEType, text + ": " + c.Resource.URI, c.Resource.Blob})
			}
		}
	}
	return list
}

// whole is an answer that was cut, as a piece of its own.
func (s *session) whole(text, what string, limit int) []piece {
	if text = s.hide.mask(announced.Clean(text)); len(text) <= limit {
		return nil
	}
	return []piece{{"text/plain; charset=utf-8", "The whole answer to " + what, []byte(text)}}
}

// suffixes are the endings of files whose types servers send most.
var suffixes = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "audio/wav": ".wav", "audio/mpeg": ".mp3",
	"text/plain": ".txt", "application/json": ".json", "application/pdf": ".pdf"}

// attach shows pieces with the step. What can't be kept is left out: the step was
// done.
func (e *Env) attach(ctx context.Context, list []piece) {
	for i, p := range list {
		kind, _, err := mime.ParseMediaType(p.kind)
		if err != nil {
			kind, p.kind = "application/octet-stream", "application/octet-stream"
		}
		suffix := suffixes[kind]
		if suffix == "" {
			suffix = ".bin"
		}
		f := files.File{Name: fmt.Sprintf("answer-%d%s", i+1, suffix), Type: p.kind, Text: strings.TrimSpace(e.session.text(p.text, maxMessage))}
		if err := files.Attach(ctx, f, p.content); err != nil {
			e.options.Logger.Warn("a file of a step is not kept", "env", "mcp", "err", err)
		}
	}
}
