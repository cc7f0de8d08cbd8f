package pagetest

import (
	"context"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/reveal"
	"purposeagent/internal/demo"
)

// Show is a demonstration over the sample groups: g_demo is being played, g_done is over.
type Show struct {
	State  demo.State
	Refuse error
}

func (s *Show) Start(_ context.Context, seconds int) (demo.State, error) {
	s.State = demo.State{Group: "g_demo", World: 1, Tasks: 30, Seconds: seconds}
	return s.State, s.Refuse
}

func (s *Show) Last(context.Context) (demo.State, bool, error) {
	return s.State, s.State.Group != "", s.Refuse
}

func (s *Show) Get(_ context.Context, group string) (demo.State, error) {
	switch {
	case group == "g_done":
		return demo.State{Group: group, World: 1, Tasks: 24, Seconds: 60}, nil
	case group != "g_demo":
		return demo.State{}, agent.Errorf(agent.CodeNotFound, "there is no demonstration %q", group)
	case s.State.Group == "":
		return demo.State{Group: group, World: 1, Tasks: 30, Seconds: 60}, nil
	}
	return s.State, nil
}

func (s *Show) change(group string, do func(*demo.State)) (err error) {
	if s.State, err = s.Get(nil, group); err == nil { //nolint:staticcheck // the fake uses no context
		do(&s.State)
	}
	return err
}

func (s *Show) Pause(_ context.Context, group string, paused bool) error {
	return s.change(group, func(st *demo.State) { st.Paused = paused })
}

func (s *Show) Pace(_ context.Context, group string, seconds int) error {
	return s.change(group, func(st *demo.State) { st.Seconds = seconds })
}

func (s *Show) Changed(group string) (int64, bool, <-chan struct{}) { return 7, group == "g_done", nil }

func (s *Show) Together() int { return 3 }

func (s *Show) Learned(context.Context, agent.EnvironmentRef) (demo.Learned, error) {
	at := Noon.Add(time.Minute)
	line := func(kind agent.LineKind, title, text string, status agent.Status, at ...time.Time) demo.Lesson {
		return demo.Lesson{PlaybookLine: agent.PlaybookLine{Kind: kind, Title: title, Text: text, Status: status, Rules: []string{"h000001"}}, At: at}
	}
	return demo.Learned{Scope: agent.Scope{Environment: "workshop", Dynamics: "w1"}, Lessons: []demo.Lesson{
		line(agent.LineFact, "Prepare by material: ash, horn", "ash → soak (28 of 29) · horn → oil (24 of 24)", agent.Active, at),
		line(agent.LineFact, "Work for chest: raw", "raw → sand (21 of 23)", agent.Probation, at),
		line(agent.LineFact, "Work for tray: comb", "comb → seal (6 of 6)", agent.Probation, at.Add(-time.Hour)),
		line(agent.LinePitfall, "Don't deliver unless the thing ordered", "Don't deliver the piece unless it is the thing ordered (good 0 of 7)", agent.Active, at)}}, nil
}

func (s *Show) Secrets(agent.EnvironmentRef) (reveal.Secrets, error) {
	return reveal.Secrets{Seal: "5be0aa00", Seed: "the seed", Rules: []reveal.Secret{
		{About: "preparation", Subject: "ash", Answer: []string{"soak"}, Text: "To prepare ash, soak it."},
		{About: "preparation", Subject: "horn", Answer: []string{"heat"}, Text: "To prepare horn, heat it."},
		{About: "recipe", Subject: "chest", Answer: []string{"sand", "seal"}, Text: "To make a chest, sand, then seal a prepared piece."},
		{About: "recipe", Subject: "comb", Answer: []string{"seal"}, Text: "To make a comb, seal a prepared piece."}}}, nil
}
