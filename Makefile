# Every target makes the environment first; `make help` lists them.
SHELL := bash
# A Python that has a package set, and the set, a file of constraints/.
PYTHON ?= $(shell for p in python3.11 python3.13 python3; do \
	$$p -c '' 2> /dev/null && echo $$p && break; done)
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
ifeq ($(PYTHON),)
$(error there is no Python here, install Python 3.11)
endif
ifndef SET
SET := $(shell $(PYTHON) constraints/choose.py 2>&1)
ifneq ($(words $(SET)),1)
$(error $(SET))
endif
endif
endif
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/$(SET).installed

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | \
		while IFS=$$'\t' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

install: $(READY) ## make the environment in .venv

$(READY): constraints/$(SET).txt setup.py
	$(PYTHON) -m venv --clear $(VENV)
	@# Each set is complete, so nothing is left to resolve.
	$(BIN)/pip install --no-deps --use-pep517 -r constraints/$(SET).txt
	$(BIN)/pip install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## photos in, recommendations out: all steps, then a report
	PATH="$(abspath $(BIN)):$$PATH" ./demo.sh

test: $(READY) ## run the tests
	$(BIN)/python -m pytest $(ARGS)

lint: $(READY) ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## check types
	$(BIN)/mypy

clean: ## remove environments and runs
	rm -rf .venv* runs build *.egg-info
