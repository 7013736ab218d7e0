# Everything a newcomer needs: `make demo` and `make test`. A second run is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo install test check format docs bench servers clean

demo: install ## start the simulated city and the whole service, print the page's address
	@$(BIN)/baotu demo $(ARGS)

install: $(VENV)/.installed

test: $(VENV)/.dev servers ## run every test, the real servers included
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev ## run every command block of README and docs, and write the reference
	$(BIN)/python scripts/reference.py
	$(BIN)/python -m pytest tests/docs $(ARGS)

bench: $(VENV)/.dev ## measure, each figure beside its reference in the same run
	@$(BIN)/baotu bench $(ARGS)

servers: ## install the real servers and peers that the tests talk to
	@scripts/servers

# The browser files are made by the build; `git clean` takes them away and this brings them back.
VENDOR := console/vendor/uPlot.esm.js

$(VENDOR): package-lock.json
	@rm -f $(VENV)/.installed

$(VENV)/.installed: $(VENDOR) pyproject.toml package-lock.json _build/backend.py
	@scripts/environment "$(PYTHON)" "$(VENV)"
	@PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@PYTHONWARNINGS=ignore $(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info console/vendor
