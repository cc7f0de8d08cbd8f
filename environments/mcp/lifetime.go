package mcp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/agent"
)

var errClosed = agent.Errorf(agent.CodeUnavailable, "the environment was closed")

// maxFailed bounds how often in a row a server is connected to in vain.
const maxFailed = 3

// connected makes sure that there is a session.
func (e *Env) connected(ctx context.Context) error {
	switch {
	case e.closed:
		return errClosed
	case e.session != nil:
		return nil
	case e.failed >= maxFailed:
		return agent.Errorf(agent.CodeUnavailable, "connecting failed %d times, and is not tried again in this run. %s", e.failed, e.why())
	}
	err := e.connect(ctx)
	switch {
	case err == nil:
		e.failed = 0
	case ctx.Err() == nil:
		e.failed++
		e.reason = err
	}
	return err
}

// connect connects and asks what there is.
func (e *Env) connect(ctx context.Context) error {
	protocol, err := e.options.Eras.of(ctx, &e.config, &e.options)
	if err != nil {
		return err
	}
	s, err := open(ctx, &e.config, &e.options, protocol, e.options.StartTimeout)
	if err != nil {
		return plain(err)
	}
	now, err := s.look(ctx, &e.config)
	if err != nil {
		s.end()
		return plain(err)
	}
	switch {
	case e.offer == nil:
		e.offer = now
	case e.offer.server != now.server:
		s.end()
		return agent.Errorf(agent.CodeConflict, "the server is called %s now, and was %s when this run began; start another run", now.server, e.offer.server)
	}
	if now.server != "" {
		s.name = now.server
	}
	e.session, e.now, e.used, e.at = s, now, false, ""
	return nil
}

// plain is an error without the mark of a refusal.
func plain(err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.err
	}
	return err
}

// broken ends the session unless the server has refused, and returns the error
// as it is shown.
func (e *Env) broken(err error) error {
	if isRefusal(err) {
		return plain(err)
	}
	e.drop(false)
	e.reason = err
	return err
}

// drop gives up the session, with good-bye or at once.
func (e *Env) drop(politely bool) {
	if e.session == nil {
		return
	}
	if politely {
		e.session.close()
	} else {
		e.session.end()
	}
	e.session, e.at = nil, ""
}

// why tells people why there is no session.
func (e *Env) why() string {
	if known, ok := errors.AsType[*agent.Error](e.reason); ok {
		return known.Message
	}
	return "It was interrupted."
}

// standAt makes sure that there is a session to go on with from a state. A
// simulator is brought to where the state says; all else stands where the world
// stands.
func (e *Env) standAt(ctx context.Context, state agent.State, k *kept) error {
	if !e.config.Simulator {
		return e.connected(ctx)
	}
	if e.session != nil && e.at == where(state) {
		return nil
	}
	return e.again(ctx, e.task, state, k)
}

// again brings a simulator to a state by making its calls in a new process.
func (e *Env) again(ctx context.Context, task agent.Task, state agent.State, k *kept) error {
	if e.used && e.config.Reset.Tool == "" {
		e.drop(true)
	}
	if err := e.begin(ctx, task); err != nil {
		return err
	}
	if e.config.Judge.Tool != "" {
		if _, err := e.judge(ctx, judged{}, nil); err != nil { // as Reset does
			return err
		}
	}
	seen := &kept{Met: make([]int, len(e.config.Expected))}
	for i := range k.Calls {
		action := agent.Action{Name: k.Calls[i].Action, Params: k.Calls[i].Params}
		if err := agent.CheckAction(e.offer.specs, action); err != nil {
			return err
		}
		if _, err := e.do(ctx, action, seen); err != nil {
			return agent.Errorf(agent.CodeOf(err), "step %d could not be done again in a new process: %s", i+1, agent.MessageOf(err))
		}
		if e.config.Judge.Tool != "" {
			if _, err := e.judge(ctx, judged{}, nil); err != nil {
				return err
			}
		}
	}
	e.at = where(state)
	return nil
}

// Restore makes ready to go on from a state: a simulator makes the calls of the
// state again in a new process; anything else is connected to, and stands where
// the world stands. Errors are as for Reset.
func (e *Env) Restore(ctx context.Context, task agent.Task, state agent.State) error {
	_, k, err := e.read(state)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.task = task
	if e.config.Simulator {
		return e.again(ctx, task, state, k)
	}
	return e.connected(ctx)
}

