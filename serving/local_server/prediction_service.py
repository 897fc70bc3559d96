"""PredictionService of TF Serving's gRPC API: Predict and GetModelMetadata."""

import grpc
from google.protobuf.message import Message
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.local_server import predict as answers
from serving.local_server.metrics import Metrics
from serving.local_server.model_registry import ModelRegistry
from serving.local_server.status_error import StatusError
from serving.local_server.status_error import aborting


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Runs signatures; Classify, Regress and MultiInference are refused."""

    def __init__(
        self,
        models: ModelRegistry,
        metrics: Metrics,
        *,
        tensor_content: bool = False,
    ) -> None:
        """Stores the registry and the metrics.

        Args:
            models: Served models.
            metrics: Metrics that record the calls.
            tensor_content: Whether outputs come as bytes instead of lists.
        """
        self._models = models
        self._metrics = metrics
        self._tensor_content = tensor_content

    def Predict(
        self,
        request: predict_pb2.PredictRequest,
        context: grpc.ServicerContext,
    ) -> predict_pb2.PredictResponse:
        """Runs one signature and returns the requested outputs."""
        with (
            aborting(context),
            self._metrics.measured(request.model_spec.name, "Predict", "GRPC"),
        ):
            # A call may have waited for a thread in vain.
            if not context.is_active():
                raise StatusError(
                    grpc.StatusCode.CANCELLED, "The client gave the call up."
                )
            return answers.predict(
                self._models,
                request,
                context.time_remaining(),
                tensor_content=self._tensor_content,
            )

    def GetModelMetadata(
        self,
        request: get_model_metadata_pb2.GetModelMetadataRequest,
        context: grpc.ServicerContext,
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """Returns the signatures of the requested version."""
        with aborting(context):
            return answers.describe(self._models, request)

    def _refuse(self, request: Message, context: grpc.ServicerContext) -> None:
        context.abort(
            grpc.StatusCode.UNIMPLEMENTED,
            "Classify, Regress and MultiInference are not offered here, as no "
            "signature takes tf.Examples; use Predict.",
        )

    Classify = Regress = MultiInference = _refuse
