# The one list of commands; `make` alone prints it.

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

CARGO_TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
ifeq ($(filter /%,$(CARGO_TARGET_DIR)),)
override CARGO_TARGET_DIR := $(CURDIR)/$(CARGO_TARGET_DIR)
endif
export CARGO_TARGET_DIR
# Where the test from outside finds its Python client.
export MG_TEST_VENV ?= $(CARGO_TARGET_DIR)/client-venv

mg := "$(CARGO_TARGET_DIR)/debug/mg"

.PHONY: help setup demo test lint bench conformance trials check doctor secrets build test-run

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing: Postgres, Chromium, build tools
	@scripts/setup.sh

demo: build ## Show the whole platform; PORT=9000 and ARGS="--data DIR" are passed on
	@exec $(mg) demo $(if $(PORT),--port $(PORT)) $(ARGS)

test: ## Install what is missing, lint, run every test
	@scripts/setup.sh --test
	@$(MAKE) lint
	@$(MAKE) test-run

lint: ## Check formatting, clippy and, where it is installed, cargo-deny
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@scripts/deny.sh

bench: ## Measure; prints ratios
	@scripts/setup.sh --test
	@scripts/bench.sh

conformance: ## Run the protocol's official suite and the Inspector (needs npm)
	@scripts/conformance.sh

trials: ## Run the tests with their long trials
	@scripts/setup.sh --test
	@MG_TRIALS=long $(MAKE) test-run

check: build ## Check configuration, models and DAGs without starting anything
	@$(mg) check $(ARGS)

doctor: build ## Check this machine, and say how to mend what is wrong
	@$(mg) doctor $(ARGS)

secrets: ## Make the secret files that docker compose needs
	@scripts/secrets.sh

# The whole workspace: for `-p mg` alone cargo would choose other features and the tests
# would build their dependencies again.
build: setup
	cargo build --workspace

test-run:
	@if cargo nextest --version >/dev/null 2>&1; then \
		set -x; cargo nextest run --workspace $(ARGS) && cargo test --quiet --workspace --doc; \
	else \
		set -x; cargo test --workspace --all-targets $(ARGS) && cargo test --quiet --workspace --doc; \
	fi
