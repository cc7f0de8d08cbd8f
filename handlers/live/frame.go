package live

import (
	"context"
	"encoding/json"

	"github.com/a-h/templ"
	"github.com/gorilla/websocket"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/ui"
	"purposeagent/views/runview"
)

// frame is what happened in a run after event from up to event to, encoded
// once for all viewers.
type frame struct {
	from, to int64
	raw      []byte                     // as an event stream and a poll carry it
	message  *websocket.PreparedMessage // the same for sockets
}

// seal encodes a frame.
func seal(f frameJSON) (frame, error) {
	raw, err := json.Marshal(f)
	if err != nil {
		return frame{}, err
	}
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, raw)
	return frame{f.From, f.To, raw, message}, err
}

// frameJSON is a frame on the wire: rows are appended, what stands under an id
// in HTML replaces the element with that id.
type frameJSON struct {
	From int64             `json:"from"`
	To   int64             `json:"to"`
	Rows []rowJSON         `json:"rows,omitempty"`
	HTML map[string]string `json:"html,omitempty"`
	Data *frameData        `json:"data,omitempty"`
}

// rowJSON is one step's row; the page adds it if it does not have it yet.
type rowJSON struct {
	N    int    `json:"n"`
	HTML string `json:"html"`
}

// frameData is what the page's script needs to know.
type frameData struct {
	Status string `json:"status"`
	Word   string `json:"word"`
	Steps  int    `json:"steps"`
	Final  bool   `json:"final"`
}

// changedSince leaves out what the frame before has shown already. A viewer
// that has not seen that frame gets one from the log, with all parts.
func changedSince(before, now map[string]string) map[string]string {
	changed := map[string]string{}
	for id, html := range now {
		if before[id] != html {
			changed[id] = html
		}
	}
	return changed
}

func dataOf(run agent.Run) frameData {
	return frameData{Status: string(run.Status), Word: ui.StateOf(run.Status).Word, Steps: run.Steps, Final: run.Status.Final()}
}

// fromLog makes a frame for one viewer that is behind, of what the log holds
// up to where the broadcaster stands.
func (s *Section) fromLog(ctx context.Context, run string, cursor int64, at look) (frame, error) {
	var steps []agent.Step
	to := cursor
	if cursor < at.at {
		events, err := s.cfg.Runs.Events(ctx, run, cursor, catchUp)
		if err != nil {
			return frame{}, err
		}
		for _, event := range events {
			if event.Seq > at.at {
				break
			}
			to = event.Seq
			if taken, ok := event.Data.(agent.StepTaken); ok {
				steps = append(steps, taken.Step)
			}
		}
		if to == cursor {
			return frame{}, agent.Errorf(agent.CodeInternal, "the log of run %s ends at %d, before %d", run, cursor, at.at)
		}
	}
	return s.newFrame(ctx, run, cursor, to, steps, at.html, at.data)
}

// newFrame encodes a frame.
func (s *Section) newFrame(ctx context.Context, run string, from, to int64, steps []agent.Step, html map[string]string, data frameData) (frame, error) {
	out := frameJSON{From: from, To: to, HTML: html, Data: &data}
	for _, step := range steps {
		html, err := ui.Markup(ctx, runview.StepLine(s.run.StepRow(run, step, 0)))
		if err != nil {
			return frame{}, err
		}
		out.Rows = append(out.Rows, rowJSON{step.Index, string(html)})
	}
	return seal(out)
}

// singletons renders the parts of the run page that there is one of.
func (s *Section) singletons(ctx context.Context, run agent.Run, points []catalog.PhiPoint, ending runpage.Ending, people []agent.Event) (map[string]string, error) {
	head, spine := s.run.HeadView(ctx, run), s.run.SpineView(run, points, 0, runpage.Zoom{})
	worse, flagged := runpage.CountPoints(points)
	end, err := s.run.EndView(ctx, run, ending)
	if err != nil {
		return nil, err
	}
	parts := map[string]templ.Component{
		"run-status": runview.RunStatus(head), "run-reason": runview.RunReason(head), "run-meters": runview.RunMeters(head),
		"run-ask": runview.RunApproval(s.run.AskView(run)), "run-people": runview.RunPeople(s.run.PeopleView(people)), "run-steer": runview.SteerForm(s.run.SteerForm(run)),
		"run-controls": runview.RunControls(head), "spine-plot": runview.SpinePlot(spine), "spine-read": runview.SpineRead(spine),
		"run-next": runview.RunNext(runpage.NextWords(run)), "run-end": runview.RunEnding(end),
		"count-all":     runview.RunCount("count-all", ui.Count(run.Steps)),
		"count-worse":   runview.RunCount("count-worse", ui.Count(worse)),
		"count-flagged": runview.RunCount("count-flagged", ui.Count(flagged)),
	}
	out := make(map[string]string, len(parts))
	for id, part := range parts {
		html, err := ui.Markup(ctx, part)
		if err != nil {
			return nil, err
		}
		out[id] = string(html)
	}
	return out, nil
}
