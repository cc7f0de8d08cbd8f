# Purpose: the two commands to know are `make run` and `make test`.
SHELL    := /bin/bash
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
CGO      := $(shell go env CGO_ENABLED)
# Without a C compiler the program is built with a pure Go SQLite.
TAGS     := $(shell if [ "$(CGO)" = 1 ] && command -v $$(go env CC) >/dev/null; then echo; else echo purego; fi)
LINTER   := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
BENCH    ?= .
BASE     ?=
ROUNDS   ?= 6
# Packages with tests of learning that are too long for the race detector.
LEARNED   = $(shell git ls-files '*_test.go' | xargs grep -l '^//go:build !race' | xargs -n1 dirname | sort -u | sed 's|^|./|')

.PHONY: help run dev build generate test check lint notices release bench bench-credit prove prove-model anchors peers demo screenshots contract soak

help: ## Show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## Build and serve on http://127.0.0.1:8080, data in ./data
	./bin/purpose serve --addr 127.0.0.1:8080 --data ./data

dev: generate ## Serve without a build step, with debug logs
	go run -tags '$(TAGS)' ./cmd/web serve --data ./data --log-level debug

build: ## Build bin/purpose
	go build -trimpath -tags '$(TAGS)' -ldflags '$(LDFLAGS)' -o bin/purpose ./cmd/web

generate: ## Generate Go from the templ files
	go tool templ generate -path views

test: ## Install what the tests need, and run all of them
	./scripts/setup-tests.sh
	$(MAKE) check lint
	go test -race -shuffle=on -count=1 -timeout 20m ./...
	PURPOSE_TEST_DATABASE=postgres go test -race -shuffle=on -count=1 -timeout 20m ./models ./internal/engine
	go test -shuffle=on -count=1 -timeout 20m $(LEARNED)
	./scripts/contract.sh 180
	CGO_ENABLED=0 go build -tags purego -o /dev/null ./cmd/web

check: ## Formatting, vet and generated files
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "not gofmt-ed: $$bad"; exit 1; fi
	go vet ./...
	@go tool templ generate -path views >/dev/null && git diff --exit-code --stat -- 'views/*_templ.go' || \
		{ echo "generated files are stale: run make generate and commit them"; exit 1; }
	@go run ./scripts/notices | diff -q - THIRD_PARTY_NOTICES.txt || { echo "run make notices and commit the file"; exit 1; }

notices: ## Write the licences of all that is built in to THIRD_PARTY_NOTICES.txt
	go run ./scripts/notices > .notices && mv .notices THIRD_PARTY_NOTICES.txt

release: ## Build static binaries for Linux and macOS with checksums into dist
	./scripts/release.sh '$(VERSION)'

lint: ## Run golangci-lint (built from source the first time)
	go run $(LINTER) run ./...

bench: build ## Measure speed and memory against the goals and the commit before (BENCH=name BASE=commit ROUNDS=6)
	go run ./scripts/bench -run '$(BENCH)' -base '$(BASE)' -rounds $(ROUNDS)
	test '$(BENCH)' != . || go run ./scripts/loaddriver -binary bin/purpose

bench-credit: ## Tell rules that help from rules that harm, and sets that harm from those that do not
	go run ./scripts/benchcredit

prove: build ## Measure every target of learning in unseen worlds; some twenty minutes
	go run ./scripts/prove $(PROVE)

prove-model: build ## Measure a connected language model (MODEL=provider:model; none: the tests' very small one)
	go run ./scripts/prove -with-model -model '$(MODEL)' $(PROVE)

anchors: build ## Measure what is learned in public environments that pip installs; some hours (ANCHORS="-quick": two seeds)
	go run ./scripts/anchors $(ANCHORS)

peers: ## Measure eino, LangGraph and purpose-agent at the same work beside ours; 15 minutes (PEERS=-write: into docs)
	go run ./scripts/peers $(PEERS)

demo: build ## Show learning: first and last 10 of 100 tasks, rules on and off
	./bin/purpose demo

screenshots: build ## Take the README's screenshots anew
	go run ./scripts/screenshots

contract: ## Hold the API to its OpenAPI description with generated requests, for 3 minutes
	./scripts/contract.sh 180

soak: ## Fuzz each parser for a minute, hold the API to its description for an hour, run the tests again and again
	./scripts/soak.sh
