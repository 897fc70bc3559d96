"""gRPC stub of the TF Serving methods that the clients call."""

import operator
from typing import Any

from serving.client.tf_serving_pb2 import GetModelMetadataResponse
from serving.client.tf_serving_pb2 import GetModelStatusResponse
from serving.client.tf_serving_pb2 import PredictResponse


class PredictStub:
    """gRPC methods under the names that generated stubs use.

    Attributes:
        Predict: Method that runs a signature.
        GetModelMetadata: Method that describes the version a request selects.
        GetModelStatus: Method that returns the state of each version; it
            ignores version labels.
    """

    def __init__(self, channel: Any) -> None:
        """Creates the callables of the methods.

        Args:
            channel: Channel of `grpc` for blocking calls, or of `grpc.aio`
                for awaitable ones.
        """

        def method(name: str, response: Any) -> Any:
            return channel.unary_unary(
                f"/tensorflow.serving.{name}",
                request_serializer=operator.methodcaller("SerializeToString"),
                response_deserializer=response.FromString,
            )

        self.Predict = method("PredictionService/Predict", PredictResponse)
        self.GetModelMetadata = method(
            "PredictionService/GetModelMetadata", GetModelMetadataResponse
        )
        self.GetModelStatus = method(
            "ModelService/GetModelStatus", GetModelStatusResponse
        )
