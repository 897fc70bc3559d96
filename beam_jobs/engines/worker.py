"""Entry point of a Python worker in Beam's PROCESS environment.

It does the work of the boot program in Beam's containers, except for package
installation: it requests the addresses and options from the runner and runs
the SDK worker with them. `worker.sh` is the command for the runner.
"""

import argparse
import os

import grpc
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.portability.api import beam_provision_api_pb2_grpc
from apache_beam.runners.worker import sdk_worker_main
from google.protobuf import json_format
from google.protobuf import text_format

from beam_jobs.grpc_proxy import exclude_localhost
from beam_jobs.logging_setup import quiet_beam

_TIMEOUT_S = 60


def main(argv: list[str] | None = None) -> None:
    """Runs a worker until its runner stops it.

    Args:
        argv: Flags `--id` and `--provision_endpoint` from the runner.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--id", required=True)
    parser.add_argument("--provision_endpoint", required=True)
    args, _ = parser.parse_known_args(argv)
    exclude_localhost()
    os.environ.update(_environment(args.id, args.provision_endpoint))
    sdk_worker_main.main([])


def _environment(worker_id: str, endpoint: str) -> dict[str, str]:
    """Returns the environment variables that Beam's SDK worker reads."""
    with grpc.insecure_channel(endpoint) as channel:
        stub = beam_provision_api_pb2_grpc.ProvisionServiceStub(channel)
        info = stub.GetProvisionInfo(
            beam_provision_api_pb2.GetProvisionInfoRequest(),
            metadata=[("worker_id", worker_id)],
            timeout=_TIMEOUT_S,
        ).info
    return {
        "WORKER_ID": worker_id,
        "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(
            info.control_endpoint
        ),
        "LOGGING_API_SERVICE_DESCRIPTOR": text_format.MessageToString(
            info.logging_endpoint
        ),
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "RUNNER_CAPABILITIES": " ".join(info.runner_capabilities),
    }


if __name__ == "__main__":
    quiet_beam()
    main()
