# Every target is a script in bin/, which works without make.
.DEFAULT_GOAL := help
.PHONY: help run demo test check fmt bench migrate clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## start everything on this machine (Ctrl-C stops it)
	@bin/run

demo:  ## play one day of a team through the whole product
	@bin/demo

test:  ## run the tests
	@bin/test

check:  ## format, lint, types, import contracts, migrations, generated docs
	@bin/check

fmt:  ## format the code
	@bin/fmt

bench:  ## measure
	@bin/bench

migrate:  ## bring the configured database to this version's schema
	@bin/migrate

clean:  ## remove caches and the virtual environment, keep the state
	@bin/clean
