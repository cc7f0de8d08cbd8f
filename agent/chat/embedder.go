package chat

import "context"

// Embedder turns texts into vectors whose cosine says how alike the texts are.
// It returns one vector for each text, in order, all of one length. The same
// text always gets the same vector. Implementations are safe for concurrent
// use. Errors: CodeUnavailable, CodeRateLimited and CodeTimeout may pass.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}
