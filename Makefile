# policytrack: every target sets up what it needs in .venv; only Python 3.11+ with venv, and make, have to be there.
.DEFAULT_GOAL := help
.PHONY: help setup demo check format lint types test soak docs site man docs-check wheel-check image-files licences sbom lock bench clean

PYTHON ?= python3
VENV ?= .venv
EVENTS ?= 1000000
IMAGE_PYTHON ?= 3.13
FUZZ_SECONDS ?= 600
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SPARK := $(VENV)/.spark
SITE := $(VENV)/site
ORACLES := $(VENV)/oracles
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 22

$(STAMP): pyproject.toml constraints.txt
	@echo 'Setting up $(VENV) …' >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement constraints.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(PIP) check
	@touch $@

setup: $(STAMP) ## the virtual environment

demo: $(STAMP) ## the demo ledger: capacity, pending and holdings, now and as known in January 2025
	@rm -rf demo
	@$(BIN)/policytrack init demo --demo
	@for question in 'capacity --activity rare-earth-separation' 'pending --country CN' \
	    'holdings --activity rare-earth-separation --status pending' \
	    'pending --country CN --as-of 2025-01-31 --known-at 2025-01-31'; do \
	  echo; echo "$$ policytrack -C demo $$question"; \
	  $(BIN)/policytrack -C demo $$question --format table || exit 1; \
	done
	@echo; $(BIN)/policytrack -C demo report -o demo/report.html

check: format lint types licences test docs-check wheel-check ## everything that CI runs
	@echo 'All checks passed.'

format: $(STAMP)
	@$(BIN)/ruff format --check --quiet . || { echo 'run: $(BIN)/ruff format .' >&2; exit 1; }

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/lint-imports --no-cache

types: $(STAMP)
	@$(BIN)/mypy

test: $(STAMP) ## the test suite
	@$(BIN)/pytest -n 3 --dist worksteal # one more than the cores of CI: some tests wait for a server or a browser

# Spark is large and needs Java; its tests skip without it.
$(SPARK): $(STAMP) constraints-spark.txt
	@if command -v java >/dev/null; then $(PIP) install --require-hashes --requirement constraints-spark.txt; \
	  else echo 'Java is not installed: the tests of Spark will skip' >&2; fi
	@touch $@

# Libraries that tests compare policytrack with: beside the environment, since some have other versions of its packages.
$(ORACLES)/.ready: $(STAMP) constraints-oracles.txt
	@$(PIP) install --require-hashes --no-deps --upgrade --target $(ORACLES) --requirement constraints-oracles.txt
	@touch $@

soak: $(SPARK) $(ORACLES)/.ready ## longer fault and oracle runs; each fuzzer runs for FUZZ_SECONDS (600) and saves what fails
	@FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest -m soak -n 2

docs: $(STAMP) ## regenerate the generated pages, schemas and README sessions
	@$(BIN)/python tools/docs/generate.py

# In an environment of its own: its packages are no part of policytrack.
$(SITE)/.ready: $(STAMP) constraints-site.txt
	@$(PYTHON) -m venv $(SITE)
	@$(SITE)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement constraints-site.txt
	@touch $@

site: $(SITE)/.ready ## the documentation as a static site with a search, in dist/site; fails for a broken link
	@NO_MKDOCS_2_WARNING=1 $(SITE)/bin/python tools/doc_site.py dist/site
	@echo 'Read it with: python3 -m http.server --directory dist/site'

man: $(STAMP) ## a manual page for each command, in dist/man
	@$(BIN)/python tools/man_pages.py dist/man

docs-check: $(STAMP) ## say which generated pages are stale
	@$(BIN)/python tools/docs/generate.py --check

wheel-check: $(STAMP)
	@BIN=$(BIN) PYTHON=$(PYTHON) ./tests/wheel_check.sh

# For the Python of the image, which need not be that of this environment.
image-files: $(STAMP) ## what the Dockerfile installs, in dist/image: the wheel and the pinned files of its dependencies
	@rm -rf dist/image && mkdir -p dist/image
	@$(BIN)/python tools/supply_chain.py locked serve > dist/image/requirements.txt
	@$(PIP) download --require-hashes --no-deps --only-binary :all: --python-version $(IMAGE_PYTHON) \
	  --requirement dist/image/requirements.txt --dest dist/image
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist/image . >/dev/null

licences: $(STAMP) ## the licence of each dependency; fails for one that is not allowed
	@$(BIN)/python tools/supply_chain.py licences

sbom: $(STAMP) ## a bill of materials of what users install, in dist/sbom.cdx.json (CycloneDX)
	@mkdir -p dist
	@$(BIN)/python tools/supply_chain.py sbom > dist/sbom.cdx.json

lock: ## pin every dependency with the hashes of its files, in constraints.txt; needs uv
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --all-extras \
	  --custom-compile-command 'make lock' --output-file constraints.txt pyproject.toml
	@echo mkdocs-material | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command 'make lock' --output-file constraints-site.txt -
	@printf 'duckdb-cli\nedtf\nipykernel\nnbclient\npycountry\npython-stdnum\nsqlglot\n' | uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command 'make lock' --output-file constraints-oracles.txt -

bench: $(STAMP) ## speed and memory, as ratios to yardsticks in the same run (EVENTS=1000000)
	@$(BIN)/python benchmarks/run.py --events $(EVENTS)

clean: ## remove what was built
	@rm -rf $(VENV) dist build demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