// follow looks at the tools again where the server says that they have changed,
// and returns what to tell the actor.
func (e *Env) follow(ctx context.Context) []string {
	if !e.session.toolsChanged.Load() {
		return nil
	}
	listed, err := e.session.list(ctx)
	if err != nil {
		err = e.broken(err)
		return []string{"The server said that its tools have changed, and could not say how: " + agent.MessageOf(err)}
	}
	schemas := map[string]string{}
	for _, t := range listed {
		schemas[t.Name] = schemaText(t.InputSchema)
	}
	var notices []string
	tell := func(text string, names []string) {
		if len(names) > 0 {
			notices = append(notices, fmt.Sprintf(text, agent.Clip(strings.Join(names, ", "), 400)))
		}
	}
	var gone, changed, added []string
	for _, name := range slices.Sorted(maps.Keys(e.now.schemas)) {
		switch schema, there := schemas[name]; {
		case !there:
			gone = append(gone, clip(name))
		case schema != e.now.schemas[name]:
			changed = append(changed, clip(name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		if _, known := e.now.schemas[name]; !known {
			added = append(added, clip(name))
		}
	}
	tell("The server no longer offers %s.", gone)
	tell("The server has changed the arguments of %s, which can't be used in this run any more.", changed)
	if e.config.LaterTools {
		tell("The server now also offers %s; "+callLater+" calls them.", added)
	} else {
		tell("The server now also offers %s, which other runs can use.", added)
	}
	now := *e.now
	now.schemas = schemas
	e.now = &now
	return notices
}

// resources lists what can be read.
func (e *Env) resources(ctx context.Context, v *view) error {
	if !e.offer.resources {
		return nil
	}
	s := e.session
	s.resourcesChanged.Store(false)
	v.Resources, v.Templates = nil, nil
	err := s.within(ctx, "list its resources", s.limit, s.limit, func(ctx context.Context) error {
		r, err := s.ListResources(ctx, &mcp.ListResourcesParams{})
		if err != nil {
			return err
		}
		for _, x := range r.Resources {
			if x != nil && len(v.Resources) < maxResources {
				v.Resources = append(v.Resources, resource{s.text(x.URI, 400), s.text(x.Name, 100), s.text(x.MIMEType, 60)})
			}
		}
		if len(r.Resources) > maxResources || r.NextCursor != "" {
			v.Notices = append(v.Notices, fmt.Sprintf("The server has more than the %d resources that are listed.", len(v.Resources)))
		}
		return nil
	})
	if err == nil {
		err = s.within(ctx, "list its resource templates", s.limit, s.limit, func(ctx context.Context) error {
			r, err := s.ListResourceTemplates(ctx, &mcp.ListResourceTemplatesParams{})
			if err != nil {
				return err
			}
			for _, x := range r.ResourceTemplates {
				if x != nil && len(v.Templates) < maxResources {
					v.Templates = append(v.Templates, resource{s.text(x.URITemplate, 400), s.text(x.Name, 100), s.text(x.MIMEType, 60)})
				}
			}
			return nil
		})
	}
	if err == nil || isRefusal(err) { // not every server has both
		return nil
	}
	return e.broken(err)
}

// readResource reads a resource.
func (e *Env) readResource(ctx context.Context, action agent.Action) (done, error) {
	s := e.session
	var answer *mcp.ReadResourceResult
	err := s.within(ctx, "read "+clip(action.Param("uri")), s.limit, patience*s.limit, func(ctx context.Context) error {
		var err error
		answer, err = s.ReadResource(ctx, &mcp.ReadResourceParams{URI: action.Param("uri")})
		return err
	})
	if err != nil {
		return done{}, e.broken(err)
	}
	label := action.Label()
	var parts []string
	var list []piece
	for _, c := range answer.Contents {
		if c == nil {
			continue
		}
		parts = append(parts, resourceText(c))
		if len(c.Blob) > 0 {
			list = append(list, piece{c.MIMEType, c.URI, c.Blob})
		}
	}
	text := strings.Join(parts, "\n")
	shown := shownResult{Call: label, Text: s.cut(text, e.config.ResultBytes)}
	if shown.Text == "" {
		shown.Text = "(it is empty)"
	}
	return done{shown, nil, append(list, s.whole(text, label, e.config.ResultBytes)...)}, nil
}

// Close ends the session and the program behind it, and waits until it is gone.
// Closing again does nothing.
func (e *Env) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.drop(true)
	return nil
}
