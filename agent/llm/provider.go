package llm

import (
	"cmp"
	"slices"
	"strings"

	"purposeagent/agent/chat"
)

// Providers lists the known kinds of servers.
var Providers = []chat.Provider{
	{Name: "ollama", Title: "Ollama", Protocol: chat.ProtocolOpenAI, BaseURL: "http://127.0.0.1:11434/v1", AddressEnv: "OLLAMA_BASE_URL", Local: true, Concurrency: 2, Help: "Install it from ollama.com and pull a model, such as: ollama pull qwen3:1.7b"},
	{Name: "lmstudio", Title: "LM Studio", Protocol: chat.ProtocolOpenAI, BaseURL: "http://127.0.0.1:1234/v1", AddressEnv: "LMSTUDIO_BASE_URL", Local: true, Concurrency: 2, Help: "Start its server on the Developer page"},
	{Name: "llamacpp", Title: "llama.cpp", Protocol: chat.ProtocolOpenAI, BaseURL: "http://127.0.0.1:8081/v1", AddressEnv: "LLAMACPP_BASE_URL", Local: true, Concurrency: 1, Help: "Start it with: llama-server --port 8081 -m MODEL.gguf"},
	{Name: "vllm", Title: "vLLM", Protocol: chat.ProtocolOpenAI, BaseURL: "http://127.0.0.1:8000/v1", AddressEnv: "VLLM_BASE_URL", Local: true, Concurrency: 16, Help: "Start it with: vllm serve MODEL"},
	{Name: "openai", Title: "OpenAI, or any compatible server", Protocol: chat.ProtocolOpenAI, BaseURL: "https://api.openai.com/v1", AddressEnv: "OPENAI_BASE_URL", KeyEnv: "OPENAI_API_KEY", Concurrency: 8, Help: "Make a key at platform.openai.com"},
	{Name: "anthropic", Title: "Anthropic", Protocol: chat.ProtocolAnthropic, BaseURL: "https://api.anthropic.com", AddressEnv: "ANTHROPIC_BASE_URL", KeyEnv: "ANTHROPIC_API_KEY", NeedsKey: true, Concurrency: 8, Help: "Make a key at console.anthropic.com"},
	{Name: "gemini", Title: "Google Gemini", Protocol: chat.ProtocolGemini, BaseURL: "https://generativelanguage.googleapis.com", AddressEnv: "GEMINI_BASE_URL", KeyEnv: "GEMINI_API_KEY", NeedsKey: true, Concurrency: 8, Help: "Make a key at aistudio.google.com"},
	{Name: "huggingface", Title: "Hugging Face router", Protocol: chat.ProtocolOpenAI, BaseURL: "https://router.huggingface.co/v1", AddressEnv: "HF_BASE_URL", KeyEnv: "HF_TOKEN", NeedsKey: true, Concurrency: 8, Help: "Make a token with the permission for Inference Providers at huggingface.co"},
	{Name: "openrouter", Title: "OpenRouter", Protocol: chat.ProtocolOpenAI, BaseURL: "https://openrouter.ai/api/v1", AddressEnv: "OPENROUTER_BASE_URL", KeyEnv: "OPENROUTER_API_KEY", NeedsKey: true, Concurrency: 8, Help: "Make a key at openrouter.ai"},
	{Name: "groq", Title: "Groq", Protocol: chat.ProtocolOpenAI, BaseURL: "https://api.groq.com/openai/v1", AddressEnv: "GROQ_BASE_URL", KeyEnv: "GROQ_API_KEY", NeedsKey: true, Concurrency: 4, Help: "Make a key at console.groq.com"},
}

// ProviderOf returns a provider by name; false where it is not known.
func ProviderOf(name string) (chat.Provider, bool) {
	i := slices.IndexFunc(Providers, func(p chat.Provider) bool { return p.Name == name })
	if i < 0 {
		return chat.Provider{}, false
	}
	return Providers[i], true
}

// Builtin returns the connection that the environment gives to a provider's
// name: its usual address and key, or what the variables say.
func Builtin(name string, getenv func(string) string) (chat.Connection, bool) {
	p, ok := ProviderOf(name)
	if !ok {
		return chat.Connection{}, false
	}
	c := chat.Connection{Name: p.Name, Provider: p.Name, BaseURL: strings.TrimSpace(getenv(p.AddressEnv)), Builtin: true}
	if p.KeyEnv != "" {
		c.KeyEnv, c.Key = p.KeyEnv, strings.TrimSpace(getenv(p.KeyEnv))
	}
	return c, true
}

// Ready reports whether a built-in connection can be meant at all: a hosted one
// needs its key, and OpenAI's name a key or an address.
func Ready(c chat.Connection) bool {
	p, _ := ProviderOf(c.Provider)
	return p.Local || c.Key != "" || !p.NeedsKey && c.BaseURL != ""
}

// Address is where the connection leads.
func Address(c chat.Connection) string {
	p, _ := ProviderOf(c.Provider)
	return cmp.Or(c.BaseURL, p.BaseURL)
}
