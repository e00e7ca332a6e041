# Everything one needs to do with this repository. Needs a shell, make and Python 3.11 or newer; the rest is fetched once.

UV_VERSION := 0.13.9
WORKERS ?= 2

# uv of this repository, else an installed one that is new enough, else `make setup` fetches it.
TOOLS_UV := .venv-tools/bin/uv
UV := $(shell if [ -x $(TOOLS_UV) ]; then echo $(TOOLS_UV); \
	elif uv --version 2>/dev/null | grep -Eq '^uv (0\.(1[3-9]|[2-9][0-9])|[1-9])'; then echo uv; \
	else echo $(TOOLS_UV); fi)
# An installed uv is not a file to make.
UV_FILE := $(filter $(TOOLS_UV),$(UV))
# The distribution's own Python, if it is new enough and whole: it is built with profile-guided optimization, one of pyenv usually is not,
# and everything is a quarter slower in that. `make setup PYTHON=...` takes another, `PYTHON=` whichever uv finds.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ctypes, lzma, sqlite3, ssl, sys; \
	print(sys.executable if sys.version_info >= (3, 11) else "")' 2>/dev/null)
RUN := $(UV) run --frozen
PARALLEL := $(MAKE) --no-print-directory -k -j$(WORKERS) $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
PYTEST := $(RUN) pytest -n $(WORKERS) --dist worksteal -q

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench bench-peers docs mutants format lint types contracts

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | \
		while IFS='|' read -r target text; do printf '%-16s %s\n' "$$target" "$$text"; done

setup: .venv/.ready ## fetch the tools and libraries of the lock file (every other target does this first)

# Only when the lock file or the project changed; `uv sync` itself is exact and repeatable.
.venv/.ready: uv.lock pyproject.toml | $(UV_FILE)
	$(UV) sync --frozen --all-groups $(if $(PYTHON),--python $(PYTHON))
	@touch $@

$(TOOLS_UV):
	@echo "Fetching uv $(UV_VERSION) into .venv-tools"
	@rm -rf .venv-tools
	@if python3 -m venv .venv-tools 2>/dev/null; then \
		.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	elif python3 -m pip --version >/dev/null 2>&1; then \
		python3 -m pip install --quiet --disable-pip-version-check --target .venv-tools uv==$(UV_VERSION); \
	fi || true
	@if [ ! -x $@ ]; then \
		rm -rf .venv-tools; \
		echo "uv could not be fetched: python3 has neither a working venv nor pip, or the network does not answer." >&2; \
		echo "Install uv $(UV_VERSION) by hand (https://docs.astral.sh/uv/) and run this again." >&2; \
		exit 1; \
	fi

demo: setup ## a tour: goods in, sold, a late invoice, and books that stay right
	@$(RUN) python -m everstock.project.tour

test: setup ## everything: style, types, import contracts, all tests, the examples of the documentation
	@$(PARALLEL) lint types contracts docs
	$(PYTEST)

check: setup ## the fast part of `make test`, for while you work
	@$(PARALLEL) lint types contracts
	$(PYTEST) -m "not slow" --examples 0.2

bench: setup ## measure speed on this machine
	$(RUN) everstock bench

bench-peers: setup ## measure buying and selling beside Tryton, which is fetched from PyPI into .bench-peers
	$(RUN) python bench/peers/tryton/compare.py

docs: setup ## build the documentation into site/
	$(RUN) zensical build --clean --strict

mutants: setup ## break the engine on purpose and see that the tests notice
	$(RUN) python tests/mutants/run.py

format: setup ## format the code and mend what can be mended by rule
	$(RUN) ruff format
	$(RUN) ruff check --fix

lint: setup
	$(RUN) ruff check
	$(RUN) ruff format --check

types: setup
	$(RUN) mypy

contracts: setup
	$(RUN) lint-imports --no-logo
