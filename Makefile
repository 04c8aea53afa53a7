# Every target does its own set-up. A fresh clone needs Python >= 3.11 with venv and pip, make, git >= 2.38, ssh-keygen.
#
# The environment is built in three steps, each with a stamp in .venv: pip installs uv by hash (the pip at hand, because
# giving .venv its own takes nine seconds more), uv installs requirements.lock by hash, and the project itself is
# installed as a copy. The tool must not be the checkout it judges, so a changed source file means a new copy: that stamp
# is named after the sources' checksum.

PACKAGES := counterseal pipelines serving scripts
VENV     := .venv
BIN      := $(VENV)/bin
PORT     ?= 8080
JOBS     ?= 2

modern   := import sys; sys.exit(sys.version_info < (3, 11))
usable   := import venv; from importlib.util import find_spec; assert find_spec("pip") or find_spec("ensurepip"); $(modern)
PYTHON   ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
              "$$p" -c '$(usable)' 2>/dev/null && echo "$$p" && break; done)

checksum := $(shell find $(PACKAGES) pyproject.toml -type f ! -path '*/__pycache__/*' 2>/dev/null \
              | LC_ALL=C sort | xargs cksum 2>/dev/null | cksum | tr -s '\t ' '--')
HAS_UV      := $(VENV)/.has-uv
HAS_LOCK    := $(VENV)/.has-lock
HAS_PROJECT := $(VENV)/.has-project-$(checksum)

UV_PIP  := $(BIN)/uv --quiet pip
PROJECT := --python $(BIN)/python --no-deps --no-index --no-build-isolation --reinstall-package counterseal
COMPILE := $(BIN)/uv --quiet pip compile --universal --python-version 3.11 --generate-hashes \
           --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install dev test attacks lint demo run example lock clean tools

help: ## Show this list
	@echo 'usage: make TARGET'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(HAS_PROJECT) ## Set up .venv: the locked libraries, and a copy of the project

dev: $(HAS_LOCK) ## The same, but the project editable in place (until the next target that installs)
	@echo '== install the project, editable'
	@rm -f $(VENV)/.has-project-*
	@$(UV_PIP) install $(PROJECT) --editable .

test: $(HAS_PROJECT) lint ## Lint, types, tests with coverage, and the kernel's floor
	@echo '== pytest'
	@$(BIN)/python -m pytest -q --numprocesses $(JOBS) --cov=counterseal --cov-report=
	@echo '== coverage of the kernel, at least 90 %'
	@$(BIN)/coverage report --include='counterseal/*' --fail-under=90

attacks: $(HAS_PROJECT) ## Attack everything for real, and print the table: attack, source, stopped by, result
	@$(BIN)/python -m tests.attacks

lint: $(HAS_LOCK) ## ruff and mypy
	@echo '== ruff check'
	@$(BIN)/ruff check --quiet
	@echo '== ruff format --check'
	@$(BIN)/ruff format --check --quiet
	@echo '== mypy'
	@$(BIN)/mypy --no-error-summary

demo: $(HAS_PROJECT) ## The whole story in a throw-away repository (KEEP=1 keeps it)
	@$(BIN)/counterseal demo $(if $(KEEP),--keep)

run: $(HAS_PROJECT) ## Serve the example on this machine's port 8080 (PORT=...)
	@$(BIN)/counterseal serve --example --port $(PORT)

example: $(HAS_PROJECT) ## Make the shipped example anew
	@$(BIN)/python -I -m scripts.example

lock: $(HAS_UV) ## Compile the locks from the *.in files (UPGRADE=1 moves to the newest releases)
	@echo '== compile the locks'
	@$(COMPILE) requirements.in -o requirements.lock
	@$(COMPILE) -c requirements.lock serving/requirements.in -o serving/requirements.lock
	@$(COMPILE) -c requirements.lock requirements-uv.in -o requirements-uv.lock

clean: ## Remove .venv, caches and reports
	@rm -rf $(VENV) .coverage .coverage.* htmlcov build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@for d in $(PACKAGES) tests benchmarks; do \
	    if [ -d "$$d" ]; then find "$$d" -type d -name __pycache__ -prune -exec rm -rf {} +; fi; done

tools:
	@command -v git >/dev/null || { echo 'error: git is missing; git 2.38 or newer is needed' >&2; exit 1; }
	@git version | awk '{ split($$3, v, "."); exit !(v[1] > 2 || v[1] == 2 && v[2] >= 38) }' \
	    || { echo "error: git 2.38 or newer is needed, this is $$(git version)" >&2; exit 1; }
	@command -v ssh-keygen >/dev/null || { echo 'error: ssh-keygen is missing; install OpenSSH' >&2; exit 1; }

$(HAS_UV): requirements-uv.lock | tools
	@[ -n '$(PYTHON)' ] || { echo 'error: no Python >= 3.11 with venv and pip found;' \
	    'install one, or name it: make $(or $(MAKECMDGOALS),install) PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c '$(usable)' || { echo 'error: $(PYTHON) is no Python >= 3.11 with venv and pip' >&2; exit 1; }
	@$(BIN)/python -c '$(modern)' 2>/dev/null || { echo "== create $(VENV) with $$('$(PYTHON)' -V)"; \
	    '$(PYTHON)' -m venv --clear --without-pip $(VENV); }
	@echo '== install uv by hash'
	@if '$(PYTHON)' -m pip --python $(BIN)/python --version >/dev/null 2>&1; \
	    then set -- '$(PYTHON)' -m pip --python $(BIN)/python; \
	    else $(BIN)/python -m ensurepip >/dev/null && set -- $(BIN)/python -m pip; fi; \
	    "$$@" --quiet --disable-pip-version-check install --require-hashes --only-binary :all: -r requirements-uv.lock
	@touch $@

$(HAS_LOCK): requirements.lock $(HAS_UV) | tools
	@echo '== install requirements.lock by hash'
	@$(UV_PIP) sync --python $(BIN)/python --require-hashes --no-build requirements.lock
	@rm -f $(VENV)/.has-project-*
	@touch $@

$(HAS_PROJECT): $(HAS_LOCK) | tools
	@echo '== install the project'
	@rm -f $(VENV)/.has-project-*
	@$(UV_PIP) install $(PROJECT) .
	@touch $@
