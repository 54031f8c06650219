# Loa Thôn. `make demo` and `make test` need only Python 3.11 or newer, make, and a way to install packages.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo run test lint format bench pictures constraints clean

demo: $(READY)
	$(BIN)/loa demo $(ARGS)

run: $(READY)
	$(BIN)/loa run

test: $(READY)
	$(BIN)/python -m tests.tools
	$(BIN)/pytest --numprocesses auto --dist worksteal $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

# The README's pictures, as the browser tests see the pages.
pictures: $(READY)
	$(BIN)/python -m tests.tools
	$(BIN)/pytest tests/browser
	$(BIN)/python -m tests.browser.pictures

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Loa Thôn needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	touch $(READY)

# Pins without addresses; run it after changing dependencies in pyproject.toml.
constraints:
	uv pip compile --quiet --no-emit-index-url --no-header --no-annotate --python-version 3.11 --universal \
		--group dev --output-file constraints.txt pyproject.toml

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-artefacts
