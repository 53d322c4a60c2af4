# make book    build the book           make serve       show it
# make test    all that CI checks       make check-long  what takes longer
# make study   train what is missing of the recorded studies; book/status.md shows how far that is
# make summaries   write every summary of the records anew; trains nothing, needs the votes
# make bench   measure speed
#
# Settings, given as NAME=value:
#   PYTHON       which Python makes .venv (default python3; 3.11 or newer)
#   TORCH_INDEX  index to take torch and torchvision from first, such as the CPU-only one (see README)
#   WORKERS      how many tests run at once (default 2)
#   PORT, HOST   for make serve (default 8000 on this machine alone; HOST=0.0.0.0 lets a whole network read the book)
#   UNITS        for make study: which entries of its list, such as UNITS="cnn longer" (default: all)
#   MINUTES      for make study: stop clean after so long (default: when all is done)
#   RUNS         for make study: how many runs train at once, each in a process of its own (default 1)

PYTHON ?= python3
TORCH_INDEX ?=
WORKERS ?= 2
RUNS ?= 1
PORT ?= 8000
HOST ?= 127.0.0.1
REPO ?=

VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/installed
LOCK := requirements.lock
LOCKED_TORCH = $(shell grep -oE '^(torch|torchvision)==[0-9.]+' $(LOCK))

# One torch thread a worker: two workers with two threads each only wait for one another.
PYTEST := OMP_NUM_THREADS=1 $(RUN) -m pytest

.NOTPARALLEL:
.PHONY: help book serve test chromium lint types unit notebooks browser check-long bench study summaries pair palette bundle lock address clean

help:
	@sed -n '/^$$/q;s/^# \{0,1\}//p' Makefile

# Installing. The stamp is written last: an install that was broken off is taken up again.

$(STAMP): $(LOCK) pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "make: there is no $(PYTHON); install Python 3.11 or newer, or name yours: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $$($(PYTHON) -V) is too old; install Python 3.11 or newer, or name it: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { echo "make: $(PYTHON) cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(RUN) && $(RUN) -c '' 2> /dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(RUN) -m pip install --constraint $(LOCK) setuptools
	@if [ -n "$(TORCH_INDEX)" ]; then set -x; $(RUN) -m pip install --no-deps --index-url $(TORCH_INDEX) $(LOCKED_TORCH); fi
	$(RUN) -m pip install --constraint $(LOCK) --no-build-isolation --editable '.[book,test,text-offline]'
	$(RUN) -m pip check
	@touch $@

# The book. Always from nothing: a chapter that failed before, or whose inputs changed, must not pass from a cache.

book: $(STAMP)
	$(RUN) tools/pair.py --check
	rm -rf _build
	OMP_WAIT_POLICY=PASSIVE $(VENV)/bin/jupyter-book build . -W --keep-going
	$(RUN) tools/offline.py _build/html
	@echo "The book is at $(CURDIR)/_build/html/index.html; make serve shows it at http://localhost:$(PORT)/"

serve: $(STAMP)
	@test -f _build/html/index.html || { echo "make: the book is not built; run make book first." >&2; exit 1; }
	@echo "The book is at http://localhost:$(PORT)/ until you press Ctrl-C."
	@$(RUN) -m http.server $(PORT) --bind $(HOST) --directory _build/html > /dev/null 2>&1

# Checking. `make test` is all of these; the browser is looked for first, since its lack would come out last, and types are
# checked while the book is built, which keeps one core busy.

test: chromium lint unit notebooks
	set -e; $(MAKE) types & types=$$!; $(MAKE) book; wait $$types
	$(MAKE) browser

chromium: $(STAMP)
	@$(RUN) tools/chromium.py --install

lint: $(STAMP)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports --no-logo
	$(RUN) tools/pair.py --check
	$(RUN) tools/environment.py --check
	$(RUN) tools/address.py --check
	$(RUN) tools/palette.py --check
	$(RUN) tools/bundle.py --check

types: $(STAMP)
	$(RUN) -m mypy

unit: $(STAMP)
	$(PYTEST) -n $(WORKERS) -m "not long" --ignore tests/pages

notebooks: $(STAMP)
	SOFTLABEL_RUN=quick $(PYTEST) -n $(WORKERS) --dist loadfile --nbval-lax --nbval-cell-timeout 600 notebooks book

# A test that stands still fails by name after five minutes instead of holding the run.
BOUND = -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true
browser: $(STAMP)
	$(PYTEST) -n $(WORKERS) $(BOUND) tests/pages

check-long: $(STAMP) bench
	HYPOTHESIS_PROFILE=long $(PYTEST) -n $(WORKERS) --ignore tests/pages

bench: $(STAMP)
	set -e; for file in benchmarks/*.py; do echo "== $$file"; $(RUN) $$file; done

# Making: the study, and files that are made from others.

# The recorded studies in order of worth, as far as time and machine allow; it goes on where it was stopped.
study: $(STAMP)
	$(VENV)/bin/softlabel ladder $(UNITS) --workers $(RUNS) $(if $(MINUTES),--minutes $(MINUTES))

summaries: $(STAMP)
	$(VENV)/bin/softlabel summarise

pair: $(STAMP)
	$(RUN) tools/pair.py

palette: $(STAMP)
	$(RUN) tools/palette.py

# The interactive figures, from softlabel_book/interactive; needs Node.
bundle: $(STAMP)
	@command -v npm > /dev/null || { echo "make: there is no npm; install Node 20 or newer: it bundles the interactive figures." >&2; exit 1; }
	test -x tools/web/node_modules/.bin/prettier || npm --prefix tools/web ci --no-fund --no-audit
	npm --prefix tools/web run --silent format
	$(RUN) tools/bundle.py

address: $(STAMP)
	$(RUN) tools/address.py $(REPO)
	$(RUN) tools/pair.py

# Keeps what is locked and still fits; UPGRADE=1 takes the newest of everything.
lock: $(STAMP)
	$(RUN) -m pip install --quiet uv
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --fork-strategy fewest --all-extras --no-annotate \
	    --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) --quiet --output-file $(LOCK) pyproject.toml
	$(RUN) tools/environment.py

clean:
	rm -rf _build .venv
