# All that a contributor needs. On a fresh Debian with Python 3.11, `make test` sets up the rest.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SERVABLE := $(VENV)/.servable
DEMO := examples/demo/development.ini

.PHONY: help test test-all lint format demo bench chaos clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

# What waits for processes in one worker leaves a processor for the other tests (tests/conftest.py).
test: lint  ## lint, then every test but the slow ones
	$(BIN)/pytest -n 2 --dist loadscope -m "not slow" --hypothesis-profile=the-same

test-all: lint  ## lint, then every test
	$(BIN)/python -m pip install --quiet --editable '.[bench]' \
	  || echo "make: matplotlib could not be installed; the test of the picture will be skipped"
	$(BIN)/pytest -n 2 --dist loadscope --hypothesis-profile=drawn-anew

lint: $(INSTALLED)  ## ruff and mypy --strict, as pyproject.toml says
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED)  ## put the code into ruff's format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

demo: $(SERVABLE)  ## serve the example application until Ctrl+C
	@echo "The example: http://localhost:6543. Its runs, from another terminal:"
	@echo "    $(BIN)/pscheduler runs $(DEMO)"
	@$(BIN)/pserve $(DEMO)

# Only what the example needs: nothing is compiled, and it serves within a minute.
$(SERVABLE): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[demo]'
	touch $@

bench: $(INSTALLED)  ## measure us and our peers side by side, about three quarters of an hour
	$(BIN)/python -m benchmarks

chaos: $(INSTALLED)  ## faults against real processes: ten seeds on every store, half an hour each
	$(BIN)/python -m tests.chaos --seconds 120 --seed 1 --seed 2 --seed 3 --seed 4 --seed 5 \
	  --seed 6 --seed 7 --seed 8 --seed 9 --seed 10

clean:  ## remove the environment, what was built and the caches
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Everything that the tests need, anew whenever pyproject.toml changes. The three servers of the
# loop may be impossible on this machine: their tests are then skipped, and say so. The
# sdist has the `schedule` library's own tests in it, which our drop-in for it has to pass.
$(INSTALLED): pyproject.toml .ci/system-packages
	PYTHON=$(PYTHON) .ci/system-packages
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	for server in postgresql uwsgi mod-wsgi; do \
	  $(BIN)/python -m pip install --quiet --editable ".[test-$$server]" \
	    || echo "make: $$server could not be installed; its tests will be skipped"; \
	done
	$(BIN)/python -m pip download --quiet --no-deps --no-binary :all: --dest $(VENV)/oracles \
	  schedule==1.2.2 || echo "make: the schedule library's own tests are not there; skipped"
	touch $@
