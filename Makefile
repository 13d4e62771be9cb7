# `make run` starts the bot, `make test` proves it. Each does everything itself on a machine with Python 3.11+.
#
#   VENV=DIR     the virtual environment to use or make (.venv)
#   PYTHON=EXE   the Python to make it with (python3)
#   ARGS=...     more arguments: make run ARGS="--port 9000"; make test ARGS="tests/test_cli.py"
#
# `make test` has everything that guards everyday behaviour, on all cores; `make slow` adds what is slow and rare, and
# `make check` what needs no test.

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# Always with the constraints: left to itself, pip fetches the newest torch, whatever it breaks.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run test slow cluster torture check format fuzz clean

run: $(VENV)/.installed
	$(BIN)/omost-bot run $(ARGS)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" $(ARGS)

slow: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m "(slow or hypothesis) and not cluster" --hypothesis-profile=thorough $(ARGS)

# A real Ray, which starts a dozen processes and gives up where they take half a minute: on a machine with idle cores.
cluster: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 0 -m cluster tests/contract/test_engine_on_ray.py tests/engine/test_ray_cluster.py $(ARGS)

# All of what `make slow` tries a seeded tenth of: kill -9 at every step of a job and at 200 moments, and every fault.
torture: $(VENV)/.installed-dev
	TORTURE_SHARE=1 $(BIN)/python -m pytest -n auto tests/torture $(ARGS)

# What is known to be vulnerable among the pinned packages, where the database can be reached.
audit: $(VENV)/.installed-dev
	$(BIN)/python -m tests.audit

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Not part of the tests, as it takes a quarter of an hour or more: a million damaged replies for the parser, and a
# thousand replies of a model that knows nothing.
fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m tests.fuzz.hostile_text 1000000
	$(BIN)/python -m tests.fuzz.random_model 1000

clean:
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Installed again only when what is to be installed has changed.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e ".[all]"
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e ".[all,dev]"
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make virtual environments (on Debian: apt install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
