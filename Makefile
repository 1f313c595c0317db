# Two commands do everything on a machine with python3 (3.11 or newer), git and make:
#   make prove   measure the reference backend and write the evidence package
#   make test    format, lint, types, import contract, tests (make test-all: the long ones too)
# Others: make gate, make demonstrate, make notebooks, make study, make fix, make lock.  Options: make prove ARGS="--system a.b"

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: prove test test-all gate environment fix lock demonstrate notebooks study clean

prove: environment
	@$(BIN)/perfproof prove $(ARGS)

test: environment
	@$(BIN)/python tools/verify.py $(ARGS)

# Those that take long too: some five minutes more.
test-all: environment
	@$(BIN)/python tools/verify.py -m "long or not long" $(ARGS)

# This project under its own tool: the backend's suites and the tool's own costs, against the merge base.
gate: environment
	@$(BIN)/perfproof compare --pyperf 'benchmarks/perf_*.py' --pyperf benchmarks/tool_costs.py \
	  --margin '5 %' --budget 300s $(ARGS)

environment:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "perfproof: there is no $(PYTHON) on the path; install Python 3.11 or newer." >&2; exit 2; }
	@$(PYTHON) tools/environment.py

fix: environment
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

# Every check of the proof under the system that was broken on purpose for it.
demonstrate: environment
	@$(BIN)/perfproof prove --demonstrate $(ARGS)

# For whoever changes the requirements; needs uv.
lock:
	uv pip compile pyproject.toml --all-extras --group dev --group system --group real --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --no-annotate --quiet --output-file requirements.lock

clean:
	rm -rf .venv .perfproof evidence

# The notebooks, executed in place on what is stored.
notebooks: environment
	@$(BIN)/python analysis/execute.py

# The error study of the duel, and its peers (which are fetched): about two hours, on top of what the folder holds.
STUDY := analysis/study/data
study: environment
	@mkdir -p $(STUDY)
	@$(BIN)/python -m analysis.study.record --minutes 60 --into $(STUDY)
	@$(BIN)/python -m analysis.study.record --fifty --minutes 6 --into $(STUDY)
	@$(BIN)/python -m analysis.study.record --own-suite --minutes 10 --into $(STUDY)
	@$(BIN)/python -m analysis.study.record --truth --minutes 10 --into $(STUDY)
	@$(BIN)/python -m analysis.study.peers --minutes 30 --into $(STUDY)
	@$(BIN)/python -m analysis.study.overhead --into $(STUDY)
	@$(BIN)/python -m analysis.study.table
	@$(BIN)/python -m analysis.study.peers.table --data $(STUDY)
