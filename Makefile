# Every target is a thin wrapper of a subcommand of `lecturebook`; `make help` lists them.
#   make article URL=examples/bpe-lecture/lecture.mp4 [WRITER=editor|local|openai] [CONFIG=my.yaml] [SET="a.b=c d.e=f"]

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
OPTIONS = $(if $(CONFIG),--config $(call quote,$(CONFIG))) $(foreach one,$(SET),--set $(call quote,$(one)))
# A value is handed to the shell in single quotes, so that an address with & or ; stays one word.
quote = '$(subst ','\'',$(1))'
need_url = $(if $(URL),,$(error Say which lecture: make $@ URL=<address or file>))
need_chapter = $(if $(CH),,$(error Say which chapter: make $@ URL=<address or file> CH=<number>))
lecturebook = @$(BIN)/lecturebook

export WRITER ENGINE MODEL

.DEFAULT_GOAL := help

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

article: $(READY) ## Turn a lecture into an article: URL=... [WRITER=editor|local|openai] [STRICT=1]
	$(need_url)$(lecturebook) article $(call quote,$(URL)) $(OPTIONS) $(if $(STRICT),--strict)

chapter: $(READY) ## Write one chapter afresh: URL=... CH=3 [NOTES="shorter"] [OVERWRITE=1]
	$(need_url)$(need_chapter)$(lecturebook) chapter $(call quote,$(URL)) $(call quote,$(CH)) $(OPTIONS) \
		$(if $(NOTES),--notes $(call quote,$(NOTES))) $(if $(OVERWRITE),--overwrite)

why: $(READY) ## Say what is out of date, and why: URL=...
	$(need_url)$(lecturebook) why $(call quote,$(URL)) $(OPTIONS)

serve: $(READY) ## Show the site on 127.0.0.1: URL=... [PORT=8000]
	$(need_url)$(lecturebook) serve $(call quote,$(URL)) $(OPTIONS) $(if $(PORT),--port $(call quote,$(PORT)))

setup: $(READY) ## Make the environment in .venv, and nothing else

check: $(READY_DEV) ## Run ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(READY_DEV) ## Run the tests, two files at a time
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: $(READY_DEV) ## Print the figures: time by stage, memory, word error rate, words kept
	$(BIN)/python bench/main_job.py $(ARGS)

lock: $(READY_DEV) ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra build \
		-o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra build \
		--group dev -c requirements.lock -o requirements-dev.lock

# A file with --extra-index-url or hashes of another platform is none of these: the locks hold names, versions
# and hashes, and where packages come from is the user's own pip configuration.
$(READY): requirements.lock pyproject.toml
	@sh tools/setup.sh requirements.lock $@

$(READY_DEV): requirements-dev.lock pyproject.toml
	@sh tools/setup.sh requirements-dev.lock $@
	@touch $(READY)

.PHONY: help article chapter why serve setup check test bench lock
