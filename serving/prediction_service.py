"""PredictionService of TF Serving's gRPC API: Predict and GetModelMetadata.

A client must not see a difference, so refusals carry TF Serving's codes and
texts (read off tensorflow/serving, 2.16 and later). The code is
INVALID_ARGUMENT where no other is named; `…` stands for more text:

| request | text |
|---|---|
| no model_spec | Missing ModelSpec |
| empty model name | ModelSpec has no name specified. |
| unknown model (NOT_FOUND) | Servable not found for request: Latest(MODEL) |
| version not loaded (NOT_FOUND) | … for request: Specific(MODEL, VERSION) |
| a version label | Unrecognized servable version label: LABEL |
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

from collections.abc import Mapping

import grpc
import tensorflow as tf
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import model_pb2
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.loaded_model import LoadedModel
from serving.model_store import ModelStore
from serving.signature_binding import bind_inputs
from serving.signature_binding import bind_outputs
from serving.status_error import StatusError
from serving.status_error import aborting

_INVALID = grpc.StatusCode.INVALID_ARGUMENT
_METADATA_FIELD = "signature_def"


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Runs signatures; Classify, Regress and MultiInference are not offered."""

    def __init__(self, stores: Mapping[str, ModelStore]) -> None:
        """Keeps the models.

        Args:
            stores: The models by name, each with a version loaded.
        """
        self._stores = stores

    def Predict(
        self,
        request: predict_pb2.PredictRequest,
        context: grpc.ServicerContext,
    ) -> predict_pb2.PredictResponse:
        """Runs one signature and returns the outputs that were asked for."""
        with aborting(context):
            _require_model_spec(request)
            model = self._find_model(request.model_spec)
            signature_name = (
                request.model_spec.signature_name
                or tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
            )
            if signature_name not in model.signatures:
                raise StatusError(
                    grpc.StatusCode.FAILED_PRECONDITION,
                    f'Serving signature key "{signature_name}" not found.',
                )
            signature = model.signatures[signature_name]
            feeds = bind_inputs(signature, request.inputs)
            fetches = bind_outputs(signature, request.output_filter)
            values = model.run(fetches, feeds)
            response = predict_pb2.PredictResponse()
            response.model_spec.name = request.model_spec.name
            response.model_spec.version.value = model.version
            response.model_spec.signature_name = signature_name
            for name, value in values.items():
                response.outputs[name].CopyFrom(
                    tf.make_tensor_proto(
                        value, dtype=signature.outputs[name].dtype
                    )
                )
            return response

    def GetModelMetadata(
        self,
        request: get_model_metadata_pb2.GetModelMetadataRequest,
        context: grpc.ServicerContext,
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """Returns the signatures of the version that is served."""
        with aborting(context):
            _require_model_spec(request)
            if not request.metadata_field:
                raise StatusError(
                    _INVALID,
                    "GetModelMetadataRequest must specify at least one "
                    "metadata_field",
                )
            for field in request.metadata_field:
                if field != _METADATA_FIELD:
                    raise StatusError(
                        _INVALID, f"Metadata field %s is not supported{field}"
                    )
            model = self._find_model(request.model_spec)
            response = get_model_metadata_pb2.GetModelMetadataResponse()
            response.model_spec.name = request.model_spec.name
            response.model_spec.version.value = model.version
            response.metadata[_METADATA_FIELD].Pack(
                get_model_metadata_pb2.SignatureDefMap(
                    signature_def=model.signatures
                )
            )
            return response

    def _find_model(self, spec: model_pb2.ModelSpec) -> LoadedModel:
        if not spec.name:
            raise StatusError(_INVALID, "ModelSpec has no name specified.")
        if spec.HasField("version_label"):
            raise StatusError(
                _INVALID,
                f"Unrecognized servable version label: {spec.version_label}",
            )
        wanted = f"Latest({spec.name})"
        if spec.HasField("version"):
            wanted = f"Specific({spec.name}, {spec.version.value})"
        store = self._stores.get(spec.name)
        model = store.loaded if store else None
        if model is None or (
            spec.HasField("version") and spec.version.value != model.version
        ):
            raise StatusError(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: {wanted}",
            )
        return model


def _require_model_spec(
    request: predict_pb2.PredictRequest
    | get_model_metadata_pb2.GetModelMetadataRequest,
) -> None:
    if not request.HasField("model_spec"):
        raise StatusError(_INVALID, "Missing ModelSpec")
