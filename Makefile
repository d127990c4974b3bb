# make book   build the book             make test      the quick tests, a few minutes
# make lint   check style and layers     make test-all  all tests, those of the built book too
# make serve  look at the built book     make coverage  which lines the quick and all tests run
# make bench  measure speed, as ratios   make clean     remove what was built
# make lock   choose the versions anew, after a change in pyproject.toml
# make audit  bill of materials, and what is known against it; needs the network

BIN := .venv/bin
READY := .venv/ready
PORT ?= 8000
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUITABLE)' 2>/dev/null && echo $$p && break; done)

QUICK := not (book or browser or damage or cluster or slow)
TEST := $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

.PHONY: book test test-rest test-all coverage lint bench serve clean lock audit env
.DEFAULT_GOAL := book

env: $(READY)

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; none is on the PATH." \
		"Install one, or name it: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

book: $(READY)
	$(BIN)/jupyter-book build book -W -n --keep-going -q
	@echo "The book is in _build/html/index.html ('make serve' shows it)"

test: $(READY)
	$(TEST) -m "$(QUICK)"

test-rest: $(READY)
	$(TEST) -m "not ($(QUICK))"

test-all: test test-rest

coverage: $(READY)
	rm -f .coverage .coverage.*
	$(TEST) -m "$(QUICK)" -q --cov --cov-report=
	$(BIN)/coverage report --skip-covered --format=total | sed 's/^/Lines run by the quick tests, in percent: /'
	$(TEST) -m "not ($(QUICK))" -q --cov --cov-append --cov-report=
	$(BIN)/coverage report --skip-covered

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@for chapter in book/[0-9]*.md; do \
		$(BIN)/jupytext --quiet --to py:percent --output - $$chapter | \
		$(BIN)/ruff check --ignore D,E402,E501,B018 --stdin-filename $$chapter.py - || exit 1; done
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks

serve: $(READY)
	@echo "The book is at http://127.0.0.1:$(PORT), until Ctrl-C"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

clean:
	rm -rf _build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@echo "Stored results are kept; '$(BIN)/alsnb store --empty' removes them"

lock: $(READY)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra dev --output-file requirements.lock pyproject.toml

AUDIT := _build/audit/bin
audit: $(READY)
	$(BIN)/python -m venv --clear _build/audit
	$(AUDIT)/pip install --quiet --disable-pip-version-check --require-hashes -r .ci/audit.lock
	$(AUDIT)/cyclonedx-py requirements requirements.lock --output-file _build/materials.cdx.json
	@echo "The bill of materials is _build/materials.cdx.json"
	$(AUDIT)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.lock
