package models

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// Calls keeps what models were asked and answered. It is safe for concurrent use.
type Calls struct {
	db     *DB
	logger *slog.Logger
}

var _ chat.CallLog = (*Calls)(nil)

// callRow is a row of table calls.
type callRow struct {
	Run          string `gorm:"primaryKey"`
	N            int    `gorm:"primaryKey"`
	Step         int
	Role         string
	Connection   string
	Model        string
	Prompt       string
	TokensIn     int64
	TokensCached int64
	TokensOut    int64
	USD          float64 `gorm:"column:usd"`
	Estimated    bool
	Took         int64
	FirstText    int64
	Failed       bool
	At           int64
	Body         []byte
}

func (callRow) TableName() string { return "calls" }

// callBody is what is compressed.
type callBody struct {
	Messages  []chat.Message  `json:"messages"`
	Schema    json.RawMessage `json:"schema,omitempty"`
	Answer    string          `json:"answer"`
	Truncated bool            `json:"truncated,omitempty"`
	Error     string          `json:"error,omitempty"`
	Warning   string          `json:"warning,omitempty"`
}

// insertCall stores a call as the next of its run; its body only where the run is kept.
const insertCall = `INSERT INTO calls (run, n, step, role, connection, model, prompt, tokens_in, tokens_cached, tokens_out, usd, estimated, took, first_text, failed, at, body)
	VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM calls WHERE run = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
		CASE WHEN EXISTS (SELECT 1 FROM runs WHERE id = ?1) THEN CAST(?16 AS BLOB) ELSE CAST(?17 AS BLOB) END)`

// noBody is the packed body of a call of which only the cost is kept.
var noBody = sync.OnceValues(func() ([]byte, error) { return pack([]byte("{}")) })

// Record stores a call as the next of its run. Of a run that is not kept, such as
// one of an experiment, and of a call without a run, only what it spent is stored:
// nobody could read the rest.
// What can't be stored is logged: the call itself went well.
func (c *Calls) Record(ctx context.Context, call chat.Call) {
	if err := c.record(ctx, &call); err != nil {
		c.logger.Error("call not kept", "run", call.Run, "step", call.Step, "err", err)
	}
}

func (c *Calls) record(ctx context.Context, call *chat.Call) error {
	raw, err := json.Marshal(callBody{call.Messages, call.Schema, call.Answer, call.Truncated, call.Error, call.Warning})
	if err != nil {
		return fmt.Errorf("encode call: %w", err)
	}
	body, err := pack(raw)
	if err != nil {
		return fmt.Errorf("compress call: %w", err)
	}
	nothing, err := noBody()
	if err != nil {
		return fmt.Errorf("compress call: %w", err)
	}
	connection, _, _ := strings.Cut(call.Model, ":")
	u := call.Usage
	_, err = c.db.runs.stmts.call.ExecContext(ctx, call.Run, call.Step, string(call.Role), connection, call.Model, call.Prompt, u.TokensIn, u.TokensCached, u.TokensOut, u.USD, u.Estimated,
		int64(call.Took), int64(call.FirstText), call.Error != "", nanos(call.At), body, nothing)
	return err
}

// Of returns the calls of one step of a run in their order; step 0 are those
// before the first step and after the last.
func (c *Calls) Of(ctx context.Context, run string, step int) ([]chat.Call, error) {
	var rows []callRow
	if err := c.db.read.WithContext(ctx).Where("run = ? AND step = ?", run, step).Order("n").Limit(maxCallsOfStep).Find(&rows).Error; err != nil {
		return nil, failed(err, "load calls of step %d of run %s", step, run)
	}
	return callsOf(rows)
}

// OfRun returns all calls of a run in their order, at most maxCallsOfRun.
func (c *Calls) OfRun(ctx context.Context, run string) ([]chat.Call, error) {
	var rows []callRow
	if err := c.db.read.WithContext(ctx).Where("run = ?", run).Order("n").Limit(maxCallsOfRun).Find(&rows).Error; err != nil {
		return nil, failed(err, "load calls of run %s", run)
	}
	return callsOf(rows)
}

// maxCallsOfRun bounds what one recording holds in memory: some 2,000 steps.
const maxCallsOfRun = 5000

// maxCallsOfStep bounds the calls that one step shows: repairs and second
// reads make a few.
const maxCallsOfStep = 50

func callsOf(rows []callRow) ([]chat.Call, error) {
	calls := make([]chat.Call, len(rows))
	for i := range rows {
		var err error
		if calls[i], err = rows[i].call(); err != nil {
			return nil, err
		}
	}
	return calls, nil
}

func (r *callRow) call() (chat.Call, error) {
	raw, err := unpack(r.Body)
	if err != nil {
		return chat.Call{}, fmt.Errorf("decompress call %d of run %s: %w", r.N, r.Run, err)
	}
	var body callBody
	if err := json.Unmarshal(raw, &body); err != nil {
		return chat.Call{}, fmt.Errorf("decode call %d of run %s: %w", r.N, r.Run, err)
	}
	return chat.Call{CallScope: agent.CallScope{Run: r.Run, Step: r.Step, Role: agent.ModelRole(r.Role)}, N: r.N, Model: r.Model, Prompt: r.Prompt,
		Messages: body.Messages, Schema: body.Schema, Answer: body.Answer, Truncated: body.Truncated, Error: body.Error, Warning: body.Warning,
		Usage: agent.Usage{TokensIn: r.TokensIn, TokensCached: r.TokensCached, TokensOut: r.TokensOut, Calls: 1, USD: r.USD, Estimated: r.Estimated},
		Took:  time.Duration(r.Took), FirstText: time.Duration(r.FirstText), At: fromNanos(r.At)}, nil
}

// Spent returns what the calls of a connection have spent since a time.
func (c *Calls) Spent(ctx context.Context, connection string, since time.Time) (agent.Usage, error) {
	var u struct {
		TokensIn, TokensOut int64
		Calls               int
		USD                 float64 `gorm:"column:usd"`
		Estimated           bool
	}
	err := c.db.read.WithContext(ctx).Raw(`SELECT coalesce(sum(tokens_in), 0) AS tokens_in, coalesce(sum(tokens_out), 0) AS tokens_out,
		count(*) AS calls, coalesce(sum(usd), 0) AS usd, coalesce(max(estimated), 0) AS estimated FROM calls WHERE connection = ? AND at >= ?`, connection, nanos(since)).Scan(&u).Error
	return agent.Usage{TokensIn: u.TokensIn, TokensOut: u.TokensOut, Calls: u.Calls, USD: u.USD, Estimated: u.Estimated}, failed(err, "sum the calls of %s", connection)
}
