package models

import (
	"slices"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/milestones"
)

var shop = milestones.World{Environment: "shop", Dynamics: "w1"}

func TestWhatWasWrittenFirstCounts(t *testing.T) {
	store := open(t, "").Milestones()
	if s, err := store.Newest(t.Context(), shop); s != nil || err != nil {
		t.Fatalf("nobody wrote any, got %+v, %v", s, err)
	}
	var all sync.WaitGroup
	got := make([]*milestones.Set, 8)
	for i := range got {
		all.Go(func() {
			set, err := store.Add(t.Context(), milestones.Set{World: shop, Items: []string{"by writer " + string(rune('a'+i))}, Author: agent.AuthorModel + "m"})
			if err != nil {
				t.Error(err)
			}
			got[i] = set
		})
	}
	all.Wait()
	kept, err := store.Newest(t.Context(), shop)
	if err != nil || kept.Version != 1 || kept.Status != milestones.InUse || kept.Reviewed {
		t.Fatalf("%+v, %v", kept, err)
	}
	for i, set := range got {
		if set == nil || !slices.Equal(set.Items, kept.Items) {
			t.Errorf("writer %d goes by %+v, and %q is kept", i, set, kept.Items)
		}
	}
	if none, err := store.Add(t.Context(), milestones.Set{World: milestones.World{Environment: "house"}, Author: agent.AuthorModel + "m"}); err != nil || none.Items == nil {
		t.Errorf("a set of none is %+v, %v", none, err)
	}
	if other, err := store.Newest(t.Context(), milestones.World{Environment: "shop", Dynamics: "w2"}); other != nil || err != nil {
		t.Errorf("another world has %+v, %v", other, err)
	}
}

func TestPeopleDecideOnMilestones(t *testing.T) {
	db := open(t, "")
	store := db.Milestones()
	if err := db.Library().SetPolicy(t.Context(), "Ann", lifecycle.Approve); err != nil {
		t.Fatal(err)
	}
	first, err := store.Add(t.Context(), milestones.Set{World: shop, Items: []string{"the key is held"}, Author: agent.AuthorModel + "m", Note: "why"})
	if err != nil || first.Status != milestones.Waiting || first.Judged() != nil {
		t.Fatalf("people approve first, got %+v, %v", first, err)
	}
	if all, err := store.Sets(t.Context()); err != nil || len(all) != 1 || all[0].World != shop || all[0].Note != "why" || all[0].Reviewed {
		t.Errorf("there are %+v, %v", all, err)
	}
	next := *first
	next.Items, next.Author, next.Status = []string{"1. the key is held", "the door is open"}, agent.AuthorHuman, milestones.InUse
	second, err := store.Decide(t.Context(), "Ann", 1, next)
	if err != nil || second.Version != 2 || !second.Reviewed || !slices.Equal(second.Judged(), []string{"the key is held", "the door is open"}) {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, err := store.Decide(t.Context(), "Bob", 1, next); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("Bob decided on what is not the newest any more: %v", err)
	}
	if all, err := store.Sets(t.Context()); err != nil || len(all) != 1 || !all[0].Reviewed || all[0].Version != 2 {
		t.Errorf("there are %+v, %v", all, err)
	}
	next.Status = milestones.Rejected
	if third, err := store.Decide(t.Context(), "Bob", 2, next); err != nil || third.Judged() != nil {
		t.Errorf("%+v, %v", third, err)
	}
	if versions, err := store.Versions(t.Context(), shop); err != nil || len(versions) != 3 || versions[0].Version != 3 || versions[2].Author != agent.AuthorModel+"m" {
		t.Errorf("%+v, %v", versions, err)
	}
	next.Status = milestones.Waiting
	if _, err := store.Decide(t.Context(), "Bob", 3, next); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("a person decides, and does not wait: %v", err)
	}
	back, err := store.Restore(t.Context(), "Bob", 3, shop, 1)
	if err != nil || back.Version != 4 || back.Status != milestones.Waiting || back.Reviewed || !slices.Equal(back.Items, first.Items) || back.Author != first.Author {
		t.Errorf("version 1 is back as %+v, %v", back, err)
	}
	if _, err := store.Restore(t.Context(), "Bob", 4, shop, 9); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("there is no version 9: %v", err)
	}
}
