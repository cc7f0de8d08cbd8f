// Package chat is the port to language models: the LLM that the roles ask, the
// connection by which one is reached, what its calls cost and what was said in
// them. Backends are in agent/llm.
package chat
