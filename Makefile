# Every command of the project; `make` alone lists them. The only prerequisites are Python 3.11 or newer and make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
NOTEBOOKS := $(sort $(wildcard notebooks/[0-9][0-9]_*.py))

.DEFAULT_GOAL := help
.PHONY: help venv book test smoke bench notebooks readme lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(READY)  ## set up .venv with the locked dependencies and the package

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, but $(PYTHON) is %d.%d; name another one, as in: make PYTHON=python3.12" % sys.version_info[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

book: venv  ## run the notebooks that changed and build the book (FORCE=1 runs all of them)
	$(BIN)/freqlib build $(if $(FORCE),--force)

test: venv  ## check the style and run the tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pytest

smoke: venv  ## run every notebook in its shortest form
	$(BIN)/freqlib run --profile smoke

bench: venv  ## run the benchmarks; each prints a table of ratios (KEEP=1 also writes them to benchmarks/results)
	@set -e; for script in $(filter-out benchmarks/timing.py,$(wildcard benchmarks/*.py)); do \
		echo "== $$script"; $(BIN)/python "$$script" $(if $(KEEP),--keep); done

notebooks: venv $(NOTEBOOKS:.py=.ipynb)  ## write the .ipynb of each notebook from its .py, without outputs

notebooks/%.ipynb: notebooks/%.py
	$(BIN)/jupytext --quiet --to ipynb --output $@ $<
	$(BIN)/nbstripout $@

readme: book  ## write the README's picture and tables anew from data/results and the book
	$(BIN)/python book/front.py

lock: venv  ## resolve requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras --upgrade \
		--no-header --no-annotate --no-emit-index-url --output-file requirements.lock

clean:  ## remove what was built; fetched data, trained and half-done things and the environment stay
	rm -rf _build book/notebooks book/_generated .pytest_cache .ruff_cache
	test ! -d .cache || find .cache -mindepth 1 -maxdepth 1 ! -name progress ! -name checkpoints -exec rm -rf {} +
