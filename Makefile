# `make demo` and `make test` set everything up by themselves; the environment is .venv.
# `make release` and `make audit` go over all assignments in source/, or the ones in ASSIGNMENT=...
PYTHON ?= python3
BIN := .venv/bin
DEMO := demo
ASSIGNMENTS := $(sort $(foreach folder,$(wildcard source/*/),$(if $(wildcard $(folder)*.ipynb),$(notdir $(folder:/=)))))
WANTED = $(or $(ASSIGNMENT),$(ASSIGNMENTS))
demo: ASSIGNMENT ?= linear_mnist
KILLS := 50
FAULTS := 60
SEED := 0
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: setup demo test audit audit-machines faults mutants lint release requirements clean

setup: .venv/.done

# uv installs torch and its CUDA packages in seconds; plain pip does the same more slowly where uv can't be had.
# Bytecode is compiled at once: without it each import of torch takes twice as long, in every process.
.venv/.done: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' || { \
		echo "autograder needs Python 3.11.5 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
			"Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv || echo "uv can't be had: going on with pip"
	if [ -x $(BIN)/uv ]; then \
		VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --compile-bytecode -r requirements.txt && \
		VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps -e . ; \
	else \
		$(BIN)/python -m pip install --quiet -r requirements.txt && $(BIN)/python -m pip install --quiet --no-deps -e . ; \
	fi
	touch $@

# A class of 12, graded by the real nbgrader, with feedback and the table. Where the grader fails at something, the command
# says so and exits with 1; the rest is shown all the same. A folder that holds anything else is left alone.
demo: setup
	@python -m autograder.authoring.demo_folder $(DEMO)
	cp -r nbgrader_config.py source $(DEMO)/
	cd $(DEMO) && nbgrader generate_assignment $(ASSIGNMENT) --log-level=WARN
	autograder simulate $(ASSIGNMENT) --course $(DEMO)
	cd $(DEMO) && { nbgrader autograde $(ASSIGNMENT) --log-level=WARN || echo "(not everything could be judged: see above)"; }
	cd $(DEMO) && nbgrader generate_feedback $(ASSIGNMENT) --log-level=WARN
	autograder report $(ASSIGNMENT) --course $(DEMO)

# Two processes, whatever the machine has: each has its own zygote, and tests with time limits want a core. `make faults`
# is a test of its own: it wants the machine for itself.
test: setup
	python -m pytest -n 2 --dist loadfile --ignore=tests/course/test_kills.py

# Are the hidden tests any good, and the hints true? All known right and wrong answers, mutants and pairs of misconceptions,
# in minutes. `make test` tries a few.
audit: setup
	status=0; for one in $(WANTED); do autograder audit $$one --mutate || status=1; done; exit $$status

# Are the registered answers judged alike where sums are rounded in another way: as on other processors, with two threads,
# and as on none? Hours on two cores; `make test` tries a few.
audit-machines: setup
	AUTOGRADER_ALL_ANSWERS="$(WANTED)" python -m pytest -n 2 tests/assignments/test_rounding.py
	status=0; for one in $(WANTED); do autograder audit $$one --machines || status=1; done; exit $$status

# Kills runs, workers, the zygote and kernels in the middle of grading a real class, as often as asked for; minutes.
faults: setup
	AUTOGRADER_KILLS=$(KILLS) python -m pytest tests/course/test_kills.py

# Do the tests notice? Puts faults into copies of the tree and runs the tests of their area; an hour at most.
mutants: setup
	python -m tools.mutants --faults $(FAULTS) --seed $(SEED)

lint: setup
	ruff check .
	ruff format --check .
	mypy

# What students get. A test compares it with what nbgrader makes of source/ today.
release: setup
	rm -rf build/release && mkdir -p build/release
	cp -r nbgrader_config.py source build/release/
	cd build/release && for one in $(WANTED); do nbgrader generate_assignment $$one --log-level=WARN || exit 1; done
	mkdir -p release
	for one in $(WANTED); do rm -rf release/$$one && cp -r build/release/release/$$one release/$$one || exit 1; done

# Pin what pyproject.toml asks for. No addresses of registries in the file.
requirements: setup
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --no-header --no-annotate --extra dev pyproject.toml -o requirements.txt

# The demo first: whether it is one is asked of the environment.
clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m autograder.authoring.demo_folder --remove $(DEMO); fi
	rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache
