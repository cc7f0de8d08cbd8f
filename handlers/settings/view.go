package settings

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/settingsview"
)

// modelsView is the list of connections and prices; price and problems are
// what was typed last, where it was not taken.
func (s *Section) modelsView(ctx context.Context, price chat.Price, problems map[string]string) (settingsview.Models, error) {
	v := settingsview.Models{Local: s.Link("/settings/models/local"), Add: s.Link("/settings/models/new"), PriceURL: s.Link("/settings/prices"), UnpriceURL: s.Link("/settings/prices/delete")}
	list, err := s.cfg.Models.Connections(ctx)
	if err != nil {
		return v, err
	}
	for i := range list {
		c := &list[i]
		if c.Builtin && !s.cfg.Models.Usable(*c) {
			p := s.provider(c.Provider)
			v.Others = append(v.Others, settingsview.ProviderRow{Title: p.Title, Help: p.Help, Href: s.Link("/settings/models/new?provider=" + url.QueryEscape(p.Name))})
			continue
		}
		today, err := s.cfg.Models.Today(ctx, c.Name)
		if err != nil {
			return v, err
		}
		v.Rows = append(v.Rows, s.connectionRow(c, today))
	}
	embedding, err := s.cfg.Models.Embedding(ctx)
	if err != nil {
		return v, err
	}
	v.EmbeddingURL = s.Link("/settings/embedding")
	if s.cfg.Prompts != nil {
		v.Prompts = s.Link("/settings/prompts")
	}
	v.Embedding = partials.Field{ID: "f-embedding", Name: "embedding", Label: "Embedding model", Kind: "text", Value: embedding, Error: problems["embedding"],
		Placeholder: "CONNECTION:MODEL", Hint: "Left empty: hashed vectors of words and letters, the same on every machine, without a model"}
	prices, err := s.cfg.Models.Prices(ctx)
	if err != nil {
		return v, err
	}
	for _, p := range prices {
		v.Prices = append(v.Prices, settingsview.PriceRow{Model: p.Model, In: ui.Dollars(p.In), Cached: ui.Dollars(firstAbove(p.Cached, p.In)), Out: ui.Dollars(p.Out)})
	}
	input := func(name, label, hint, value string) partials.Field {
		return partials.Field{ID: "f-price-" + name, Name: name, Label: label, Hint: hint, Value: value, Error: problems[name], Kind: "text"}
	}
	v.Price = []partials.Field{input("model", "Model", "A name such as openai:gpt-4o-mini, or a start such as anthropic:claude-*", price.Model), input("in", "Prompt", "$ per million tokens", ui.Amount(price.In)),
		input("cached", "Cached prompt", "empty: same as the prompt", ui.Amount(price.Cached)), input("out", "Answer", "$ per million tokens", ui.Amount(price.Out))}
	return v, nil
}

// KnownModels are the references that a form offers.
func (s *Section) KnownModels(ctx context.Context) []string {
	if s.cfg.Models == nil {
		return nil
	}
	return s.cfg.Models.Known(ctx)
}

// ModelsSetUp reports whether somebody set up a language model here: a
// connection of their own, one with a key, or a local server whose models were
// listed. That a server might run on this machine is not enough.
func (s *Section) ModelsSetUp(ctx context.Context) bool {
	if slices.ContainsFunc(s.KnownModels(ctx), func(ref string) bool { return !strings.HasSuffix(ref, ":") }) {
		return true
	}
	if s.cfg.Models == nil {
		return false
	}
	connections, err := s.cfg.Models.Connections(ctx)
	return err == nil && slices.ContainsFunc(connections, func(c chat.Connection) bool {
		own := !c.Builtin || c.HasKey || c.KeyEnv != "" || s.provider(c.Provider).KeyEnv != ""
		return own && !c.Disabled && s.cfg.Models.Usable(c)
	})
}

func firstAbove(x, otherwise float64) float64 {
	if x > 0 {
		return x
	}
	return otherwise
}

