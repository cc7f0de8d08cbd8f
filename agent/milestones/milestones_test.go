package milestones_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/milestones"
)

func TestCheck(t *testing.T) {
	got, err := milestones.Check([]string{"1. the key  is held", " - the door is open\n", "", "* 3 rooms were seen"})
	if want := []string{"the key is held", "the door is open", "3 rooms were seen"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := milestones.Check(nil); err != nil || got == nil || len(got) != 0 {
		t.Errorf("none is a set too, got %v, %v", got, err)
	}
	for name, items := range map[string][]string{
		"long":  {strings.Repeat("x", milestones.Characters+1)},
		"twice": {"the key is held", "2. The key is held"},
		"many":  strings.Split("a b c d e f g h i j k l m n o p q r s t u", " "),
		"bytes": {"a\xff"},
	} {
		var problem *agent.Error
		if _, err := milestones.Check(items); !errors.As(err, &problem) || problem.Code != agent.CodeInvalid || problem.Fields["items"] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("1. a\n2. b")
	f.Add("1.\u00a0a\n\u00a0- b")
	f.Fuzz(func(t *testing.T, text string) {
		items, err := milestones.Check(strings.Split(text, "\n"))
		if err != nil {
			return
		}
		for _, item := range items {
			if item == "" || strings.ContainsAny(item, "\r\n") || !utf8.ValidString(item) {
				t.Fatalf("kept %q", item)
			}
		}
		if again, err := milestones.Check(items); err != nil || !slices.Equal(again, items) {
			t.Fatalf("%q is read as %q, %v", items, again, err)
		}
	})
}

func TestOnlyASetInUseIsJudgedBy(t *testing.T) {
	s := &milestones.Set{Items: []string{"a"}, Status: milestones.InUse}
	if len(s.Judged()) != 1 {
		t.Error("a set in use counts")
	}
	for _, status := range []milestones.Status{milestones.Waiting, milestones.Rejected} {
		if s.Status = status; s.Judged() != nil {
			t.Errorf("%s counts", status)
		}
	}
	if s = nil; s.Judged() != nil {
		t.Error("no set counts")
	}
}
