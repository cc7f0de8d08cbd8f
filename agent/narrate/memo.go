package narrate

import (
	"sync"
	"weak"

	"purposeagent/agent"
)

// maxMemo bounds what a memo remembers of runs, and of tasks.
const maxMemo = 256

// Memo remembers what was told of runs that go on and of tasks, so that a step
// is read once and not at every later step. What it returns depends on its
// arguments alone. It keeps no step alive. The zero value is ready; it is safe for
// concurrent use, and a nil one remembers nothing.
type Memo struct {
	mu    sync.Mutex
	runs  map[weak.Pointer[agent.Step]]*History
	tasks map[weak.Pointer[agent.Trajectory]]string
}

// History tells the earlier steps of a run: what is folded, and the newest steps
// one by one. Steps that were told once must not change.
func (m *Memo) History(r Reader, steps []agent.Step) (folded string, recent []string) {
	if len(steps) == 0 {
		return "", nil
	}
	if m == nil {
		h := NewHistory(r)
		h.Read(steps)
		return h.Folded(), h.Recent()
	}
	key := weak.Make(&steps[0])
	m.mu.Lock()
	defer m.mu.Unlock()
	h := m.runs[key]
	if h == nil || h.read > len(steps) {
		if m.runs == nil || len(m.runs) >= maxMemo {
			m.runs = map[weak.Pointer[agent.Step]]*History{}
		}
		h = NewHistory(r)
		m.runs[key] = h
	}
	h.Read(steps)
	return h.Folded(), h.Recent()
}

// Task tells a task as [Reader.Task] does.
func (m *Memo) Task(r Reader, t *agent.Trajectory) string {
	if m == nil {
		return r.Task(t)
	}
	key := weak.Make(t)
	m.mu.Lock()
	defer m.mu.Unlock()
	text, known := m.tasks[key]
	if !known {
		if m.tasks == nil || len(m.tasks) >= maxMemo {
			m.tasks = map[weak.Pointer[agent.Trajectory]]string{}
		}
		text = r.Task(t)
		m.tasks[key] = text
	}
	return text
}
