"""The methods of TF Serving's gRPC API that are called."""

import operator
from typing import Any

from serving.client.api_protos import GetModelMetadataResponse
from serving.client.api_protos import GetModelStatusResponse
from serving.client.api_protos import PredictResponse


class PredictStub:
    """Calls methods by the names that generated stubs give them.

    Attributes:
        Predict: Runs a signature.
        GetModelMetadata: Describes the version that would answer.
        GetModelStatus: Tells the state of each version; knows no labels.
    """

    def __init__(self, channel: Any) -> None:
        """Keeps the methods.

        Args:
            channel: Of `grpc` or of `grpc.aio`, which says how they are called.
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
