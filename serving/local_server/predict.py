"""Predict and GetModelMetadata of TF Serving, for gRPC and REST.

Errors have TF Serving's codes and messages, so that clients see no difference.
`tests/serving/local_server/test_tf_serving_cases.py` lists them case by case,
each with its source in tensorflow/serving, and the known differences.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import grpc
import numpy.typing as npt
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import predict_pb2

from serving.local_server.batch_checks import check_batchable
from serving.local_server.batch_checks import check_shapes
from serving.local_server.bind_signature import bind_inputs
from serving.local_server.bind_signature import bind_outputs
from serving.local_server.loaded_version import LoadedVersion
from serving.local_server.model_registry import ModelRegistry
from serving.local_server.status_error import StatusError
from serving.local_server.status_error import invalid_argument
from serving.local_server.tensor_values import list_values

METADATA_FIELD = "signature_def"
"""The only supported metadata field of GetModelMetadata."""


def predict(
    models: ModelRegistry,
    request: predict_pb2.PredictRequest,
    timeout: float,
    *,
    tensor_content: bool = False,
) -> predict_pb2.PredictResponse:
    """Runs one signature and returns the requested outputs.

    Args:
        models: Served models.
        request: Predict request.
        timeout: Seconds until the run is aborted; may be infinite.
        tensor_content: Whether the outputs come as bytes instead of lists.

    Raises:
        StatusError: if the request is invalid, an op fails or the time is over.
    """
    _require_model_spec(request)
    model = models.find(request.model_spec)
    name = (
        request.model_spec.signature_name
        or tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    )
    if name not in model.signatures:
        raise StatusError(
            grpc.StatusCode.FAILED_PRECONDITION,
            f'Serving signature key "{name}" not found.',
        )
    signature = model.signatures[name]
    inputs = bind_inputs(signature, request.inputs)
    values = run(model, signature, inputs, request.output_filter, timeout)
    encode = tf.make_tensor_proto if tensor_content else list_values
    response = predict_pb2.PredictResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = model.version
    response.model_spec.signature_name = name
    for output, value in values.items():
        response.outputs[output].CopyFrom(
            encode(value, tf.as_dtype(signature.outputs[output].dtype))
        )
    return response


def run(
    model: LoadedVersion,
    signature: meta_graph_pb2.SignatureDef,
    inputs: Mapping[str, npt.NDArray[Any]],
    output_filter: Iterable[str],
    timeout: float,
) -> dict[str, npt.NDArray[Any]]:
    """Runs a signature of a loaded version.

    Args:
        model: Loaded version.
        signature: Signature to run.
        inputs: Values of all inputs by name, with the dtypes of the signature.
        output_filter: Names of the requested outputs; all outputs if empty.
        timeout: Seconds until the run is aborted; may be infinite.

    Returns:
        Output values by name.

    Raises:
        StatusError: if an output is unknown, an op fails, the time is over, or
            TF Serving would batch the call and it would fail the batch.
    """
    if model.is_batched:
        check_batchable(inputs)
        check_shapes(inputs, signature)
    feeds = {signature.inputs[name].name: inputs[name] for name in inputs}
    return model.run(bind_outputs(signature, output_filter), feeds, timeout)


def describe(
    models: ModelRegistry,
    request: get_model_metadata_pb2.GetModelMetadataRequest,
) -> get_model_metadata_pb2.GetModelMetadataResponse:
    """Returns the signatures of the requested version.

    Args:
        models: Served models.
        request: Metadata request.

    Raises:
        StatusError: if the request is invalid.
    """
    _require_model_spec(request)
    if not request.metadata_field:
        raise invalid_argument(
            "GetModelMetadataRequest must specify at least one metadata_field",
        )
    for field in request.metadata_field:
        if field != METADATA_FIELD:
            raise invalid_argument(f"Metadata field %s is not supported{field}")
    model = models.find(request.model_spec)
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = model.version
    response.metadata[METADATA_FIELD].Pack(
        get_model_metadata_pb2.SignatureDefMap(signature_def=model.signatures)
    )
    return response


def _require_model_spec(
    request: predict_pb2.PredictRequest
    | get_model_metadata_pb2.GetModelMetadataRequest,
) -> None:
    if not request.HasField("model_spec"):
        raise invalid_argument("Missing ModelSpec")
