# `make demo` and `make test` work as the first command on a machine with python3 >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt lint types imports tests bench faults alert-score forecast-score chaos pins clean

help:  ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

setup: $(VENV)/run  ## install what a server, a meter and a screen need, into .venv

demo: $(VENV)/run  ## a server, 20 homes with 40 days of history, an alert; Ctrl-C ends it
	@$(BIN)/quilowatt demo

test: $(VENV)/dev  ## run all tests
	@scripts/system-packages tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: lint types imports tests  ## the whole gate: format, lint, types, imports, tests

fmt: $(VENV)/dev  ## format the code
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: $(VENV)/dev
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(VENV)/dev
	$(BIN)/mypy src

imports: $(VENV)/dev
	$(BIN)/lint-imports

tests: test

bench: $(VENV)/dev  ## measure speed, memory and disk against a bare C server; a quarter of an hour
	@scripts/system-packages bench
	$(BIN)/python bench/run.py

faults: $(VENV)/dev  ## months of readings gone wrong, and what bills become of them: docs/faults.md
	cd tests && ../$(BIN)/python -m faults --write ../docs/faults.md

alert-score: $(VENV)/dev forecast-score  ## how good alerts on real households are: docs/alerts.md
	cd tests && ../$(BIN)/python -m alert_score --write ../docs/alerts.md

forecast-score: $(VENV)/dev  ## how good forecasts of real households are: docs/forecast.md
	cd tests && ../$(BIN)/python -m forecast_score --write ../docs/forecast.md

chaos: $(VENV)/dev  ## kill servers and meters at random for longer than the tests do
	QUILOWATT_CHAOS_ROUNDS=100 $(BIN)/python -m pytest -m chaos -s --timeout=3600

pins: $(VENV)/dev  ## make requirements/*.txt anew from pyproject.toml
	$(PIP) install uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements/dev.txt

clean:  ## remove what make made
	rm -rf $(VENV) bench/build dist

$(BIN)/python:
	@scripts/system-packages venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: $(BIN)/python requirements/run.txt pyproject.toml
	@echo "installing quilowatt into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	@echo "installing what the tests need ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
