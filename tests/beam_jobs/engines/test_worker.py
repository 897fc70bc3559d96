"""A worker process asks its runner for what it has to know."""

import os
from concurrent import futures

import grpc
import pytest
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.portability.api import beam_provision_api_pb2_grpc
from apache_beam.runners.worker import sdk_worker_main

from beam_jobs.engines import worker


class Provision(beam_provision_api_pb2_grpc.ProvisionServiceServicer):
    def GetProvisionInfo(self, request, context):
        metadata = dict(context.invocation_metadata())
        assert metadata["worker_id"] == "3-1"
        answer = beam_provision_api_pb2.GetProvisionInfoResponse()
        answer.info.control_endpoint.url = "localhost:1"
        answer.info.logging_endpoint.url = "localhost:2"
        answer.info.pipeline_options["beam:option:job_name:v1"] = "job"
        answer.info.runner_capabilities.extend(["one", "two"])
        return answer


@pytest.fixture
def endpoint():
    server = grpc.server(futures.ThreadPoolExecutor(1))
    beam_provision_api_pb2_grpc.add_ProvisionServiceServicer_to_server(
        Provision(), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_beams_worker_finds_its_runner(endpoint, monkeypatch):
    monkeypatch.setattr(os, "environ", {})
    run = []
    monkeypatch.setattr(sdk_worker_main, "main", run.append)

    worker.main(["--id=3-1", f"--provision_endpoint={endpoint}", "--other=1"])

    assert run == [[]]
    assert os.environ["WORKER_ID"] == "3-1"
    assert "localhost:1" in os.environ["CONTROL_API_SERVICE_DESCRIPTOR"]
    assert "localhost:2" in os.environ["LOGGING_API_SERVICE_DESCRIPTOR"]
    assert "job_name" in os.environ["PIPELINE_OPTIONS"]
    assert os.environ["RUNNER_CAPABILITIES"] == "one two"
