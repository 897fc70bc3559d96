"""What TF Serving's Predict and GetModelMetadata answer, over gRPC or REST.

A client must not see a difference, so refusals carry TF Serving's codes and
texts (read off tensorflow/serving, 2.16 and later). The code is
INVALID_ARGUMENT where no other is named; `…` stands for more text:

| request | text |
|---|---|
| no model_spec | Missing ModelSpec |
| empty model name | ModelSpec has no name specified. |
| unknown model (NOT_FOUND) | Servable not found for request: Latest(MODEL) |
| version not loaded (NOT_FOUND) | … for request: Specific(MODEL, VERSION) |
| unknown label | Unrecognized servable version label: LABEL |
| no such signature (FAILED_PRECONDITION) | Serving signature key "…" not … |
| too few or too many inputs | input size does not match signature: … |
| right number, one wrong name | Signature input alias: … not found in … |
| unreadable tensor | tensor parsing error: INPUT |
| wrong dtype | Expects arg[0] to be string but float is provided |
| unknown name in output_filter | output tensor alias not found in … |
| name twice in output_filter | duplicate output tensor alias: OUTPUT |
| an op fails (with its own code) | its own text |
| metadata_field empty | GetModelMetadataRequest must specify at least one … |
| metadata_field not signature_def | Metadata field %s is not supportedFIELD |

(The `%s` is TF Serving's own slip.) Two things differ. A wrong shape is refused
here before it runs, with INVALID_ARGUMENT; TF Serving leaves it to the first op
that minds, and to luck if none does. And numbers come back in `tensor_content`,
as TF Serving sends them under `--enable_serialization_as_tensor_content`:
read them with `tf.make_ndarray`.
"""

import grpc
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import predict_pb2

from serving.local.loaded_model import LoadedModel
from serving.local.models import Models
from serving.local.signature_binding import bind_inputs
from serving.local.signature_binding import bind_outputs
from serving.local.status_error import StatusError

METADATA_FIELD = "signature_def"
"""The only field of GetModelMetadata that there is."""
_INVALID = grpc.StatusCode.INVALID_ARGUMENT


def predict(
    models: Models, request: predict_pb2.PredictRequest
) -> predict_pb2.PredictResponse:
    """Runs one signature and returns the outputs that were asked for.

    Args:
        models: What is served.
        request: What is asked.

    Raises:
        StatusError: if the request is refused or fails.
    """
    _require_model_spec(request)
    return run(models.find(request.model_spec), request)


def run(
    model: LoadedModel, request: predict_pb2.PredictRequest
) -> predict_pb2.PredictResponse:
    """Runs one signature of a version that was found.

    Args:
        model: The version.
        request: What is asked.

    Raises:
        StatusError: if the request is refused or fails.
    """
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
    feeds = bind_inputs(signature, request.inputs)
    fetches = bind_outputs(signature, request.output_filter)
    values = model.run(fetches, feeds)
    response = predict_pb2.PredictResponse()
    response.model_spec.name = request.model_spec.name
    response.model_spec.version.value = model.version
    response.model_spec.signature_name = name
    for output, value in values.items():
        response.outputs[output].CopyFrom(
            tf.make_tensor_proto(value, dtype=signature.outputs[output].dtype)
        )
    return response


def describe(
    models: Models, request: get_model_metadata_pb2.GetModelMetadataRequest
) -> get_model_metadata_pb2.GetModelMetadataResponse:
    """Returns the signatures of the version that is asked for.

    Args:
        models: What is served.
        request: What is asked.

    Raises:
        StatusError: if the request is refused.
    """
    _require_model_spec(request)
    if not request.metadata_field:
        raise StatusError(
            _INVALID,
            "GetModelMetadataRequest must specify at least one metadata_field",
        )
    for field in request.metadata_field:
        if field != METADATA_FIELD:
            raise StatusError(
                _INVALID, f"Metadata field %s is not supported{field}"
            )
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
        raise StatusError(_INVALID, "Missing ModelSpec")
