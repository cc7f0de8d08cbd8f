package runs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"purposeagent/agent"
	"purposeagent/agent/reveal"
	"purposeagent/handlers/ui"
	"purposeagent/internal/demo"
	"purposeagent/static"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runsview"
)

// demoTold is all that a demonstration's page is drawn from.
type demoTold struct {
	seen    int64 // number of the last change that it tells
	state   demo.State
	runs    []agent.Run
	version string
	learned demo.Learned
	secrets reveal.Secrets
	reveal  bool
}

func (d *demoTold) ended() int {
	n := 0
	for i := range d.runs {
		if d.runs[i].Status.Final() {
			n++
		}
	}
	return n
}

func (d *demoTold) over() bool { return d.ended() == len(d.runs) }

// paces are what a person can choose; 0 is as fast as the machine can.
var paces = []struct {
	seconds int
	text    string
}{{60, "1 minute"}, {180, "3 minutes"}, {0, "As fast as it can"}}

func (s *Section) demoScripts() []string {
	return []string{static.URL(s.BasePath, static.Film), static.URL(s.BasePath, static.Demo), static.URL(s.BasePath, static.Ways), static.URL(s.BasePath, static.Live)}
}

// demoView maps a demonstration to its page.
func (s *Section) demoView(d demoTold) runsview.Demo {
	arms := armsOf(d.runs)
	here, ended := demoPath(d.state.Group), d.ended()
	v := runsview.Demo{Done: ui.Itoa(ended), Total: ui.Itoa(len(d.runs)), Progress: fmt.Sprintf("%d of %d tasks done", ended/2, d.state.Tasks),
		All: s.Link("/groups/" + d.state.Group), Library: s.Link("/library?environment=" + d.learned.Scope.Environment + "&world=" + d.learned.Scope.Dynamics),
		State: partials.State{Name: "running", Word: "Playing"}, PaceURL: s.Link(here + "/pace"), Seal: d.secrets.Seal}
	switch {
	case d.over():
		v.State, v.Left = partials.State{Name: "finished", Word: "Over"}, ""
		v.Again = &partials.Post{Label: "Play again, in another world", Icon: "again", Class: "go", Action: s.Link("/demo"), Fields: []partials.Hidden{{Name: "seconds", Value: ui.Itoa(d.state.Seconds)}}}
	case d.state.Paused:
		v.State = partials.State{Name: "paused", Word: "Paused"}
		v.Pause = &partials.Post{Label: "Go on", Icon: "play", Class: "go", Key: "p", Action: s.Link(here + "/resume"), Update: "#demo-head"}
	default:
		v.Pause = &partials.Post{Label: "Pause", Icon: "pause", Key: "p", Action: s.Link(here + "/pause"), Update: "#demo-head"}
		v.Left = leftOf(d)
	}
	if !d.over() {
		v.Ask = s.Link(here + "?v=" + d.version)
		v.Live, v.Seq = s.Path(here+"/live"), strconv.FormatInt(d.seen, 10)
		for _, p := range paces {
			v.Paces = append(v.Paces, runsview.DemoPace{Value: ui.Itoa(p.seconds), Text: p.text, Current: p.seconds == d.state.Seconds})
		}
	}
	v.Verdict, v.VerdictMore = groupVerdict(arms, v.Ask != "")
	v.Why, v.Repeats = whyEarly(arms), repeatsOf(arms[0].runs)
	v.First, v.Latest = s.demoFilms(arms[0])
	lessons := lessonsOf(d.learned.Lessons, arms[0].runs)
	v.Chart = groupCurves(arms)
	v.Chart.Events = lessonMarks(lessons, len(arms[0].runs))
	for _, l := range slices.Backward(lessons) { // what grew last first
		v.Lessons = append(v.Lessons, runsview.DemoLesson{Task: ui.Itoa(l.last() + 1), Title: l.Title, Text: l.Text, Trial: l.Status != agent.Active, Href: s.RuleLink(l.Rules[0])})
	}
	if d.over() {
		v.End = s.demoEnd(d, arms)
	}
	return v
}

// leftOf says how long the rest takes at the pace that is kept.
func leftOf(d demoTold) string {
	if d.state.Seconds == 0 {
		return ""
	}
	pairs := (len(d.runs) - d.ended() + 1) / 2
	left := time.Duration(pairs) * time.Duration(d.state.Seconds) * time.Second / time.Duration(max(d.state.Tasks, 1))
	return "about " + partials.Duration(left.Round(time.Second)) + " left"
}