func (s *Section) provider(name string) chat.Provider {
	for _, p := range s.cfg.Models.Providers() {
		if p.Name == name {
			return p
		}
	}
	return chat.Provider{Name: name, Title: name}
}

func (s *Section) connectionRow(c *chat.Connection, today agent.Usage) settingsview.ConnectionRow {
	p := s.provider(c.Provider)
	row := settingsview.ConnectionRow{Name: c.Name, Href: s.Link("/settings/models/" + url.PathEscape(c.Name)), Provider: p.Title, Address: s.cfg.Models.Address(*c),
		Today: ui.SpentText(today), State: partials.Chip{Text: "on", Icon: "ok", Tone: "acc"}, Switch: s.Link("/settings/models/" + url.PathEscape(c.Name) + "/switch"), Off: c.Disabled}
	if c.Disabled {
		row.State = partials.Chip{Text: "off", Icon: "x"}
	}
	switch {
	case c.KeyEnv != "" && c.HasKey:
		row.Key = "from " + c.KeyEnv
	case c.KeyEnv != "":
		row.Key = c.KeyEnv + " is not set"
		if !p.NeedsKey {
			row.Key = "none"
		}
	case c.HasKey:
		row.Key = "stored, sealed"
	default:
		row.Key = "none"
	}
	switch {
	case c.DayUSD > 0:
		row.Budget, row.Part, row.Whole = "of "+ui.Dollars(c.DayUSD)+" a day", fmt.Sprintf("%.4f", today.USD), fmt.Sprintf("%.4f", c.DayUSD)
	case c.DayTokens > 0:
		row.Budget, row.Part, row.Whole = "of "+partials.Short(c.DayTokens)+" tokens a day", strconv.FormatInt(today.Tokens(), 10), strconv.FormatInt(c.DayTokens, 10)
	}
	return row
}

