// Package mcp makes an environment of any server of the Model Context Protocol,
// started as a program or reached over Streamable HTTP: its tools are the
// actions. docs/mcp.md describes it.
//
// The server is not trusted to be right: what it sends is bounded and checked,
// and what is wrong becomes an error that says what was sent and what to do. It is
// trusted to run: a program is started with the rights of this process, so the
// kind is offered only where the person who started Purpose allows it.
package mcp
