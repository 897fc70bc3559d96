# Containers of Atelier: docker build --target TARGET --tag IMAGE .
#     serving   TF Serving with our configuration; models are mounted at /models
#     trainer   docker run IMAGE recommender --data_dir ... --run_dir ...
#     tools     docker run IMAGE export.task ..., serving.client ..., all others
#     pipeline  steps of the nightly run (pipelines/), or all of it with make
#     beam      workers of Dataflow, Flink and other portable runners
# For reproducible builds, add a digest to the two tags that have none.

# The Beam that constraints/debian13-py313.txt pins.
ARG BEAM_VERSION=2.77.0
# The kfp that constraints/pipelines.txt pins.
ARG KFP_VERSION=2.17.3
# An export is blessed with the ops of 2.16: nothing older.
ARG TF_SERVING_VERSION=2.20.0
# `make test-containers` builds on Debian's Python 3.13 instead: no registry.
ARG PYTHON_IMAGE=python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285
FROM apache/beam_python3.13_sdk:${BEAM_VERSION} AS beam-sdk

# What all containers share: the package set and our code.
FROM ${PYTHON_IMAGE} AS atelier
ENV PIP_ROOT_USER_ACTION=ignore
WORKDIR /atelier
COPY constraints/debian13-py313.txt constraints/
# The set is complete and comes as wheels: nothing to resolve or to compile.
# The cache mount keeps downloads for the next build and out of the image.
RUN --mount=type=cache,target=/root/.cache/pip \
  pip install --no-deps --only-binary=:all: -r constraints/debian13-py313.txt
COPY pyproject.toml setup.py ./
COPY atelier atelier
COPY beam_jobs beam_jobs
COPY export export
COPY serving serving
COPY trainer trainer
RUN pip install --no-cache-dir --no-deps --no-build-isolation . && \
  rm -r build atelier.egg-info

# Workers of Dataflow, Flink and other portable runners. The command that
# submits a job runs in it too, so that both have the same Python and Beam. No
# USER: Dataflow mounts folders that root alone may write to, and workers do.
FROM atelier AS beam
COPY --from=beam-sdk /opt/apache/beam /opt/apache/beam
ENTRYPOINT ["/opt/apache/beam/boot"]

# Training. Vertex AI calls it with the same flags and its AIP_ variables.
# User 1000 has no entry in /etc/passwd: its home and name are set here.
FROM atelier AS trainer
ENV HOME=/tmp USER=atelier
USER 1000:1000
ENTRYPOINT ["python", "-m", "trainer.task"]

# Every other command: the module comes first.
FROM atelier AS tools
ENV HOME=/tmp USER=atelier
USER 1000:1000
ENTRYPOINT ["python", "-m"]
CMD ["serving.client", "--help"]

# The nightly run: docker run IMAGE EXPORTS=... WORK=... MODEL_DIR=...
# Kubeflow calls its steps one by one. In them kfp needs none of its
# dependencies, which fit no package set.
FROM atelier AS pipeline
# hadolint ignore=DL3008
RUN apt-get update && \
  apt-get install --yes --no-install-recommends make && \
  rm -rf /var/lib/apt/lists/*
ARG KFP_VERSION
RUN pip install --no-cache-dir --no-deps kfp==${KFP_VERSION}
COPY pipelines/Makefile pipelines/
ENV HOME=/tmp USER=atelier
USER 1000:1000
ENTRYPOINT ["make", "-f", "pipelines/Makefile"]

# A mount over /config replaces these: labels, cores of the machine. TLS needs
# its flag besides, and a user who may read ssl.config:
#     docker run --user "$(id -u)" -v "$PWD/tf_serving_config:/config:ro" ... IMAGE \
#       --rest_api_port=0 --ssl_config_file=/config/ssl.config
FROM atelier AS configs
RUN python -m serving.ops.configure --out /config --cores 4 \
  --model recommender=/models/recommender --model designer=/models/designer

# TF Serving as it comes. tini passes SIGTERM on: TF Serving handles no signal,
# and the kernel drops a signal that process 1 does not handle. With glibc's
# malloc memory grows with each hot swap (tensorflow/serving, issues 1664 and
# 2142); jemalloc is what its maintainers advise.
FROM tensorflow/serving:${TF_SERVING_VERSION} AS serving
# hadolint ignore=DL3008
RUN apt-get update && \
  apt-get install --yes --no-install-recommends libjemalloc2 tini && \
  rm -rf /var/lib/apt/lists/*
COPY --from=configs /config /config
# Each op of a call runs in the call's own thread; see serving/ops/configure.py.
ENV TF_NUM_INTEROP_THREADS=-1 LD_PRELOAD=libjemalloc.so.2
USER 1000:1000
EXPOSE 8500 8501
ENTRYPOINT ["tini", "--", "tensorflow_model_server", \
  "--port=8500", \
  "--enable_grpc_healthcheck_service=true", \
  "--grpc_channel_arguments=grpc.max_connection_age_ms=60000", \
  "--enable_profiler=false", \
  "--rest_api_port=8501", \
  "--rest_api_timeout_in_ms=120000", \
  "--model_config_file=/config/models.config", \
  "--model_config_file_poll_wait_seconds=60", \
  "--allow_version_labels_for_unavailable_models=true", \
  "--num_load_threads=2", \
  "--max_num_load_retries=3", \
  "--load_retry_interval_micros=5000000", \
  "--enable_batching=true", \
  "--enable_per_model_batching_parameters=true", \
  "--batching_parameters_file=/config/batching.config", \
  "--monitoring_config_file=/config/monitoring.config", \
  "--enable_model_warmup=true"]
