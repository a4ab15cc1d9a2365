# make demo    everything from nothing: install, run the sample calls, say where to look
# make test    everything that is tested, on a fresh machine too
# make check   what has to be clean before a commit

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= out/demo
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test check check-style format clean

demo: $(VENV)/.installed
	$(BIN)/qa run data/samples/calls.csv --out $(OUT) --pipeline pipelines/sample.yaml
	@echo
	@echo "Open in a browser:  $(OUT)/pages/index.html"
	@echo "As a table:         $(BIN)/qa export $(OUT) --table scores"

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest -m slow -n 0 -s

check: check-style
	$(BIN)/python -m pytest

check-style: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) out

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("callqa needs Python 3.11 or newer: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# Resemblyzer is installed for its weights alone: its own requirements need a C compiler and an
# old setuptools, and its code is never imported.
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --constraint constraints.txt --editable '.[bundled]'
	$(PIP) --no-deps Resemblyzer==0.1.4
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	touch $@
