// Package settings is the pages about language models: connections, prices,
// and the words in which roles ask.
package settings

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/roles"
	"purposeagent/handlers/ui"
)

// Config is what the pages work with.
type Config struct {
	Models  Models  // nil: there are no settings of models
	Prompts Prompts // nil: there are none to change
}

type (
	// Models are the model servers that can be asked, and what they cost. Keys go
	// in and never come out. Errors: CodeNotFound, CodeInvalid with a message for
	// each field, and those of clients, which say what to do.
	Models interface {
		Providers() []chat.Provider
		Connections(ctx context.Context) ([]chat.Connection, error)
		Connection(ctx context.Context, name string) (chat.Connection, error)
		// PutConnection stores one; an empty key leaves the stored one unless forget.
		// A key, or the variable that holds it, was given for one server: where the
		// connection leads to another it has to be given again, and c.KeyFor says that
		// the variable was named for that one.
		PutConnection(ctx context.Context, actor string, c chat.Connection, forget bool) error
		DeleteConnection(ctx context.Context, actor, name string) error
		// KeyFor names for whom the key of a connection is, Address where it leads, and Usable whether it has what its
		// provider asks for.
		KeyFor(c chat.Connection) string
		Address(c chat.Connection) string
		Usable(c chat.Connection) bool
		// Today is what its calls have spent since 00:00 UTC.
		Today(ctx context.Context, name string) (agent.Usage, error)
		ListModels(ctx context.Context, name string) ([]string, error)
		ProbeModel(ctx context.Context, name, model string) (chat.ModelProbe, error)
		// Local looks for servers on this machine, for no longer than a blink.
		Local(ctx context.Context) ([]chat.FoundServer, error)
		// Known lists references of models that were seen at usable connections.
		Known(ctx context.Context) []string
		// Embedding names the model that rules are compared by, "" for hashed vectors.
		Embedding(ctx context.Context) (string, error)
		SetEmbedding(ctx context.Context, actor, ref string) error
		Prices(ctx context.Context) ([]chat.Price, error)
		PutPrice(ctx context.Context, actor string, p chat.Price) error
		DeletePrice(ctx context.Context, actor, model string) error
	}
	// Prompts are the words in which roles ask their models; version 0 is the
	// built-in one. Errors: CodeNotFound, CodeInvalid for a text that is no prompt of
	// the role, CodeConflict where somebody wrote another version meanwhile.
	Prompts interface {
		Versions(ctx context.Context, role agent.ModelRole) ([]roles.PromptVersion, error)
		Write(ctx context.Context, actor string, role agent.ModelRole, base int, text, note string) (roles.PromptVersion, error)
		Use(ctx context.Context, actor string, role agent.ModelRole, n int) error
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }
