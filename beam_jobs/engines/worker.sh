#!/bin/sh
# Starts a Python worker for an engine, without containers:
#   --environment_type PROCESS
#   --environment_config '{"command": "/CHECKOUT/beam_jobs/engines/worker.sh",
#     "env": {"PYTHON": "/VENV/bin/python"}}'
# Both paths must exist on every machine of the cluster.
cd "$(dirname "$0")/../.." || exit
exec "${PYTHON:-python}" -m beam_jobs.engines.worker "$@"
