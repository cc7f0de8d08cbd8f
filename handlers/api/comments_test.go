package api

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// fakeComments has one comment, on one rule.
type fakeComments struct{}

func (fakeComments) List(context.Context, []string) ([]catalog.Comment, error) {
	return []catalog.Comment{{ID: 1, Rules: []string{"h_1"}, Text: "true", Actor: "ann"}}, nil
}

func (fakeComments) Add(_ context.Context, actor string, c catalog.Comment) (catalog.Comment, error) {
	c.ID, c.Actor = 2, actor
	return c, nil
}

func (fakeComments) Delete(_ context.Context, _ string, id int64) (catalog.Comment, error) {
	if id != 1 {
		return catalog.Comment{}, agent.Errorf(agent.CodeNotFound, "there is no such comment any more")
	}
	return catalog.Comment{ID: 1, Rules: []string{"h_1"}}, nil
}

func (f fakeComments) Restore(ctx context.Context, actor string, id int64) (catalog.Comment, error) {
	return f.Delete(ctx, actor, id)
}
