package connections

import (
	"context"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/embedding"
)

// embeddingKey is the setting that names the embedding model.
const embeddingKey = "embedding_model"

type embeddingSetting struct {
	Model string `json:"model"`
}

// Embedding returns the embedding model that rules are compared by, "" for hashed
// vectors. What nobody chose is that of PURPOSE_EMBEDDING_MODEL.
func (d *Models) Embedding(ctx context.Context) (string, error) {
	kept, err := d.settings.Get(ctx, embeddingKey)
	if err != nil || kept.IsEmpty() {
		return strings.TrimSpace(d.getenv("PURPOSE_EMBEDDING_MODEL")), err
	}
	var s embeddingSetting
	err = kept.Decode(&s)
	return s.Model, err
}

// SetEmbedding chooses the embedding model, after it gave a vector; "" goes back
// to hashed ones. Errors are those of clients, as a message about the field.
func (d *Models) SetEmbedding(ctx context.Context, _, ref string) error {
	if ref != "" {
		client, err := d.Embedder(ref)
		if err == nil {
			_, err = client.Embed(ctx, []string{"a locked door", "a brass key"})
		}
		if err != nil {
			return agent.InvalidFields(map[string]string{"embedding": agent.MessageOf(err)})
		}
	}
	return d.settings.Set(ctx, embeddingKey, agent.MustObject(embeddingSetting{ref}))
}

// Semantics returns what compares by the embedding model that is chosen; nil
// where none is, or it can't be asked at all.
func (d *Models) Semantics(ctx context.Context) agent.Ranker {
	ref, err := d.Embedding(ctx)
	if err != nil || ref == "" {
		return nil
	}
	client, err := d.Embedder(ref)
	if err != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.semantics == nil || d.semantics.Name() != ref || d.embedder != client {
		d.semantics, d.embedder = embedding.NewRanker(ref, client, d.vectors), client
	}
	return d.semantics
}