func (s *Section) localView(found []chat.FoundServer) settingsview.Local {
	v := settingsview.Local{Again: s.Link("/settings/models/local")}
	for _, f := range found {
		row := settingsview.LocalRow{Title: f.Provider.Title, Address: f.Address, Href: s.Link("/settings/models/" + url.PathEscape(f.Name)), Name: f.Name, Count: partials.Plural(len(f.Models), "model")}
		for _, m := range f.Models[:min(len(f.Models), maxLocalModels)] {
			row.Models = append(row.Models, partials.Link{Text: f.Name + ":" + m, Href: s.Link("/runs/new?" + url.Values{"models.actor": {f.Name + ":" + m}}.Encode())})
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// maxLocalModels bounds the models that are named of one server.
const maxLocalModels = 12

// connectionView draws the form with its messages.
func (s *Section) connectionView(f connectionForm, problems map[string]string) settingsview.Connection {
	p := s.provider(f.provider)
	input := func(name, label, hint, value string, more partials.Field) partials.Field {
		more.ID, more.Name, more.Label, more.Hint, more.Value, more.Error = "f-"+name, name, label, hint, value, problems[name]
		if more.Kind == "" {
			more.Kind = "text"
		}
		return more
	}
	here := "/settings/models/" + url.PathEscape(f.name)
	v := settingsview.Connection{Name: f.name, Known: f.known, Builtin: f.builtin, Disabled: f.disabled, Action: s.Link("/settings/models"), Help: p.Help, Message: problems[""], KeyFor: f.keyFor}
	v.Heading = "Add a connection"
	if f.known {
		v.Heading = "The connection " + f.name
		v.Delete, v.List, v.Test, v.Switch = s.Link(here+"/delete"), s.Link(here+"/list"), s.Link(here+"/test"), s.Link(here+"/switch")
		if f.builtin {
			v.Delete = ""
		}
	}
	keyHint := "Stored sealed, with the key in secret.key beside the database. It is never shown again."
	if f.hasKey && f.keyEnv == "" {
		keyHint = "One is stored. Leave it empty to keep it."
	}
	var providers []partials.Option
	for _, x := range s.cfg.Models.Providers() {
		providers = append(providers, partials.Option{Value: x.Name, Text: x.Title, Selected: x.Name == f.provider})
	}
	v.Fields = []partials.Field{
		input("name", "Name", "Comes before the colon: NAME:MODEL", f.name, partials.Field{MaxLength: "40"}),
		input("provider", "Provider", "", f.provider, partials.Field{Kind: "select", Options: providers}),
		input("base_url", "Address", "Left empty: "+p.BaseURL, f.baseURL, partials.Field{Placeholder: p.BaseURL}),
	}
	v.Keys = []partials.Field{
		input("key", "Key", keyHint, "", partials.Field{Kind: "password"}),
		input("key_env", "Or the environment variable that holds it", "Such as "+ui.FirstOf(p.KeyEnv, "MY_MODEL_KEY")+"; read when a run asks", f.keyEnv, partials.Field{}),
	}
	if f.hasKey && f.keyEnv == "" {
		v.Keys = append(v.Keys, partials.Field{ID: "f-forget", Name: "forget", Label: "Forget the stored key", Kind: "checkbox"})
	}
	v.Limits = []partials.Field{
		input("concurrency", "Requests at once", "Left empty: "+strconv.Itoa(p.Concurrency)+", over all runs", f.concurrency, partials.Field{Kind: "number", Min: "0"}),
		input("per_minute", "Requests a minute", "Left empty: no limit", f.perMinute, partials.Field{Kind: "number", Min: "0"}),
		input("day_tokens", "Tokens a day", "Beyond it, runs wait until 00:00 UTC", f.dayTokens, partials.Field{Kind: "number", Min: "0"}),
		input("day_usd", "Dollars a day", "By the price table", f.dayUSD, partials.Field{Kind: "number", Min: "0", Step: "any"}),
	}
	if f.known {
		v.Fields = v.Fields[1:] // its name stays
	}
	v.Answers = []partials.Field{
		input("thinking_tokens", "Room for thinking", "Tokens that an answer gets in addition to its own, for models that think first. Left empty: it grows by itself where an answer was cut", f.thinking, partials.Field{Kind: "number", Min: "0"}),
		input("overflow_words", "Words that mean “too long”", "Parts of this server's messages, one a line, in small or large letters. The prompt is then shortened and sent again; most servers' words are known", f.overflow, partials.Field{Kind: "textarea", Rows: "3"}),
	}
	for _, list := range [][]partials.Field{v.Fields, v.Keys, v.Limits, v.Answers} {
		for _, field := range list {
			if field.Error != "" {
				v.Errors = append(v.Errors, pages.FieldError{Href: ui.Href(field.ID), Label: field.Label, Text: field.Error})
			}
		}
	}
	return v
}

// probeView says what a model was found to do.
func probeView(ref string, p chat.ModelProbe, err error) settingsview.Probe {
	v := settingsview.Probe{Ref: ref}
	if err != nil {
		v.Problem = ui.Sentence(agent.MessageOf(err))
		return v
	}
	v.Answer = p.Answer
	v.Facts = []pages.Fact{{Term: "Answered in", Value: partials.Duration(p.Took)}}
	streams := "no"
	if p.FirstText > 0 {
		streams = "yes, the first words after " + partials.Duration(p.FirstText)
	}
	structured := map[string]string{"json_schema": "yes, held to the schema", "tool_call": "yes, by a tool call", "json_object": "JSON, the schema in the prompt", "text": "by the prompt only", "": "no"}[p.Structured]
	v.Facts = append(v.Facts, pages.Fact{Term: "Streams", Value: streams}, pages.Fact{Term: "JSON by a schema", Value: structured})
	if p.Tools != "" {
		v.Facts = append(v.Facts, pages.Fact{Term: "Calls tools", Value: p.Tools})
	}
	v.Facts = append(v.Facts, pages.Fact{Term: "Spent", Value: ui.SpentText(p.Usage)})
	if p.Problem != "" {
		v.Warning = ui.Sentence(p.Problem) + " Actor and critic ask for JSON: this model may not be suitable for them."
	}
	return v
}
