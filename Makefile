# Every target works from a fresh clone: the environment is made on first use.
# PYTHON=python3.11 chooses the interpreter, VENV=DIR another environment.
PYTHON ?= python3
VENV ?= .venv
DOCS_VENV ?= .venv-docs
ARGS ?=

BIN := $(VENV)/bin
READY := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo figures test lint format bench prove docs clean

help:  ## list the targets
	@grep -E '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(READY): requirements/pinned.txt requirements/common.txt setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements/pinned.txt
	$(BIN)/python -m pip install --no-build-isolation --no-deps -e .
	touch $@

demo: $(READY)  ## pretrain, fine-tune and test on rendered videos: table and figure
	$(BIN)/python -m tools.experiments.demo $(ARGS)

# One thread per worker: two workers with two threads each only slow each other.
test: $(READY)  ## the test suite; ARGS="-m slow" for the slow ones
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(READY)  ## ruff's rules and format, nothing is changed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY)  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

figures: $(READY)  ## every picture of docs/pictures.md from the demo's checkpoints
	$(BIN)/python -m tools.experiments.figures $(ARGS)

bench: $(READY)  ## time and memory beside the stock pipeline and step
	$(BIN)/python -m tools.experiments.benchmark $(ARGS)

# ARGS="default oldest" for some sets; python3.10, 3.11 and 3.13 must be on the path.
prove:  ## docs/proven_sets.md: the tests of every set of packages, in empty environments
	$(PYTHON) -m tools.experiments.prove_sets $(ARGS)

$(DOCS_VENV)/.installed: requirements/docs.txt
	$(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install -r requirements/docs.txt
	touch $@

docs: $(DOCS_VENV)/.installed  ## the site of docs/, into site/; a dead link is an error
	NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/python -m mkdocs build --strict $(ARGS)

# Data, work_dirs and checkpoints are never touched.
clean:  ## remove build products and caches
	rm -rf build dist site *.egg-info .pytest_cache .ruff_cache
	find stcr_mmaction tools tests configs -type d -name __pycache__ -prune \
	  -exec rm -rf {} +
