"""ModelService of TF Serving's gRPC API: which versions are in which state."""

from collections.abc import Mapping

import grpc
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_service_pb2_grpc

from serving.model_store import ModelStore
from serving.status_error import StatusError
from serving.status_error import aborting


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """Answers GetModelStatus; changing what is served is not offered."""

    def __init__(self, stores: Mapping[str, ModelStore]) -> None:
        """Keeps the models.

        Args:
            stores: The models by name.
        """
        self._stores = stores

    def GetModelStatus(
        self,
        request: get_model_status_pb2.GetModelStatusRequest,
        context: grpc.ServicerContext,
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """Lists the versions seen since the start, the newest first."""
        with aborting(context):
            if not request.HasField("model_spec"):
                raise StatusError(
                    grpc.StatusCode.INVALID_ARGUMENT, "Missing ModelSpec"
                )
            spec = request.model_spec
            store = self._stores.get(spec.name)
            statuses = store.statuses if store else {}
            if spec.HasField("version_label"):
                raise StatusError(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    "Unrecognized servable version label: "
                    f"{spec.version_label}",
                )
            if spec.HasField("version"):
                version = spec.version.value
                if version not in statuses:
                    raise StatusError(
                        grpc.StatusCode.NOT_FOUND,
                        f"Could not find version {version} of model "
                        f"{spec.name}",
                    )
                statuses = {version: statuses[version]}
            if not statuses:
                raise StatusError(
                    grpc.StatusCode.NOT_FOUND,
                    f"Could not find any versions of model {spec.name}",
                )
            return get_model_status_pb2.GetModelStatusResponse(
                model_version_status=[
                    statuses[version]
                    for version in sorted(statuses, reverse=True)
                ]
            )
