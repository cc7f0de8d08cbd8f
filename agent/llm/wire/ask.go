package wire

import (
	"context"
	"encoding/json"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// Dialect is how a client says a request: what it leaves out, because its server or
// model was found not to take it. D is the dialect's own type.
type Dialect[D any] interface {
	// Budget is how many tokens the answer may have, with room for thinking beside
	// it; 0: no limit is sent. full: it is the most that the model is known to take.
	Budget(request chat.Request, room int) (budget int, full bool)
	// Without reads a refusal of a request with the budget and returns the dialect to
	// try next; false where another would not help. Each step gives something up, so
	// that it ends.
	Without(f *Failure, request chat.Request, budget int) (D, bool)
	// Merge returns what both have found.
	Merge(found D) D
}

// Answer is what a server answered, read to its end.
type Answer interface {
	// Spent is what the answer took.
	Spent() agent.Usage
	// Crowded reports whether thoughts took the budget of tokens, so that the answer
	// to a request with this schema broke off; silent, before it began.
	Crowded(schema json.RawMessage) (crowded, silent bool)
}

// Talk is a client's way with one request.
type Talk[D Dialect[D], A Answer] struct {
	Server  *Server
	Learned *Learned[D]
	Request chat.Request
	// Send asks once.
	Send func(ctx context.Context, d D, budget int) (A, *Failure)
	// Unheeded returns the dialect to ask in where an answer shows that part of the
	// request was passed over; false where it will do. nil: no answer shows that.
	Unheeded func(d D, answer A) (D, bool)
	// Response reads an answer, without what it took, or says why it is none.
	Response func(answer A) (chat.Response, *Failure)
}

// Ask asks a model, with the errors and retries of Retry. Within each attempt it asks
// again in another dialect where the server says that the model does not take part of
// the request, or its answer shows it, and with more room where thoughts left none for
// the answer. What was found out is learned from an answer only: of a request that
// failed for good nothing is.
func Ask[D Dialect[D], A Answer](ctx context.Context, t Talk[D, A]) (chat.Response, error) {
	a := &asking[D, A]{Talk: t, d: t.Learned.Known()}
	return Retry(ctx, t.Server, func() (chat.Response, *Failure) { return a.attempt(ctx) })
}

// asking is one request on its way to an answer.
type asking[D Dialect[D], A Answer] struct {
	Talk[D, A]
	d     D
	spent agent.Usage // on answers that were of no use
}

func (a *asking[D, A]) attempt(ctx context.Context) (chat.Response, *Failure) {
	for {
		room := a.Server.Room()
		budget, full := a.d.Budget(a.Request, room)
		answer, failed := a.Send(ctx, a.d, budget)
		if failed != nil {
			if !a.mend(failed, budget, room) {
				return chat.Response{Usage: a.spent}, failed
			}
			continue
		}
		took := answer.Spent()
		a.spent = a.spent.Add(took)
		if crowded, silent := answer.Crowded(a.Request.Schema); crowded {
			if budget > 0 && !full && a.Server.MoreRoom(room) {
				continue
			}
			if silent {
				if budget == 0 {
					budget = int(took.TokensOut)
				}
				return chat.Response{Usage: a.spent}, a.Server.OnlyThought(budget)
			}
		}
		if a.Unheeded != nil {
			var again bool
			if a.d, again = a.Unheeded(a.d, answer); again {
				continue
			}
		}
		response, odd := a.Response(answer)
		if odd != nil {
			return chat.Response{Usage: a.spent}, odd
		}
		a.Learned.Learn(a.d, D.Merge)
		response.Usage, response.Warning = a.spent, a.Server.Unread(PromptBytes(a.Request.Messages), took)
		return response, nil
	}
}

// mend learns from a refusal; false where asking again would not help.
func (a *asking[D, A]) mend(failed *Failure, budget, room int) bool {
	if failed.Overflow && a.Server.LessRoom(room) { // the prompt and the room may be too long together
		return true
	}
	var ok bool
	a.d, ok = a.d.Without(failed, a.Request, budget)
	return ok
}

// Heard are the events of a reply: as they come where somebody listens, else those
// of the whole.
func (r *Reply) Heard(listened bool) (*Events, error) {
	if listened {
		return r.Events(), nil
	}
	return r.Whole()
}

// Unended is what a reply is whose answer did not come to its end: cut, or none at
// all where it never began.
func (s *Server) Unended(events *Events, began bool) error {
	switch {
	case began:
		return ErrCut
	case events.Stray() != "":
		return s.Odd(events.Stray())
	}
	return s.NoneGiven(ServerError{})
}
