# `make run` opens the window on the sample picture, `make test` passes the tests, `make frozen` makes programs that need
# no Python. Each makes the environment it needs.
# Windows and everybody without make: README.md has the same steps as plain pip commands.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Stamp files: pip runs again only when the metadata or the pinned versions have changed.
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development

# Where the frozen build goes, and what makes it.
FROZEN := dist
FREEZE = $(BIN)/python -m PyInstaller

.PHONY: run test lint format frozen clean

run: $(RUNTIME)
	$(BIN)/qres-gui

test: $(DEVELOPMENT)
	$(BIN)/python -m pytest

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

frozen: $(if $(filter file,$(origin FREEZE)),$(DEVELOPMENT))
	$(FREEZE) --noconfirm --log-level WARN --distpath $(FROZEN) --workpath $(FROZEN)/work installer/qres.spec
	rm -rf $(FROZEN)/work

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "QRes needs Python 3.11 or later. Name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -e . -c constraints.txt
	touch $@

$(DEVELOPMENT): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -e '.[dev]' -c constraints.txt
	touch $(RUNTIME) $@
