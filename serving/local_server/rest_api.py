"""Routes and handlers of TF Serving's REST API.

POST /v1/models/MODEL[/versions/N|/labels/L]:predict    prediction
GET  /v1/models/MODEL[/versions/N|/labels/L]            version states
GET  /v1/models/MODEL[/versions/N|/labels/L]/metadata   signatures
GET  /monitoring/prometheus/metrics                     metrics
"""

import dataclasses
import json
import re
from typing import Any
from urllib.parse import unquote

import google.protobuf
import grpc
import tensorflow as tf
from google.protobuf import json_format
from google.protobuf import message
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_pb2

from atelier.schema.model_versions import MAX_VERSION
from serving.client.http_codes import HTTP_CODES
from serving.client.http_codes import INTERNAL
from serving.local_server import predict
from serving.local_server.json_answer import write_outputs
from serving.local_server.json_document import parse_document
from serving.local_server.json_request import read_inputs
from serving.local_server.json_request import read_signature_name
from serving.local_server.metrics import Metrics
from serving.local_server.model_config import METRICS_PATH
from serving.local_server.model_registry import ModelRegistry
from serving.local_server.status_error import StatusError
from serving.local_server.status_error import invalid_argument

_WHICH = r"(?:/versions/(\d+)|/labels/([^/:]+))?"
_PREDICT = re.compile(
    rf"/v1/models/([^/:]+){_WHICH}:(classify|regress|predict)", re.IGNORECASE
)
_STATUS = re.compile(
    rf"/v1/models(?:/([^/:]+))?{_WHICH}(?:/(metadata))?", re.IGNORECASE
)
# Protobuf 5 renamed the option.
_PRINT_DEFAULTS = (
    "including_default_value_fields"
    if int(google.protobuf.__version__.split(".")[0]) < 5
    else "always_print_fields_with_no_presence"
)


@dataclasses.dataclass(frozen=True)
class HttpResponse:
    """HTTP response.

    Attributes:
        code: HTTP status code.
        text: Body.
        content_type: Media type of the body.
    """

    code: int
    text: str
    content_type: str = "application/json"


class RestApi:
    """Handler of REST requests; thread-safe."""

    def __init__(
        self, models: ModelRegistry, metrics: Metrics, timeout: float
    ) -> None:
        """Stores the registry and the metrics.

        Args:
            models: Served models.
            metrics: Metrics that record the calls and are served themselves.
            timeout: Seconds until a prediction is aborted; may be infinite.
        """
        self._models = models
        self._metrics = metrics
        self._timeout = timeout

    def answer(self, method: str, path: str, body: bytes) -> HttpResponse:
        """Handles one request; errors become HTTP responses too.

        Args:
            method: HTTP method, such as "GET".
            path: Path of the URL, with the query string.
            body: Body of the request.
        """
        if path.partition("?")[0] == METRICS_PATH:
            return self._show_metrics(path)
        if not path.lower().startswith("/v1/"):
            return HttpResponse(404, "Not Found", "text/plain")
        try:
            document = self._route(method, path, body)
        except Exception as error:
            status = StatusError.from_exception(error)
            text = status.message and json.dumps(
                {"error": status.message}, indent=4
            )
            return HttpResponse(HTTP_CODES.get(status.code, INTERNAL), text)
        return HttpResponse(
            200, json.dumps(document, indent=4, ensure_ascii=False)
        )

    def _show_metrics(self, path: str) -> HttpResponse:
        if path == METRICS_PATH:
            return HttpResponse(200, self._metrics.page(), "text/plain")
        text = f"Unexpected path: {path}. Should be {METRICS_PATH}"
        return HttpResponse(400, text, "text/plain")

    def _route(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        if method == "POST" and (match := _PREDICT.fullmatch(path)):
            name, version, label, verb = match.groups()
            spec = _read_spec(name, version, label)
            if verb == "predict":
                with self._metrics.measured(spec.name, verb, "REST"):
                    return self._predict(spec, body)
            # The pattern ignores case, the verbs do not.
            if verb in ("classify", "regress"):
                raise StatusError(
                    grpc.StatusCode.UNIMPLEMENTED,
                    f"{verb} is not offered here; use predict.",
                )
        if method == "GET" and (match := _STATUS.fullmatch(path)):
            name, version, label, metadata = match.groups()
            if not name:
                raise invalid_argument("Missing model name in request.")
            spec = _read_spec(name, version, label)
            if metadata == "metadata":
                return self._describe(spec)
            return self._state(spec)
        raise invalid_argument(f"Malformed request: {method} {path}")

    def _predict(self, spec: model_pb2.ModelSpec, body: bytes) -> Any:
        document = parse_document(body)
        requested = read_signature_name(document)
        name = requested or tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
        model = self._models.find(spec)
        if name not in model.signatures:
            raise invalid_argument(
                f'Serving signature name: "{name}" not found in signature def'
            )
        signature = model.signatures[name]
        if not signature.inputs:
            raise invalid_argument(
                "Failed to get input map for signature: "
                f"{requested or 'DEFAULT'}"
            )
        inputs, form = read_inputs(document, signature.inputs)
        values = predict.run(model, signature, inputs, [], self._timeout)
        return write_outputs(values, form)

    def _state(self, spec: model_pb2.ModelSpec) -> dict[str, Any]:
        return _to_dict(
            get_model_status_pb2.GetModelStatusResponse(
                model_version_status=self._models.statuses(spec)
            )
        )

    def _describe(self, spec: model_pb2.ModelSpec) -> dict[str, Any]:
        response = predict.describe(
            self._models,
            get_model_metadata_pb2.GetModelMetadataRequest(
                model_spec=spec, metadata_field=[predict.METADATA_FIELD]
            ),
        )
        signatures = get_model_metadata_pb2.SignatureDefMap()
        response.metadata[predict.METADATA_FIELD].Unpack(signatures)
        return {
            "model_spec": _to_dict(response.model_spec),
            "metadata": {predict.METADATA_FIELD: _to_dict(signatures)},
        }


def _read_spec(
    name: str, version: str | None, label: str | None
) -> model_pb2.ModelSpec:
    spec = model_pb2.ModelSpec(
        name=unquote(name), version_label=label and unquote(label)
    )
    if version:
        if len(version) > 19 or int(version) > MAX_VERSION:
            raise invalid_argument("")  # TF Serving sends no message here.
        spec.version.value = int(version)
    return spec


def _to_dict(proto: message.Message) -> dict[str, Any]:
    return json_format.MessageToDict(
        proto, preserving_proto_field_name=True, **{_PRINT_DEFAULTS: True}
    )
