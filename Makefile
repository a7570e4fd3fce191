# AMC Manager. `make help` lists what can be done; nothing needs a step before it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DATES = $(BIN)/python -m pytest -n auto --maxprocesses=4 --dist loadfile -m dates -q

.PHONY: help setup run scheduler sandbox test test-moments test-fast check format bench e2e clean

help: ## List the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make .venv with everything (run again after requirements changed)

$(STAMP): requirements.txt requirements-dev.txt constraints.txt
	@$(PYTHON) -c 'import sys; v=sys.version_info; sys.exit(0 if v>=(3,11) else f"AMC Manager needs Python 3.11 or newer, this is {v[0]}.{v[1]}. Install python3.11 and python3.11-venv, or call make with PYTHON=/path/to/python3.11.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "The virtual environment could not be made. On Debian: apt-get install python3.11-venv"; exit 2; }
	@echo "Installing the libraries into $(VENV) (about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 \
	  && $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements-dev.txt \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(STAMP)

run: $(STAMP) ## Open the app: local AMC, scheduler and app in one console (Ctrl-C ends all)
	@$(BIN)/python -m amc up

scheduler: $(STAMP) ## Only the scheduler process
	@$(BIN)/python -m amc.scheduler

sandbox: $(STAMP) ## Only the local AMC
	@$(BIN)/python -m amc.sandbox

test: $(STAMP) ## Every test
	@$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist loadfile

test-moments: $(STAMP) ## The tests that touch dates, at three other moments in three zones
	@$(DATES) --moment 2028-02-29T12:00:00Z --zone Pacific/Auckland
	@$(DATES) --moment 2027-03-14T06:00:00Z --zone America/New_York
	@$(DATES) --moment +400d --zone Asia/Kolkata

test-fast: $(STAMP) ## Unit tests only
	@$(BIN)/python -m pytest tests/unit

check: $(STAMP) ## Lint, format, types, import contracts, templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m amc templates check

format: $(STAMP) ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

bench: $(STAMP) ## Benchmarks: value, floor and ratio (NAME=one of benchmarks/)
	@$(BIN)/python -m benchmarks $(NAME)

e2e: $(STAMP) ## The browser tests alone (needs Chromium)
	@$(BIN)/python -m pytest tests/browser

clean: ## Remove what can be made again (never data/)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
