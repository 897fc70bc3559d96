# Containers of Atelier: docker build --target beam --tag IMAGE .

# The Beam that constraints/debian13-py313.txt pins.
ARG BEAM_VERSION=2.77.0
FROM apache/beam_python3.13_sdk:${BEAM_VERSION} AS beam-sdk

# What all containers share: the package set and our code.
FROM python:3.13-slim-trixie AS atelier
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /atelier
COPY constraints/debian13-py313.txt constraints/
# The set is complete and comes as wheels: nothing to resolve or to compile.
RUN pip install --no-deps --only-binary=:all: -r constraints/debian13-py313.txt
COPY pyproject.toml setup.py ./
COPY beam_jobs beam_jobs
COPY export export
COPY records records
COPY serving serving
COPY trainer trainer
RUN pip install --no-deps --no-build-isolation .

# Workers of Dataflow, Flink and other portable runners. The command that
# submits a job runs in it too, so that both have the same Python and Beam.
FROM atelier AS beam
COPY --from=beam-sdk /opt/apache/beam /opt/apache/beam
ENTRYPOINT ["/opt/apache/beam/boot"]
