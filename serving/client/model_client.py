"""Base of the blocking gRPC clients: deadline and retries."""

import grpc

from serving.client.grpc_client_base import GrpcClientBase
from serving.client.grpc_client_base import read_response
from serving.client.grpc_client_base import why_not_ready
from serving.client.predict_request import PredictCall
from serving.client.predict_request import Result
from serving.client.retry import call_within_budget
from serving.client.sync_client import SyncClient


class ModelClient(GrpcClientBase, SyncClient):
    """Blocking gRPC client of one model on one server; thread-safe."""

    def close(self) -> None:
        """Closes the channel; the client cannot be used afterwards."""
        self._channel.close()

    def _why_not_ready(self, seconds: float) -> str:
        method, request = self._readiness()
        return why_not_ready(method(request, timeout=seconds))

    def _send(self, call: PredictCall[Result]) -> Result:
        request = self._request(call)
        try:
            response = call_within_budget(
                lambda seconds: self._stub.Predict(request, timeout=seconds),
                self._deadline_seconds,
            )
            return read_response(call, response)
        except grpc.RpcError as error:
            raise self._failure(call, error) from error
