# make setup   builds .venv          make demo   runs the default study end to end
# make test    runs every check      make bench  measures speed, and the attacks beside others
PYTHON ?= python3
CORES ?= 2
BIN := .venv/bin
# Everything has a hash. What has no wheel is built with the pinned setuptools: in isolation, pip would
# fetch another one, without a hash.
PIP := $(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation

.PHONY: setup setup-dev demo test lint bench requirements clean

setup: .venv/runtime
setup-dev: .venv/dev

.venv/runtime: requirements-build.txt requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: Python 3.11 or later is needed, found " + sys.version.split()[0])'
	$(PYTHON) src/aip/run/place.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -r requirements-build.txt
	$(PIP) -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# The pins are complete. With dependency checks, pip would refuse what pyproject.toml overrides.
.venv/dev: requirements-dev.txt .venv/runtime
	$(PIP) --no-deps -r requirements-dev.txt
	touch $@

demo: setup
	$(BIN)/snakemake --cores $(CORES) --configfile configs/demo.yaml

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

# The tests of a file share what they set up, so they stay in one process.
test: lint
	$(BIN)/pytest --numprocesses $(CORES) --dist loadfile

bench: setup-dev
	$(BIN)/python bench/gradient.py
	$(BIN)/python bench/bootstrap.py
	@if test -e results/demo/recognisers/small/svm.h5; then \
	  $(BIN)/python bench/peers.py; \
	else \
	  echo "bench/peers.py needs the default study's results: run make demo before make bench"; \
	fi

# The pins, from the loose ranges in pyproject.toml; needs uv.
requirements:
	for extra in "" "--extra dev"; do \
	  uv pip compile pyproject.toml $$extra --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements" \
	    --output-file requirements$${extra:+-dev}.txt --quiet; \
	done
	$(BIN)/python envs/pin.py

clean:
	rm -rf results .snakemake
