# Loa. Everything needs only Python 3.11+, its venv module and make (README.md).
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
RUN := .venv/bin/python
COMPILED := var/catalogues.stamp
SOURCES := campaigns/data/languages.csv $(wildcard cms/locale_wagtail/*/LC_MESSAGES/*.po) \
	$(wildcard */locale/*/LC_MESSAGES/*.po)

# Tests use what is named here, never a site's own .env.
ON_SQLITE := DATABASE_URL=sqlite:///$(CURDIR)/var/test.sqlite3 REDIS_URL= CELERY_BROKER_URL=memory://
DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/loa
REDIS_URL ?= redis://127.0.0.1:6379/5
SERVER := $(dir $(DATABASE_URL))postgres
ON_SERVERS := DATABASE_URL=$(DATABASE_URL) REDIS_URL=$(REDIS_URL) CELERY_BROKER_URL=$(REDIS_URL)

.PHONY: help install setup doctor demo test test-services test-crash check lint bench torture clean

help:
	@echo "make demo            the whole job, then serves until Ctrl-C (EXIT=1 ends, FRESH=1 starts anew)"
	@echo "make test            all tests on SQLite, in a browser where a Chromium is found"
	@echo "make test-services   what touches database and broker, on PostgreSQL and Redis"
	@echo "make check           lint, types, layers, migrations, docs;  make lint: the fast part"
	@echo "make setup           database, reference data and roles of a site of your own"
	@echo "make doctor          what is missing here, and how to mend it"
	@echo "make test-crash      kills processes while they send, and counts at the receiver's end"
	@echo "make bench, make torture, make clean"

install:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "LOA: Không tìm thấy $(PYTHON); hãy cài Python 3.11 trở lên."; \
		echo "     $(PYTHON) was not found; install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) .ci/bootstrap.py

$(COMPILED): $(SOURCES) | install
	@mkdir -p var
	@$(RUN) manage.py compile_catalogues
	@touch $(COMPILED)

setup: install $(COMPILED)
	@$(RUN) manage.py setup --no-input

doctor: install $(COMPILED)
	@$(RUN) manage.py doctor

demo: install $(COMPILED)
	@$(RUN) manage.py demo $(if $(filter-out 0,$(EXIT)),--exit) $(if $(filter-out 0,$(FRESH)),--fresh)

test: install $(COMPILED)
	@# By tests, not by files: those that empty the database come last on each of the processes.
	@$(ON_SQLITE) $(RUN) -m pytest -n auto --maxprocesses 4 --dist load

test-services: install $(COMPILED)
	@# The test database is made by the tests; only the server has to be there.
	@$(ON_SERVERS) DATABASE_URL=$(SERVER) $(RUN) manage.py doctor --only database --only broker
	@$(ON_SERVERS) $(RUN) -m pytest -m services

lint: install
	@$(RUN) -m ruff check .
	@.venv/bin/lint-imports

check: lint $(COMPILED)
	@$(RUN) -m mypy cms campaigns publishers media
	@$(ON_SQLITE) $(RUN) manage.py makemigrations --check --dry-run
	@$(ON_SQLITE) $(RUN) manage.py check
	@$(ON_SQLITE) $(RUN) -m pytest tests/test_docs.py tests/test_layers.py

bench: install $(COMPILED)
	@for file in tests/bench/[a-z]*.py; do $(RUN) -m tests.bench.$$(basename $$file .py) || exit 1; done

# Processes are killed while they send; the receiver's own log says whether anything was lost or sent twice.
test-crash: install $(COMPILED)
	@$(RUN) -m tests.crash.torture --kills 30 --deliveries 200 --seconds 20
	@$(RUN) -m tests.crash.torture --kills 20 --deliveries 200 --seconds 15 --database $(SERVER) --if-answers
	@$(RUN) -m tests.crash.demo_kill --kills 6

torture: install $(COMPILED)
	@$(RUN) -m tests.crash.torture --kills 200 --deliveries 1000 --seconds 200
	@$(RUN) -m tests.crash.torture --kills 200 --deliveries 1000 --seconds 200 --database $(SERVER) --if-answers
	@$(RUN) -m tests.crash.demo_kill --kills 20
	@$(RUN) -m tests.mutants

# Never touches a site's own database and uploads.
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache var/demo var/ci $(COMPILED)
	find cms campaigns publishers media tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find cms campaigns publishers media -name '*.mo' -delete
