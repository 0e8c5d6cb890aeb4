# A fresh machine needs Python 3.11 or newer and make, then one of two commands:
#   make demo   the whole main job on invented people, then a served instance to look at
#   make test   every check that CI runs
# The environment lives in .venv; `make clean` takes it away. Nothing below runs twice unless what it depends on changed.

VENV := .venv
BIN := $(VENV)/bin
CONSTRAINED := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Where a build would fetch its tools unpinned, the environment brings its own, pinned.
EDITABLE := $(CONSTRAINED) --no-build-isolation --editable
PINNED := pyproject.toml constraints.txt

# What is compiled is kept: the tests start many a program, and compiling anew costs more than it does.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test promises environment machine lint format catalogues language migration pins clean

help:
	@echo "make demo         the whole main job on invented people, then a served instance (ARGS=... reaches consult demo)"
	@echo "make test         every check that CI runs: style, types, import floors, tests"
	@echo "make promises     the tests that hold the ten promises, and each of them failing with its mechanism switched off"
	@echo "make environment  .venv with the test tools"
	@echo "make machine      find or install the browser and the PostgreSQL server that the tests need"
	@echo "make lint         style, types and import floors only"
	@echo "make format       let ruff lay out the code and mend what it safely can"
	@echo "make catalogues   take new interface texts into translations/, unused ones out"
	@echo "make language     begin a language: CODE=hi NAME='हिन्दी' DIRECTION=ltr"
	@echo "make migration    a draft of the step from the newest migration to the models: WHAT='add the day of a visit'"
	@echo "make pins         newest versions that pyproject.toml allows into constraints.txt and requirements.lock"
	@echo "make clean        remove the environment and every cache"

demo: $(VENV)/runs
	$(BIN)/consult demo $(ARGS)

test: lint machine
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal

promises: machine
	$(BIN)/python -m tools.promises

lint: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pip check

format: $(VENV)/tested
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

environment: $(VENV)/tested

machine: $(VENV)/tested
	@$(BIN)/python tools/machine.py

# Stamps: runs = what the application needs · tested = the tools as well.
$(VENV)/runs: $(PINNED) | $(BIN)/python
	$(CONSTRAINED) "hatchling" "babel"
	$(EDITABLE) .
	@touch $@

$(VENV)/tested: $(PINNED) | $(VENV)/runs
	$(EDITABLE) ".[test,build]"
	@touch $@

$(BIN)/python:
	@sh tools/make_venv.sh $(VENV) "$(PYTHON)"

catalogues: $(VENV)/tested
	sh tools/catalogues.sh $(BIN)/pybabel

language: $(VENV)/tested
	$(BIN)/python tools/new_language.py $(BIN)/pybabel "$(CODE)" "$(NAME)" $(or $(DIRECTION),ltr)
	sh tools/catalogues.sh $(BIN)/pybabel

migration: $(VENV)/tested
	$(BIN)/python tools/new_migration.py "$(WHAT)"

pins: $(VENV)/tested
	$(EDITABLE) ".[pins]"
	sh tools/pins.sh $(BIN)/uv

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
