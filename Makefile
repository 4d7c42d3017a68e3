# One-line doors; each does its own set-up in .venv and reuses it while pyproject.toml is unchanged.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test lint bench workbooks clean

help:       ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /make \1: /p' Makefile

demo: .venv/with-nothing         ## the main job on the built-in sample
	$(BIN)/aram-xl demo

test: .venv/with-test            ## all tests; installs LibreOffice from Debian packages where it can
	tools/install_libreoffice.sh $(BIN)/python
	$(BIN)/pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: .venv/with-lint            ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/with-bench          ## side by side with peers
	$(BIN)/python -m benchmarks

workbooks: .venv/with-nothing    ## build every template
	$(BIN)/python -m workbooks

clean:      ## remove the environment and what tools left
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

.venv/bin/python:
	tools/make_venv.sh $(PYTHON) .venv

.venv/with-nothing: pyproject.toml | .venv/bin/python
	$(PIP) --editable .
	@touch $@

.venv/with-%: pyproject.toml | .venv/bin/python
	$(PIP) --editable '.[$*]'
	@touch $@