// whyEarly says why the first tasks fail, and whether memory made them worse.
func whyEarly(arms []arm) string {
	const first = 10
	why := "At first it knows nothing: what it has never tried it has to try once, and a wrong try can cost the task."
	if len(arms) < 2 || len(arms[0].hits) < first || len(arms[1].hits) < first {
		return why
	}
	on, off := countHits(arms[0].hits[:first]), countHits(arms[1].hits[:first])
	text := fmt.Sprintf(" Of its first %d tasks it solved %d, and %d without memory", first, on, off)
	switch {
	case on < off:
		return why + text + ": trying everything once costs it tasks that chance would have solved."
	case on == off:
		return why + text + ": learning has cost it nothing."
	}
	return why + text + "."
}

// repeatsOf says whether tasks come again, from what they are.
func repeatsOf(runs []*agent.Run) string {
	purposes, tasks := map[string]bool{}, map[string]bool{}
	for i := range runs {
		purposes[runs[i].Spec.Purpose] = true
		tasks[fmt.Sprintf("%d %s", runs[i].Seed, runs[i].Spec.Purpose)] = true
	}
	if len(tasks) < len(runs) {
		return fmt.Sprintf("Tasks repeat: there are %d different ones among %d.", len(tasks), len(runs))
	}
	if len(purposes) == len(runs) {
		return fmt.Sprintf("No task comes twice: all %d are different.", len(runs))
	}
	return fmt.Sprintf("No task comes twice. The words of some do (%d different ones in %d tasks), but each is drawn from a seed of its own, with other things at hand.", len(purposes), len(runs))
}

// demoFilms are the first attempt and the latest that has ended.
func (s *Section) demoFilms(a arm) (first, latest pages.Film) {
	first, latest = pages.Film{ID: "film-first", Title: "First attempt", Steps: "0", Phi: "–", Speed: "4"}, pages.Film{ID: "film-latest", Title: "Latest attempt", Steps: "0", Phi: "–", Speed: "4"}
	take := func(to *pages.Film, i int, title string) {
		if film := s.cfg.Film(*a.runs[i]); film != nil {
			film.ID, film.Title, film.Speed = to.ID, title, to.Speed
			*to = *film
		}
	}
	if a.runs[0].Status.Final() {
		take(&first, 0, "Attempt 1, when it knew nothing")
	}
	for i := len(a.runs) - 1; i > 0; i-- {
		if a.runs[i].Status.Final() {
			take(&latest, i, fmt.Sprintf("Attempt %d, with what it learned before", i+1))
			break
		}
	}
	return first, latest
}

// lesson is a line of the playbook with the places of the tasks that taught it.
type lesson struct {
	demo.Lesson
	tasks []int // in order, each once
}

func (l *lesson) last() int { return l.tasks[len(l.tasks)-1] }

// lessonsOf places what was learned during a demonstration at its tasks, what grew
// last at the end. What was known before is left out.
func lessonsOf(all []demo.Lesson, runs []*agent.Run) []lesson {
	ended := make([]int, 0, len(runs)) // places of those that have, by their ends
	for i := range runs {
		if runs[i].EndedAt != nil {
			ended = append(ended, i)
		}
	}
	slices.SortStableFunc(ended, func(a, b int) int { return runs[a].EndedAt.Compare(*runs[b].EndedAt) })
	var out []lesson
	for _, line := range all {
		l := lesson{Lesson: line}
		for _, at := range line.At {
			if task, ok := taughtBy(runs, ended, at); ok && !at.Before(runs[0].CreatedAt) && !slices.Contains(l.tasks, task) {
				l.tasks = append(l.tasks, task)
			}
		}
		if len(l.tasks) > 0 {
			slices.Sort(l.tasks)
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b lesson) int { return a.last() - b.last() })
	return out
}

// taughtBy returns the place of the task that taught what was learned at a time: runs
// are worked beside each other, and each learns at its end, so it is the one that was at
// work and ended first since then.
func taughtBy(runs []*agent.Run, ended []int, at time.Time) (task int, ok bool) {
	i, _ := slices.BinarySearchFunc(ended, at, func(i int, at time.Time) int { return runs[i].EndedAt.Compare(at) })
	for _, task := range ended[i:] {
		if run := runs[task]; run.StartedAt == nil || !run.StartedAt.After(at) {
			return task, true
		}
	}
	return 0, false
}

