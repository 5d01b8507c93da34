# Every target is a thin wrapper of a subcommand of `lecturebook`; `make help` lists them.
#   make article URL=examples/bpe-lecture/lecture.mp4 [WRITER=editor|local|openai] [CONFIG=my.yaml] [SET="a.b=c d.e=f"]

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_AUDIT := .venv-audit/.ready
READY_WHISPER := $(VENV)/.ready-openai-whisper
# The other engine is installed by the run that asks for it, be it with ENGINE or with SET.
engine = $(if $(findstring openai-whisper,$(ENGINE) $(SET)),$(READY_WHISPER))
OPTIONS = $(if $(CONFIG),--config $(call quote,$(CONFIG))) $(foreach one,$(SET),--set $(call quote,$(one)))
# A value is handed to the shell in single quotes, so that an address with & or ; stays one word.
quote = '$(subst ','\'',$(1))'
need_url = $(if $(URL),,$(error Say which lecture: make $@ URL=<address or file>))
need_target = $(if $(TO),,$(error Say where to: make $@ URL=<address or file> TO=<folder, git remote or host:path>))
need_chapter = $(if $(CH),,$(error Say which chapter: make $@ URL=<address or file> CH=<number>))
lecturebook = @$(BIN)/lecturebook

export WRITER ENGINE MODEL

.DEFAULT_GOAL := help

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

article: $(READY) $(engine) ## Turn a lecture into an article: URL=... [WRITER=editor|local|openai] [ENGINE=openai-whisper] [EPUB=1] [PDF=1] [SINGLE_FILE=1] [STRICT=1]
	$(need_url)$(lecturebook) article $(call quote,$(URL)) $(OPTIONS) $(if $(EPUB),--epub) $(if $(PDF),--pdf) \
		$(if $(SINGLE_FILE),--single-file) $(if $(STRICT),--strict)

chapter: $(READY) $(engine) ## Write one chapter afresh: URL=... CH=3 [NOTES="shorter"] [OVERWRITE=1]
	$(need_url)$(need_chapter)$(lecturebook) chapter $(call quote,$(URL)) $(call quote,$(CH)) $(OPTIONS) \
		$(if $(NOTES),--notes $(call quote,$(NOTES))) $(if $(OVERWRITE),--overwrite)

plan: $(READY) ## Say what writing will take, before a model is called: URL=...
	$(need_url)$(lecturebook) plan $(call quote,$(URL)) $(OPTIONS)

why: $(READY) ## Say what is out of date, and why: URL=...
	$(need_url)$(lecturebook) why $(call quote,$(URL)) $(OPTIONS)

serve: $(READY) ## Show the site on 127.0.0.1: URL=... [PORT=8000]; without URL, the library of all lectures
	$(lecturebook) serve $(if $(URL),$(call quote,$(URL))) $(OPTIONS) $(if $(PORT),--port $(call quote,$(PORT)))

publish: $(READY) ## Put the site where others can read it: URL=... TO=<folder, git remote, host:path> [BASE_URL=https://...] [DRY_RUN=1] [I_HAVE_PERMISSION=1]
	$(need_url)$(need_target)$(lecturebook) publish $(call quote,$(URL)) --to $(call quote,$(TO)) $(OPTIONS) \
		$(if $(BASE_URL),--base-url $(call quote,$(BASE_URL))) $(if $(DRY_RUN),--dry-run) \
		$(if $(I_HAVE_PERMISSION),--i-have-permission)

setup: $(READY) ## Make the environment in .venv, and nothing else

openai-whisper: $(READY_WHISPER) ## Install the engine openai-whisper (torch's CPU build where there is no GPU)

check: $(READY_DEV) ## Run ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(READY_DEV) ## Run the tests, two files at a time
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: $(READY_DEV) ## Print the figures: time by stage, memory, word error rate, words kept
	$(BIN)/python bench/main_job.py $(ARGS)

sbom: $(READY_AUDIT) ## Write docs/sbom.cdx.json, the bill of materials of requirements.lock
	.venv-audit/bin/python tools/sbom.py

audit: $(READY_AUDIT) ## Look the locked packages up in a database of weaknesses; fails where none answers
	.venv-audit/bin/python tools/audit.py requirements.lock requirements-dev.lock

lock: $(READY_DEV) ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra build \
		-o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra build \
		--group dev -c requirements.lock -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --extra build \
		--extra openai-whisper -c requirements.lock -o requirements-openai-whisper.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header tools/requirements-audit.in \
		-o requirements-audit.lock

# A file with --extra-index-url or hashes of another platform is none of these: the locks hold names, versions
# and hashes, and where packages come from is the user's own pip configuration.
$(READY): requirements.lock pyproject.toml
	@sh tools/setup.sh requirements.lock $@

# Apart from ours, so that what looks at the packages is none of them.
$(READY_AUDIT): requirements-audit.lock
	@$(VENV)/bin/python -m venv .venv-audit 2>/dev/null || python3 -m venv .venv-audit
	@.venv-audit/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-audit.lock
	@touch $@

$(READY_DEV): requirements-dev.lock pyproject.toml
	@sh tools/setup.sh requirements-dev.lock $@
	@touch $(READY)

$(READY_WHISPER): requirements-openai-whisper.lock tools/openai_whisper.py | $(READY)
	@$(BIN)/python tools/openai_whisper.py $<
	@touch $@

.PHONY: help article chapter plan why serve publish setup openai-whisper check test bench sbom audit lock
