# The few verbs; each does its own set-up. `make` alone lists them.
.PHONY: help demo test lab lock bench test-recovery notebooks site set-up set-up-spark set-up-pdf set-up-site set-up-browser test-browser clean
BIN := .venv/bin

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' Makefile

demo: set-up ## customer lifetime value of 23,570 real customers: ends with a report
	@$(BIN)/cxlab run cltv --data cdnow

test: set-up set-up-spark set-up-pdf set-up-site set-up-browser ## every test: the package, its examples, all notebooks re-run and compared, a lesson in Chromium
	@$(BIN)/python -m pytest -n 2 --dist loadfile --nbval --nbval-current-env tests cxlab notebooks
	@$(BIN)/python -m pytest -m browser tests/browser/test_lab.py

lab: set-up ## open JupyterLab on the index of lessons, studies and data sets
	@$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" notebooks/00-start-here.ipynb

notebooks: set-up ## link lessons to the glossary, re-execute every notebook in place, and re-make the index
	@$(BIN)/python -m cxlab.learn.glossary --link
	@find notebooks/*/ -name '*.ipynb' -not -path '*/.*' -not -path '*/runs/*' -exec $(BIN)/cxlab notebook refresh {} +
	@$(BIN)/python -m cxlab.learn.index

site: set-up set-up-site ## all of it to read in a browser, without a kernel and offline: build/site/html/index.html
	@$(BIN)/python -m docs.site.build

test-browser: set-up set-up-site ## lessons, site and report in Chromium: run, moved, answered, and reached by everybody
	@sh scripts/set-up-browser --needed
	@$(BIN)/python -m pytest -m browser tests/browser

test-recovery: set-up ## do 90 % intervals cover the truth? 100 simulated data sets per model (slow)
	@$(BIN)/python -m pytest -m slow tests

bench: set-up ## speed and quality beside the peers, measured side by side (slow)
	@$(BIN)/python benchmarks/run.py

lock: ## resolve pyproject.toml again into requirements.lock and the locks of the extras
	@sh scripts/make-lock --upgrade

set-up:
	@sh scripts/set-up

set-up-spark: set-up
	@sh scripts/set-up-spark

set-up-pdf: set-up
	@sh scripts/set-up-pdf

set-up-browser: set-up
	@sh scripts/set-up-browser

set-up-site: set-up
	@sh scripts/set-up-site

clean: ## remove the environments and caches; runs/ stays
	rm -rf .venv .venv-* .bench build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -type d -prune -exec rm -rf {} +