// lessonMarks are marks on the curve where something was learned, one a task.
func lessonMarks(lessons []lesson, tasks int) []pages.CurveDot {
	const named = 4
	var marks []pages.CurveDot
	for task := range tasks {
		n := 0
		var titles []string
		for i := range lessons {
			if slices.Contains(lessons[i].tasks, task) {
				if n++; n <= named {
					titles = append(titles, lessons[i].Title)
				}
			}
		}
		if n == 0 {
			continue
		}
		if n > named {
			titles = append(titles, fmt.Sprintf("and %d more", n-named))
		}
		marks = append(marks, pages.CurveDot{X: ui.Px(groupPlot.X(attemptAt(task, tasks))) + "%", Y: ui.Px(groupPlot.Bottom), Title: fmt.Sprintf("Learned in task %d: %s", task+1, strings.Join(titles, "; "))})
	}
	return marks
}

// demoEnd is what stands at the end: the secrets beside what was found, and the proof.
func (s *Section) demoEnd(d demoTold, arms []arm) *runsview.DemoEnd {
	end := &runsview.DemoEnd{Reveal: s.Link(demoPath(d.state.Group) + "?reveal=yes#secrets"), Seed: d.secrets.Seed}
	if s.cfg.Lab != nil {
		end.Prove = s.Link(demoPath(d.state.Group) + "/prove")
		low, high := proofTime(arms, s.cfg.Demo.Together())
		end.ProofTime = fmt.Sprintf("%d new tasks with what it learned, the same without", proofTasks)
		if high > 0 {
			end.ProofTime += ", " + ui.Between(low, high) + " by the speed of this demonstration"
		}
	}
	whole := 0
	for _, secret := range d.secrets.Rules {
		cells, hits, trial := foundIn(d.learned.Lessons, secret)
		row := runsview.DemoSecret{Text: secret.Text, Found: strings.Join(cells, " · "), Mark: partials.Chip{Text: "not found", Tone: "out"}}
		switch {
		case hits == len(secret.Answer):
			row.Mark = partials.Chip{Text: "found", Icon: "ok", Tone: "good"}
			whole++
		case hits > 0:
			row.Mark = partials.Chip{Text: fmt.Sprintf("%d of %d", hits, len(secret.Answer)), Tone: "acc"}
		case trial:
			row.Mark = partials.Chip{Text: "in trial", Icon: "sync", Tone: "out"}
		}
		end.Secrets = append(end.Secrets, row)
	}
	if len(end.Secrets) > 0 {
		end.Found = fmt.Sprintf("It found %d of %d secret rules.", whole, len(end.Secrets))
	}
	end.Open = d.reveal
	return end
}

// foundIn returns what a playbook says of a secret's subject, and how many of the
// secret's answers are in it. A line about one thing names it in its head; one about
// several names them in its cells. What is in trial is shown and not found yet; trial
// says that an answer is among it.
func foundIn(lines []demo.Lesson, secret reveal.Secret) (cells []string, hits int, trial bool) {
	hit := map[string]bool{}
	for _, line := range lines {
		if line.Kind != agent.LineFact {
			continue
		}
		head, _, _ := strings.Cut(line.Title, ":")
		about := hasWord(head, secret.Subject)
		if !about && strings.Contains(head, " for ") {
			continue // of another thing
		}
		for cell := range strings.SplitSeq(line.Text, " · ") {
			of, does, ok := strings.Cut(cell, "→")
			if !ok || !about && !hasWord(of, secret.Subject) {
				continue
			}
			sure := line.Status == agent.Active || line.Pinned
			if !sure {
				cell += ", in trial"
			}
			cells = append(cells, cell)
			for _, answer := range secret.Answer {
				switch {
				case !hasWord(does, answer):
				case sure:
					hit[answer] = true
				default:
					trial = true
				}
			}
		}
	}
	return cells, len(hit), trial
}

// hasWord reports whether a text has a word or phrase, and not only as a part of another.
func hasWord(text, word string) bool {
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	words := func(s string) string {
		return " " + strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !letter(r) }), " ") + " "
	}
	return strings.Contains(words(text), words(word))
}
