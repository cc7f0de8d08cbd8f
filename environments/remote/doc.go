// Package remote makes an environment of any program in any language that
// answers JSON lines on its standard input and output, or the same over HTTP. The
// protocol is described in docs/remote.md.
//
// The program is not trusted to be right: whatever it sends is checked, and
// what is wrong becomes an error that says what was sent and what to do. It is
// trusted to run: a command is started with the rights of this process, so the
// kind is offered only where the person who started Purpose allows it.
package remote
