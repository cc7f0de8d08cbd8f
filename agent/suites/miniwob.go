package suites

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// The environment and the settings of a page of MiniWoB++: what the page itself
// rewards decides, and it says when it is over.
const (
	wobEnvironment = "web"
	wobPurpose     = "Do what the page says."
	wobReward      = "WOB_RAW_REWARD_GLOBAL"
	wobDone        = "WOB_DONE_GLOBAL"
	wobSteps       = 20
)

var wobName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// ParseMiniWoB reads a list of pages of MiniWoB++: one a line, with the seeds behind
// it (1-3 or 1,4,7; 1 where none are given); # begins a remark. server is the
// address of the folder that has the pages; ?seed= at a page begins its episode.
func ParseMiniWoB(name, server string, raw []byte) (Suite, []Problem) {
	c := collector{}
	s := Suite{Name: name}
	base, err := url.Parse(server)
	switch {
	case len(raw) > MaxBytes:
		c.whole("", fmt.Sprintf("the list is larger than %d MiB", MaxBytes>>20))
		return s, c.problems
	case err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https":
		c.whole("server", "name the address of the folder that has the pages, such as http://127.0.0.1:8090/miniwob/")
		return s, c.problems
	}
	base.Path, base.RawQuery, base.Fragment = strings.TrimSuffix(base.Path, "/")+"/", "", ""
	var lines []int
	for i, line := range strings.Split(string(raw), "\n") {
		text, _, _ := strings.Cut(line, "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		page, seeds, problem := wobLine(fields)
		if problem != "" {
			c.add(Problem{Line: i + 1, Text: problem})
			continue
		}
		for _, seed := range seeds {
			if len(s.Tasks) == MaxTasks {
				c.add(Problem{Line: i + 1, Text: fmt.Sprintf("there are more than %d tasks; split them into several suites", MaxTasks)})
				return s, c.problems
			}
			lines = append(lines, i+1)
			s.Tasks = append(s.Tasks, Task{ID: page + "/" + strconv.FormatInt(seed, 10), Environment: wobEnvironment, Purpose: wobPurpose, Seed: seed, MaxSteps: wobSteps,
				Config: agent.MustObject(map[string]any{"start": base.String() + page + ".html?seed={seed}"}),
				Check:  agent.MustObject(map[string]any{"success_script": wobReward, "ended_script": wobDone})})
		}
	}
	if len(c.problems) > 0 {
		return s, c.problems
	}
	problems := s.Problems()
	for i, p := range problems {
		if p.Task > 0 {
			problems[i].Line = lines[p.Task-1]
		}
	}
	return s, problems
}

// wobLine reads the words of a line: a page and its seeds.
func wobLine(words []string) (page string, seeds []int64, problem string) {
	page = strings.TrimSuffix(words[0], ".html")
	if len(page) > 80 || !wobName.MatchString(page) {
		return "", nil, fmt.Sprintf("%q is not the name of a page, such as click-button", agent.Clip(visible(words[0]), 40))
	}
	if len(words) == 1 {
		return page, []int64{1}, ""
	}
	there := map[int64]bool{}
	for part := range strings.SplitSeq(strings.Join(words[1:], ","), ",") {
		if part == "" || len(seeds) > MaxTasks {
			continue
		}
		from, to, ok := seedRange(part)
		if !ok {
			return "", nil, fmt.Sprintf("%q are no seeds; write 3, or 1-3, or 1,4,7, from 1 on and at most %d", agent.Clip(visible(part), 40), MaxTasks)
		}
		for seed := from; seed <= to && len(seeds) <= MaxTasks; seed++ {
			if !there[seed] {
				there[seed], seeds = true, append(seeds, seed)
			}
		}
	}
	return page, seeds, ""
}

// seedRange reads 3 or 1-3.
func seedRange(text string) (from, to int64, ok bool) {
	first, last, several := strings.Cut(text, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil || from < 1 || from > MaxSeed {
		return 0, 0, false
	}
	if !several {
		return from, from, true
	}
	to, err = strconv.ParseInt(last, 10, 64)
	return from, to, err == nil && to >= from && to <= MaxSeed && to-from < MaxTasks
}
