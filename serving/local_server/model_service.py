"""ModelService of TF Serving's gRPC API: version states and reloading."""

import grpc
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_management_pb2
from tensorflow_serving.apis import model_service_pb2_grpc

from serving.local_server.model_registry import ModelRegistry
from serving.local_server.status_error import aborting
from serving.local_server.status_error import invalid_argument


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """Answers GetModelStatus and HandleReloadConfigRequest."""

    def __init__(self, models: ModelRegistry) -> None:
        """Stores the registry.

        Args:
            models: Served models.
        """
        self._models = models

    def GetModelStatus(
        self,
        request: get_model_status_pb2.GetModelStatusRequest,
        context: grpc.ServicerContext,
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """Lists the versions seen since the start, the newest first."""
        with aborting(context):
            if not request.HasField("model_spec"):
                raise invalid_argument("Missing ModelSpec")
            return get_model_status_pb2.GetModelStatusResponse(
                model_version_status=self._models.statuses(request.model_spec)
            )

    def HandleReloadConfigRequest(
        self,
        request: model_management_pb2.ReloadConfigRequest,
        context: grpc.ServicerContext,
    ) -> model_management_pb2.ReloadConfigResponse:
        """Replaces the configuration and answers once it is in effect."""
        with aborting(context):
            self._models.reload(request.config)
            return model_management_pb2.ReloadConfigResponse()
