package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"purposeagent/agent"
	"purposeagent/internal/client"
)

func TestCall(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/echo":
			var body map[string]any
			_ = json.NewDecoder(r.Body).Decode(&body)
			_ = json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "type": r.Header.Get("Content-Type"), "body": body})
		case "/refused":
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = fmt.Fprint(w, `{"error":{"code":"invalid","message":"no","fields":{"phi":"too much"}}}`)
		default:
			_, _ = fmt.Fprint(w, "<html>")
		}
	}))
	defer s.Close()
	var answer struct {
		Method, Type string
		Body         map[string]any
	}
	if err := client.Call(t.Context(), http.MethodPost, s.URL+"/", "/echo", map[string]int{"step": 3}, &answer); err != nil ||
		answer.Method != http.MethodPost || answer.Type != "application/json" || answer.Body["step"] != 3.0 {
		t.Errorf("%+v, %v", answer, err)
	}
	err := client.Call(t.Context(), http.MethodGet, s.URL, "/refused", nil, &answer)
	if e, ok := errors.AsType[*agent.Error](err); !ok || e.Code != agent.CodeInvalid || e.Message != "no" || e.Fields["phi"] != "too much" {
		t.Errorf("what the API refuses: %v", err)
	}
	for _, tt := range []struct {
		server string
		want   agent.Code
	}{{s.URL + "/page", agent.CodeUnavailable}, {"http://127.0.0.1:1", agent.CodeUnavailable}, {"http://[", agent.CodeInvalid}} {
		if err := client.Call(t.Context(), http.MethodGet, tt.server, "/x", nil, &answer); agent.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", tt.server, err, tt.want)
		}
	}
}

// A list is read to its end or its limit, page by page.
func TestList(t *testing.T) {
	const all = 450
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		from, _ := strconv.Atoi(q.Get("cursor"))
		n, _ := strconv.Atoi(q.Get("limit"))
		var page struct {
			Items []int  `json:"items"`
			Next  string `json:"next_cursor"`
		}
		for i := from; i < min(from+n, all); i++ {
			page.Items = append(page.Items, i)
		}
		if from+n < all {
			page.Next = strconv.Itoa(from + n)
		}
		if q.Get("q") != "env:maze" || q.Get("sort") != "phi" || n > 200 {
			t.Errorf("it asked %s", r.URL)
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	defer s.Close()
	for limit, want := range map[int]int{10: 10, 200: 200, 250: 250, 1000: all} {
		items, err := client.List(t.Context(), s.URL, "/list", "env:maze", "phi", limit)
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := client.Decode[int](items)
		if err != nil || len(numbers) != want || numbers[want-1] != want-1 {
			t.Errorf("at most %d: %d items, %v", limit, len(numbers), err)
		}
	}
	if _, err := client.Decode[int]([]json.RawMessage{json.RawMessage(`"x"`)}); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Error(err)
	}
}
