"""What TF Serving answers, case by case, and that our server does, too.

A row is (source, request, body, code, answer): where tensorflow/serving says
so, as `file` or `file:test` under `tensorflow_serving/` at the tag VERSION, the
version that is deployed; what is sent; and what comes back, the answer as JSON
or a message, or the text of an error, of which `…` leaves the rest open. Where
the two differ, a row of DIFFERENCES says why.
"""

import gzip
import http.client
import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import NamedTuple

import grpc
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_serving.apis import classification_pb2
from tensorflow_serving.apis import get_model_metadata_pb2
from tensorflow_serving.apis import get_model_status_pb2
from tensorflow_serving.apis import model_management_pb2
from tensorflow_serving.apis import model_service_pb2_grpc
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving.local_server.model_config import ModelServerConfig
from serving.local_server.server import ModelServer

VERSION = "2.20.0"


class Case(NamedTuple):
    source: str
    request: str
    """The method and path, or the name of the method over gRPC."""
    body: Any
    """Bytes as they are, anything else as JSON; over gRPC a message's text."""
    code: int | str
    answer: Any
    headers: dict[str, str] = {}


HANDLER = "model_servers/http_rest_api_handler_test.cc"
HANDLER_UTIL = "model_servers/http_rest_api_util_test.cc"
JSON_TENSOR = "util/json_tensor_test.cc"
PREDICT_UTIL = "servables/tensorflow/predict_util_test.cc"
METADATA = "servables/tensorflow/get_model_metadata_impl_test.cc"
STATUS = "model_servers/get_model_status_impl_test.cc"
CORE = "model_servers/server_core_test.cc"

MODEL = "/v1/models/half_plus_two"
PREDICT = f"POST {MODEL}:predict"
RESERVED = "%21%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D"
UNRESERVED = "!#$%&'()*+,/:;=?@[]"
VERSION_124, VERSION_123 = [
    {
        "version": version,
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    for version in ("124", "123")
]
ELEMENT = "Failed to process element: %s of 'instances' list. Error: "
INVALID = "INVALID_ARGUMENT: "


def malformed(source: str, request: str, body: Any = b"") -> Case:
    return Case(source, request, body, 400, f"Malformed request: {request}")


def unparsed(body: bytes) -> Case:
    source = "util/json_tensor.cc"
    return Case(source, PREDICT, body, 400, "JSON Parse error: …")


def refused(body: Any, text: str) -> Case:
    return Case("util/json_tensor.cc", PREDICT, body, 400, text)


def signature(name: str, **body: Any) -> dict[str, Any]:
    return {"signature_name": name, **body}


PATHS = [
    *(
        malformed(f"{HANDLER}:UnsupportedApiCalls", request)
        for request in (
            "GET /v1/foo",
            "POST /v1/foo",
            "GET /v1/models/debug/model_name",
            "POST /v1/models",
            "GET /v1/models/foo:predict",
            "GET /v1/models/foo/version/50:predict",
            "POST /v1/models/foo/version/50:regress",
            "POST /v1/models/foo/versions/HELLO:regress",
            "POST /v1/models/foo/metadata",
            "POST /v1/models/foo/label/some_label:regress",
            "POST /v1/models/foo/versions/50/labels/some_label:regress",
            "POST /v1/models/foo/versions/some_label:regress",
        )
    ),
    Case(
        f"{HANDLER}:UnsupportedApiCalls",
        "GET /v1/models",
        b"",
        400,
        "Missing model name in request.",
    ),
    # The text, "Failed to convert version", is lost before it is written.
    Case(
        f"{HANDLER}:UnsupportedApiCalls",
        f"POST /v1/models/foo/versions/{2**64 - 1}:regress",
        b"",
        400,
        "",
    ),
    Case(
        f"{HANDLER_UTIL}:TestParseModelInfoForGet",
        f"GET /v1/models/modelname{RESERVED}",
        b"",
        404,
        f"Could not find any versions of model modelname{UNRESERVED}",
    ),
    Case(
        f"{HANDLER_UTIL}:TestParseModelInfoForGet",
        f"GET /v1/models/modelname/labels/latest{RESERVED}/metadata",
        b"",
        400,
        f"Unrecognized servable version label: latest{UNRESERVED}",
    ),
    Case(
        f"{HANDLER_UTIL}:TestParseModelInfoForPost",
        f"POST /v1/models/modelname/labels/latest{RESERVED}:predict",
        {"instances": [1]},
        400,
        f"Unrecognized servable version label: latest{UNRESERVED}",
    ),
    # The pattern ignores case, what is made of its parts does not.
    malformed(
        "model_servers/http_rest_api_handler.cc",
        f"POST {MODEL}:Predict",
        {"instances": [1.0]},
    ),
    Case(
        "model_servers/http_rest_api_util.cc",
        "POST /V1/Models/half_plus_two:predict",
        {"instances": [1.0]},
        200,
        {"predictions": [2.5]},
    ),
    Case(
        "model_servers/http_rest_api_handler.cc",
        f"GET {MODEL}/versions/123/METADATA",
        b"",
        200,
        {"model_version_status": [VERSION_123]},
    ),
    Case(
        "util/net_http/server/internal/evhttp_request.cc",
        f"GET http://localhost:8501{MODEL}/versions/123",
        b"",
        200,
        {"model_version_status": [VERSION_123]},
    ),
    # A query is a part of the path.
    malformed(
        "util/net_http/server/internal/evhttp_request.cc",
        f"GET {MODEL}/metadata?pretty",
    ),
    Case(
        "util/net_http/server/internal/evhttp_request.cc",
        f"GET {MODEL}?x",
        b"",
        404,
        "Could not find any versions of model half_plus_two?x",
    ),
    malformed("model_servers/http_rest_api_handler.cc", f"PUT {MODEL}"),
    malformed("model_servers/http_rest_api_handler.cc", f"OPTIONS {MODEL}"),
    Case(
        f"{HANDLER}:kPathRegex",
        "GET /statuspage",
        b"",
        404,
        b"Not Found",
    ),
    Case(
        "model_servers/http_server.cc",
        "GET /monitoring/prometheus/metrics?x=1",
        b"",
        400,
        b"Unexpected path: /monitoring/prometheus/metrics?x=1. Should be "
        b"/monitoring/prometheus/metrics",
    ),
    Case(
        f"{HANDLER}:GetStatus",
        f"GET {MODEL}",
        b"",
        200,
        {"model_version_status": [VERSION_124, VERSION_123]},
    ),
    Case(
        f"{HANDLER}:GetStatus",
        f"GET {MODEL}/versions/123",
        b"",
        200,
        {"model_version_status": [VERSION_123]},
    ),
    # A label is ignored, whichever it is.
    Case(
        f"{HANDLER}:GetStatus",
        f"GET {MODEL}/labels/Version_Label",
        b"",
        200,
        {"model_version_status": [VERSION_124, VERSION_123]},
    ),
    Case(
        "model_servers/get_model_status_impl.cc",
        f"GET {MODEL}/labels/Version_Nonexistent",
        b"",
        200,
        {"model_version_status": [VERSION_124, VERSION_123]},
    ),
    Case(
        f"{STATUS}:InvalidModelVersionFailure",
        f"GET {MODEL}/versions/125",
        b"",
        404,
        "Could not find version 125 of model half_plus_two",
    ),
    Case(
        "servables/tensorflow/get_model_metadata_impl.cc",
        f"GET {MODEL}/labels/Version_Nonexistent/metadata",
        b"",
        400,
        "Unrecognized servable version label: Version_Nonexistent",
    ),
]

BODIES = [
    Case(
        f"{HANDLER}:PredictModelNameVersionErrors",
        "POST /v1/models/foo:predict",
        {"instances": [1]},
        404,
        "Servable not found for request: Latest(foo)",
    ),
    Case(
        f"{HANDLER}:PredictModelNameVersionErrors",
        "POST /v1/models/foo/versions/50:predict",
        {"instances": [1]},
        404,
        "Servable not found for request: Specific(foo, 50)",
    ),
    Case(
        f"{HANDLER}:PredictModelNameVersionErrors",
        f"POST {MODEL}99:predict",
        {"instances": [1]},
        404,
        "Servable not found for request: Latest(half_plus_two99)",
    ),
    Case(
        f"{HANDLER}:PredictRequestErrors",
        PREDICT,
        b"",
        400,
        "JSON Parse error: The document is empty",
    ),
    Case(
        f"{HANDLER}:PredictRequestErrors",
        PREDICT,
        {"instances": ["x", "y"]},
        400,
        f"{ELEMENT % 0}{INVALID}"
        'JSON Value: "x" Type: String is not of expected type: float',
    ),
    Case(
        f"{HANDLER}:PredictRequestErrors",
        f"POST {MODEL}/labels/Version_Nonexistent:predict",
        {"instances": ["x", "y"]},
        400,
        "Unrecognized servable version label: Version_Nonexistent",
    ),
    Case(
        f"{HANDLER}:PredictRequestErrors",
        PREDICT,
        {"signature_name": 100},
        400,
        'JSON Value: {"signature_name": 100} not formatted correctly. '
        "'signature_name' key must be a string value.",
    ),
    Case(
        f"{HANDLER}:Predict",
        PREDICT,
        {"instances": [[1.0, 2.0], [3.0, 4.0]]},
        200,
        {"predictions": [[2.5, 3.0], [3.5, 4.0]]},
    ),
    Case(
        f"{HANDLER}:Predict",
        f"POST {MODEL}/versions/123:predict",
        {"instances": [1.0, 2.0]},
        200,
        {"predictions": [2.5, 3.0]},
    ),
    Case(
        f"{HANDLER}:Predict",
        f"POST {MODEL}/labels/Version_Label:predict",
        {"instances": [1.0, 2.0]},
        200,
        {"predictions": [2.5, 3.0]},
    ),
    Case(
        f"{HANDLER}:Predict",
        f"POST {MODEL}/versions/123:predict",
        signature("serving_default", instances=[3.0, 4.0]),
        200,
        {"predictions": [3.5, 4.0]},
    ),
    Case(
        f"{HANDLER}:Predict",
        f"POST {MODEL}/versions/123:predict",
        signature("serving_default", inputs=[3.0, 4.0]),
        200,
        {"outputs": [3.5, 4.0]},
    ),
    Case(
        "util/net_http/server/internal/evhttp_request.cc",
        PREDICT,
        gzip.compress(b'{"instances": [1.0]}'),
        200,
        {"predictions": [2.5]},
        {"Content-Encoding": "gzip"},
    ),
    Case(
        "util/net_http/server/internal/evhttp_request.cc",
        PREDICT,
        b'{"instances": [1.0]}',
        400,
        "JSON Parse error: The document is empty",
        {"Content-Encoding": "gzip"},
    ),
    Case(
        "util/net_http/server/internal/evhttp_request.cc",
        PREDICT,
        b'e\r\n{"instances": \r\n6\r\n[1.0]}\r\n0\r\n\r\n',
        200,
        {"predictions": [2.5]},
        {"Transfer-Encoding": "chunked"},
    ),
    # The shapes of the signature are not looked at.
    Case(
        "servables/tensorflow/predict_util.cc",
        PREDICT,
        signature("list", inputs=[[1.0]]),
        200,
        {"outputs": [[1.0]]},
    ),
    *(
        unparsed(body)
        for body in (
            b"instances = [1, 2]",
            b'{"instances": [',
            b"{1: 2}",
            b'{"a" 1}',
            b'{"a": [1] "b"}',
            b'{"a": [{"b": 1} 2]}',
            b"{} 1",
            b'{"a": "b',
            b'{"a": "\\x"}',
            b'{"a": "\n"}',
            b'{"\\u12"}',
            b'{"inputs": ["\\ud800"], "signature_name": "string"}',
            b"[1e999]",
            b'{"inputs": [1%s]}' % (b"0" * 400),
            '{"a": 1}'.encode("utf-16"),
        )
    ),
    Case(
        "util/json_tensor.cc",
        PREDICT,
        b'\xef\xbb\xbf{"instances": [1.0]}',
        200,
        {"predictions": [2.5]},
    ),
    Case(
        "util/json_tensor.cc",
        PREDICT,
        b'{"instances": [1.0], "instances": [2.0]}',
        200,
        {"predictions": [2.5]},
    ),
    # Bytes that are not UTF-8, half a character for one, are bytes.
    Case(
        "util/json_tensor.cc",
        PREDICT,
        b'{"signature_name": "bytes", "inputs": ["\xff", "\xed\xa0\x80"]}',
        200,
        {"outputs": [{"b64": "/w=="}, {"b64": "7aCA"}]},
    ),
    refused(
        ["x"],
        'JSON Value: ["x"] Is not object',
    ),
    Case(
        "model_servers/http_rest_api_handler.cc",
        PREDICT,
        signature("nope", instances=[1.0]),
        400,
        'Serving signature name: "nope" not found in signature def',
    ),
    refused(
        signature("no_inputs", instances=[1.0]),
        "Failed to get input map for signature: no_inputs",
    ),
    refused(
        signature("__saved_model_init_op", instances=[1.0]),
        "Failed to get input map for signature: __saved_model_init_op",
    ),
    refused(
        {"rows": [1.0]},
        "Missing 'inputs' or 'instances' key",
    ),
    refused(
        {"instances": 1},
        "JSON Value: {\"instances\": 1} Expecting 'instances' to be an "
        "list/array",
    ),
    refused(
        {"instances": []},
        "JSON Value: {\"instances\": []} No values in 'instances' array",
    ),
    refused(
        {"inputs": [None]},
        "JSON Value: null Type: Null is not of expected type: float",
    ),
    refused(
        signature("two", inputs={"int_tensor": [1]}),
        "Missing named input: str_tensor in 'inputs' object.",
    ),
    refused(
        signature("two", instances=[{"int_tensor": 1}]),
        "Failed to process element: 0 of 'instances' list. JSON object: "
        '{"int_tensor": 1} keys must be equal to: '
        "int_tensor,str_tensor",
    ),
    refused(
        {"instances": [{"x": 1.0, "z": 2.0}]},
        f"{ELEMENT % '0 key: z'}{INVALID}"
        "JSON object: does not have named input: z",
    ),
    refused(
        signature("two", instances=[1]),
        "instances is a plain list, but expecting list of objects as multiple "
        "input tensors required as per tensorinfo_map",
    ),
    refused(
        signature("two", inputs=[1]),
        "inputs is a plain value/list, but expecting an object as multiple "
        "input tensors required as per tensorinfo_map",
    ),
    refused(
        {"inputs": [[1.0], 2.0]},
        "JSON Value: 2.0 found at incorrect level: 2 in the JSON DOM. Expected "
        "at level: 2",
    ),
    refused(
        {"inputs": [1.0, [2.0]]},
        "Encountered list at unexpected level: 1 expected < 1",
    ),
    refused(
        {"inputs": [[1.0], []]},
        "Encountered list at unexpected size: 0 at level: 1 expected size: 1",
    ),
    refused(
        signature("int64", inputs=[True]),
        "JSON Value: true Type: True is not of expected type: int64",
    ),
    refused(
        signature("int64", inputs=[1.0]),
        "JSON Value: 1.0 Type: Number is not of expected type: int64",
    ),
    refused(
        signature("int64", inputs=[2**63]),
        "JSON Value: 9223372036854775808 Type: Number is not of expected type: "
        "int64",
    ),
    refused(
        signature("bytes", instances=[{"b64": "$$$"}]),
        f"{ELEMENT % 0}{INVALID}Unable to base64 decode",
    ),
    refused(
        signature("bytes", inputs=[{"b65": "aa"}]),
        'JSON Value: {"b65": "aa"} not formatted correctly for base64 data',
    ),
    # An op that fails, in its own words.
    Case(
        "servables/tensorflow/predict_util.cc",
        PREDICT,
        signature("number", instances=["x"]),
        400,
        "StringToNumberOp could not correctly convert string: x…",
    ),
]

NAMED = {
    "double_scalar_tensor": [8.0, 9.0],
    "float_tensor": [[1.0], [2.0]],
    "int_tensor": [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [1, 2]]],
    "str_tensor": [["foo", "bar"], ["baz", "bat"]],
    "str_tensor_bytes": [
        [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}],
        [{"b64": "dGY="}, {"b64": "c2VydmluZw=="}],
    ],
}
NAMED_ROWS = [
    {name: column[row] for name, column in NAMED.items()} for row in (0, 1)
]


def instances(test: str, name: str, rows: Any, error: str) -> Case:
    body = signature(name, instances=rows)
    return Case(f"{JSON_TENSOR}:{test}", PREDICT, body, 400, error)


def echo(test: str, name: str, rows: Any) -> Case:
    return Case(
        f"{JSON_TENSOR}:{test}",
        PREDICT,
        signature(name, instances=rows),
        200,
        {"predictions": rows},
    )


TENSORS = [
    echo("SingleUnnamedTensor", "int", [[1, 2], [3, 4], [5, 6]]),
    Case(
        f"{JSON_TENSOR}:MixedInputForFloatTensor",
        PREDICT,
        signature("float", instances=[1, 2.0, 3, 4, 5.003, 0.007, 0.0]),
        200,
        {"predictions": [1.0, 2.0, 3.0, 4.0, 5.003, 0.007, 0.0]},
    ),
    Case(
        f"{JSON_TENSOR}:MixedInputForDoubleTensor",
        PREDICT,
        signature("double", instances=[1.0, 2, 3, 4, 0.662, 0, 0.0]),
        200,
        {"predictions": [1.0, 2.0, 3.0, 4.0, 0.662, 0.0, 0.0]},
    ),
    echo(
        "SingleUnnamedTensorBase64Scalars",
        "bytes",
        [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}],
    ),
    echo(
        "SingleUnnamedTensorBase64Lists",
        "bytes",
        [[{"b64": "aGVsbG8="}], [{"b64": "d29ybGQ="}]],
    ),
    Case(
        f"{JSON_TENSOR}:SingleNamedTensorBase64",
        PREDICT,
        signature("string", instances=[{"default": [[{"b64": "aGVsbG8="}]]}]),
        200,
        {"predictions": [[["hello"]]]},
    ),
    echo("MultipleNamedTensor", "float", [[1.0, math.nan], [2.0, math.inf]]),
    Case(
        f"{JSON_TENSOR}:SingleUnnamedTensorColumnarFormat",
        PREDICT,
        signature("int", inputs={"default": [[[1, 2], [3, 4], [5, 6]]]}),
        200,
        {"outputs": [[[1, 2], [3, 4], [5, 6]]]},
    ),
    Case(
        f"{JSON_TENSOR}:MultipleNamedTensorColumnarFormat",
        PREDICT,
        signature(
            "two",
            inputs={"int_tensor": [[1, 2]], "str_tensor": {"b64": "aGVsbG8="}},
        ),
        200,
        {"outputs": {"int_tensor": [[1, 2]], "str_tensor": "hello"}},
    ),
    instances(
        "SingleUnnamedTensorErrors",
        "int",
        [[1, 2], [3, 4], [5, 6, 7]],
        f"{ELEMENT % 2}{INVALID}Expecting tensor size: 2 but got: 3",
    ),
    instances(
        "SingleUnnamedTensorErrors",
        "int",
        [[1, 2], [3, 4], [[5, 6]]],
        f"{ELEMENT % 2}{INVALID}Expecting shape [2] but got: [1,2]",
    ),
    instances(
        "SingleUnnamedTensorErrors",
        "int",
        [1, [1]],
        f"{ELEMENT % 1}{INVALID}Expecting shape [] but got: [1]",
    ),
    instances(
        "SingleUnnamedTensorErrors",
        "int",
        [[1, 2], ["a", "b"]],
        f"{ELEMENT % 1}{INVALID}"
        'JSON Value: "a" Type: String is not of expected type: int32',
    ),
    # Floats are rounded, and infinite beyond their range.
    Case(
        "util/json_tensor.cc:AddValueToTensor",
        PREDICT,
        signature("float", instances=[16777217, 1.79769e308]),
        200,
        {"predictions": [16777216.0, math.inf]},
    ),
    Case(
        "util/json_tensor.cc:AddValueToTensor",
        PREDICT,
        signature("double", instances=[9007199254740993, 2**70]),
        200,
        {"predictions": [9007199254740992.0, 2.0**70]},
    ),
    Case(
        "util/json_tensor.cc:AddValueToTensor",
        PREDICT,
        signature("half", inputs=[1.0]),
        501,
        "Conversion of JSON Value: 1.0 to type: half",
    ),
    instances(
        "FromJsonSingleTensorErrors",
        "to_half",
        [1.0],
        "Failed to write JSON value for tensor type: half",
    ),
    Case(
        f"{JSON_TENSOR}:SingleUnnamedTensorErrors",
        PREDICT,
        {"instances": [1], "inputs": [1]},
        400,
        'JSON Value: {"instances": [1], "inputs": [1]} Not formatted correctly '
        "expecting only one of 'inputs' or 'instances' keys to exist ",
    ),
    instances(
        "MultipleNamedTensorErrors",
        "two",
        [
            {"int_tensor": [[1, 2], [3, 4]], "str_tensor": ["foo", "bar"]},
            {"int_tensor": [[[7, 8], [9, 0]]], "str_tensor": ["baz", "bat"]},
        ],
        f"{ELEMENT % '1 key: int_tensor'}{INVALID}"
        "Expecting shape [2,2] but got: [1,2,2]",
    ),
    instances(
        "MultipleNamedTensorErrors",
        "two",
        [
            {"int_tensor": [[1, 2], [3, 4]], "str_tensor": ["foo", "bar"]},
            {"int_tensor": [[7, 8]], "str_tensor": ["baz", "bat"]},
        ],
        f"{ELEMENT % '1 key: int_tensor'}{INVALID}"
        "Expecting tensor size: 4 but got: 2",
    ),
    instances(
        "MultipleNamedTensorErrors",
        "two",
        [{"int_tensor": [1], "str_tensor": ["foo"]}, [1, 20, 30]],
        "Expecting object but got list at item 1 of input list",
    ),
    instances(
        "MultipleNamedTensorErrors",
        "string",
        [["baz", "bar"], {"default": ["baz", "bat"]}],
        "Expecting value/list but got object at item 1 of input list",
    ),
    echo("FromJsonSingleScalarTensor", "int", [1, 2, 3, 4, 5]),
    echo(
        "FromJsonSingleBytesTensor",
        "bytes",
        [[{"b64": "aGVsbG8="}], [{"b64": "dGY="}]],
    ),
    echo(
        "FromJsonSingleFloatTensorSixDigitPrecision",
        "float",
        [[9e06, 999999.0, 0.5], [0.0003, 3e-05, 555557.5]],
    ),
    # Six digits are another number, so there are nine.
    Case(
        "util/json_tensor.cc",
        PREDICT,
        signature("float", instances=[1 / 3]),
        200,
        {"predictions": [0.333333343]},
    ),
    echo(
        "FromJsonSingleFloatTensorNonFinite",
        "float",
        [[math.nan, math.inf], [3.0, -math.inf]],
    ),
    instances(
        "FromJsonSingleTensorErrors",
        "complex",
        [1.0],
        "Failed to write JSON value for tensor type: complex64",
    ),
    instances(
        "FromJsonSingleTensorErrors",
        "scalar",
        [1.0],
        "Tensor name: tensor has no shape information ",
    ),
    echo("FromJsonMultipleNamedTensors", "named", NAMED_ROWS),
    Case(
        f"{JSON_TENSOR}:FromJsonMultipleNamedTensors",
        PREDICT,
        signature("named", inputs=NAMED),
        200,
        {"outputs": NAMED},
    ),
    instances(
        "FromJsonMultipleNamedTensorsErrors",
        "uneven",
        [1.0],
        "Tensor name: str_tensor has inconsistent batch size: 1 expecting: 2",
    ),
    Case(
        f"{JSON_TENSOR}:FromJsonSingleZeroBatchTensor",
        PREDICT,
        signature("none", instances=[[1.0, 2.0]]),
        200,
        {"predictions": []},
    ),
]

SPEC = 'model_spec { name: "half_plus_two" %s }'
X = (
    'inputs { key: "%s" '
    "value { dtype: DT_FLOAT float_val: 2 tensor_shape {} } }"
)
BASE = "base_path: 'BASE' model_platform: 'tensorflow'"


def predicted(source: str, body: str) -> Case:
    answer = (
        SPEC
        % "version { value: 124 } signature_name: 'serving_default'"
        + "outputs { key: 'y' value { dtype: DT_FLOAT float_val: 3"
        " tensor_shape {} } }"
    )
    return Case(source, "Predict", body, "OK", answer)


def echoed(dims: list[int], values: str, answer: str | None) -> Case:
    """Strings of one letter; the answer is an error if None."""

    def write(key: str, values: str) -> str:
        shape = "".join(f"dim {{ size: {size} }}" for size in dims)
        texts = "".join(f"string_val: '{value}' " for value in values)
        return (
            f"puts {{ key: '{key}' value {{ dtype: DT_STRING {texts}"
            f"tensor_shape {{ {shape} }} }} }}"
        )

    body = SPEC % "signature_name: 'string'" + "in" + write("default", values)
    source = "tensorflow/core/framework/tensor.cc:FromProto"
    if answer is None:
        text = "tensor parsing error: default"
        return Case(source, "Predict", body, "INVALID_ARGUMENT", text)
    spec = SPEC % "version { value: 124 } signature_name: 'string'"
    found = spec + "out" + write("str_tensor", answer)
    return Case(source, "Predict", body, "OK", found)


GRPC = [
    Case(
        f"{PREDICT_UTIL}:MissingOrEmptyModelSpec",
        "Predict",
        "",
        "INVALID_ARGUMENT",
        "Missing ModelSpec",
    ),
    Case(
        f"{PREDICT_UTIL}:MissingOrEmptyModelSpec",
        "Predict",
        "model_spec {}",
        "INVALID_ARGUMENT",
        "ModelSpec has no name specified.",
    ),
    Case(
        "servables/tensorflow/predict_impl_test.cc:MissingOrEmptyModelSpec",
        "Predict",
        'model_spec { name: "test" }',
        "NOT_FOUND",
        "Servable not found for request: Latest(test)",
    ),
    Case(
        "core/servable_id.h",
        "Predict",
        SPEC % "version { value: 6 }",
        "NOT_FOUND",
        "Servable not found for request: Specific(half_plus_two, 6)",
    ),
    Case(
        f"{CORE}:ModelSpecMultipleVersionsAvailable",
        "Predict",
        SPEC % "version_label: 'nonexistent label'",
        "INVALID_ARGUMENT",
        "Unrecognized servable version label: nonexistent label",
    ),
    Case(
        f"{PREDICT_UTIL}:EmptyInputList",
        "Predict",
        SPEC % "",
        "INVALID_ARGUMENT",
        "input size does not match signature: 0!=1 len({}) != len({x}). Sent "
        "extra: {}. Missing but required: {x}.",
    ),
    Case(
        f"{PREDICT_UTIL}:InputTensorsDontMatchModelSpecInputs",
        "Predict",
        SPEC % "" + X % "unknown_key1" + X % "unknown_key2",
        "INVALID_ARGUMENT",
        "input size does not match signature: 2!=1 "
        "len({unknown_key1,unknown_key2}) != len({x}). Sent extra: "
        "{unknown_key1,unknown_key2}. Missing but required: {x}.",
    ),
    Case(
        "tensorflow/cc/saved_model/util.cc",
        "Predict",
        SPEC % "" + X % "z",
        "INVALID_ARGUMENT",
        "Signature input alias: x(feed name: serving_default_x:0) not found in "
        "request and no default value provided. Inputs expected to be in the "
        "request {z}, or default input alias set: ",
    ),
    Case(
        "servables/tensorflow/predict_util.cc",
        "Predict",
        SPEC % "" + "inputs { key: 'x' value { dtype: DT_FLOAT "
        "tensor_content: 'abc' } }",
        "INVALID_ARGUMENT",
        "tensor parsing error: x",
    ),
    Case(
        f"{PREDICT_UTIL}:PredictionInvalidTensor",
        "Predict",
        SPEC % "" + "inputs { key: 'x' value { dtype: DT_BOOL bool_val: true "
        "tensor_shape {} } }",
        "INVALID_ARGUMENT",
        "Expects arg[0] to be float but bool is provided",
    ),
    Case(
        f"{PREDICT_UTIL}:InputTensorsHaveWrongType",
        "Predict",
        SPEC % "" + "inputs { key: 'x' value { dtype: DT_STRING string_val: "
        "'any_value' tensor_shape { dim { size: 1 } } } } output_filter: 'y'",
        "INVALID_ARGUMENT",
        "Expects arg[0] to be float but string is provided",
    ),
    Case(
        f"{PREDICT_UTIL}:OutputFiltersDontMatchModelSpecOutputs",
        "Predict",
        SPEC % "" + X % "x" + "output_filter: 'output_filter'",
        "INVALID_ARGUMENT",
        "output tensor alias not found in signature: output_filter Outputs "
        "expected to be in the set {y}.",
    ),
    predicted(
        f"{PREDICT_UTIL}:OutputFiltersDontMatchModelSpecOutputs",
        SPEC % "" + X % "x" + "output_filter: 'y'",
    ),
    Case(
        f"{PREDICT_UTIL}:OutputFiltersDontMatchModelSpecOutputs",
        "Predict",
        SPEC % "" + X % "x" + "output_filter: ['y', 'y']",
        "INVALID_ARGUMENT",
        "duplicate output tensor alias: y",
    ),
    Case(
        f"{PREDICT_UTIL}:ModelMissingSignatures",
        "Predict",
        SPEC % "signature_name: 'nope'",
        "FAILED_PRECONDITION",
        'Serving signature key "nope" not found.',
    ),
    predicted(f"{PREDICT_UTIL}:PredictionSuccess", SPEC % "" + X % "x"),
    *(
        echoed(dims, values, answer)
        for dims, values, answer in (
            ([2], "ab", "ab"),
            ([1], "ab", "a"),
            ([3], "ab", "abb"),
            ([], "a", "a"),
            ([0], "", ""),
            ([-1], "a", None),
            ([2**40, 2**40], "a", None),
        )
    ),
    # The method's name is not looked at, by default.
    Case(
        "tensorflow/core/graph/subgraph.cc",
        "Predict",
        SPEC % "signature_name: '__saved_model_init_op'",
        "INVALID_ARGUMENT",
        "Tried to fetch data for 'NoOp', which produces no output.  To run to "
        "a node but not fetch any data, pass 'NoOp' as an argument to the "
        "'target_node_names' argument of the Session::Run API.",
    ),
    Case(
        "servables/tensorflow/predict_util.cc",
        "Predict",
        SPEC
        % "signature_name: 'number'"
        + "inputs { key: 'default' value { dtype: DT_STRING string_val: 'x' "
        "tensor_shape {} } }",
        "INVALID_ARGUMENT",
        "StringToNumberOp could not correctly convert string: x…",
    ),
    Case(
        "model_servers/grpc_status_util.cc",
        "Predict",
        f"model_spec {{ name: '{'n' * 2000}' }}",
        "NOT_FOUND",
        "Servable not found for request: Latest("
        + "n" * (1024 - len("Servable not found for request: Latest("))
        + "...TRUNCATED",
    ),
    Case(
        f"{METADATA}:MissingOrEmptyModelSpec",
        "GetModelMetadata",
        "metadata_field: 'signature_def'",
        "INVALID_ARGUMENT",
        "Missing ModelSpec",
    ),
    Case(
        f"{METADATA}:MissingOrEmptyModelSpec",
        "GetModelMetadata",
        "metadata_field: 'signature_def' model_spec {}",
        "INVALID_ARGUMENT",
        "ModelSpec has no name specified.",
    ),
    Case(
        f"{METADATA}:MissingOrEmptyModelSpec",
        "GetModelMetadata",
        "metadata_field: 'signature_def' model_spec { name: 'test' }",
        "NOT_FOUND",
        "Servable not found for request: Latest(test)",
    ),
    Case(
        f"{METADATA}:EmptyOrInvalidMetadataFieldList",
        "GetModelMetadata",
        SPEC % "",
        "INVALID_ARGUMENT",
        "GetModelMetadataRequest must specify at least one metadata_field",
    ),
    # The %s is TF Serving's own slip.
    Case(
        f"{METADATA}:EmptyOrInvalidMetadataFieldList",
        "GetModelMetadata",
        SPEC % "" + "metadata_field: 'some_stuff'",
        "INVALID_ARGUMENT",
        "Metadata field %s is not supportedsome_stuff",
    ),
    Case(
        f"{STATUS}:MissingOrEmptyModelSpecFailure",
        "GetModelStatus",
        "",
        "INVALID_ARGUMENT",
        "Missing ModelSpec",
    ),
    Case(
        f"{STATUS}:InvalidModelNameFailure",
        "GetModelStatus",
        "model_spec { name: 'nonexistent_model' }",
        "NOT_FOUND",
        "Could not find any versions of model nonexistent_model",
    ),
    Case(
        f"{STATUS}:InvalidModelVersionFailure",
        "GetModelStatus",
        SPEC % "version { value: 125 }",
        "NOT_FOUND",
        "Could not find version 125 of model half_plus_two",
    ),
    Case(
        f"{STATUS}:AllVersionsSuccess",
        "GetModelStatus",
        SPEC % "",
        "OK",
        "model_version_status { version: 124 state: AVAILABLE status {} }"
        "model_version_status { version: 123 state: AVAILABLE status {} }",
    ),
    Case(
        f"{STATUS}:SingleVersionSuccess",
        "GetModelStatus",
        SPEC % "version { value: 123 }",
        "OK",
        "model_version_status { version: 123 state: AVAILABLE status {} }",
    ),
    Case(
        "model_servers/get_model_status_impl.cc",
        "GetModelStatus",
        SPEC % "version_label: 'Version_Nonexistent'",
        "OK",
        "model_version_status { version: 124 state: AVAILABLE status {} }"
        "model_version_status { version: 123 state: AVAILABLE status {} }",
    ),
]


def reload(source: str, models: str, code: str = "OK", text: str = "") -> Case:
    body = f"config {{ model_config_list {{ {models} }} }}"
    return Case(source, "HandleReloadConfigRequest", body, code, text)


KNOWN = f"name: 'half_plus_two' {BASE}"
# Each against a server of its own.
RELOADS = [
    Case(
        "model_servers/model_service_impl.cc",
        "HandleReloadConfigRequest",
        "",
        "INVALID_ARGUMENT",
        "ServerModelConfig type not supported by HandleReloadConfigRequest. "
        "Only ModelConfigList is currently supported",
    ),
    Case(
        f"{CORE}:IllegalReconfigurationToCustomConfig",
        "HandleReloadConfigRequest",
        "config { custom_model_config {} }",
        "INVALID_ARGUMENT",
        "ServerModelConfig type not supported by HandleReloadConfigRequest. "
        "Only ModelConfigList is currently supported",
    ),
    reload(f"{CORE}:ReloadConfigUnloadsModels", ""),
    reload(
        f"{CORE}:ReloadConfigWaitsTillModelsAvailable",
        f"config {{ {KNOWN} }} config {{ name: 'x' {BASE} }}",
    ),
    # Nobody can ask for it, and nothing forbids it.
    reload("model_servers/server_core.cc", f"config {{ {BASE} }}"),
    reload(
        f"{CORE}:DuplicateModelNameInConfig",
        f"config {{ {KNOWN} }} config {{ {KNOWN} }}",
        "INVALID_ARGUMENT",
        "Illegal to list model half_plus_two multiple times in config list",
    ),
    reload(
        f"{CORE}:RelativePathFails",
        "config { name: 'x' base_path: 'y' model_platform: 'tensorflow' }",
        "INVALID_ARGUMENT",
        "Expected model x to have an absolute path or URI; got base_path()=y",
    ),
    reload(
        f"{CORE}:UnknownModelPlatform",
        "config { name: 'x' base_path: '/y' model_platform: 'caffe' }",
        "INVALID_ARGUMENT",
        "Model x requests unsupported platform caffe",
    ),
    reload(
        f"{CORE}:IllegalToChangeModelPlatform",
        "config { name: 'half_plus_two' base_path: '/y' "
        "model_platform: 'caffe' }",
        "INVALID_ARGUMENT",
        "Illegal to change a model's platform. For model half_plus_two "
        "platform was tensorflow and new platform requested is caffe",
    ),
    reload(
        "model_servers/server_core.cc",
        "config { name: 'x' base_path: '/y' }",
        "INVALID_ARGUMENT",
        "Illegal setting neither ModelServerConfig::model_type (deprecated) "
        "nor ModelServerConfig::model_platform, model name is x",
    ),
    reload(
        f"{CORE}:DeprecatedModelTypeConfig",
        "config { name: 'half_plus_two' base_path: 'BASE' "
        "model_type: TENSORFLOW }",
    ),
    reload(
        "model_servers/server_core.cc:GetPlatform",
        f"config {{ {KNOWN} model_type: TENSORFLOW }}",
        "INVALID_ARGUMENT",
        "Illegal setting both ModelServerConfig::model_type (deprecated) and "
        "ModelServerConfig::model_platform, model name is half_plus_two",
    ),
    reload(
        "model_servers/server_core.cc:GetPlatform",
        "config { name: 'x' base_path: '/y' model_type: OTHER }",
        "INVALID_ARGUMENT",
        "ModelServerConfig::model_type choice 2 not supported.",
    ),
    reload(
        f"{CORE}:AssignLabelToUnavailableVersionAllowed",
        f"config {{ {KNOWN} version_labels {{ key: 'new' value: 777 }} }}",
    ),
    reload(
        f"{CORE}:AssignExistingLabelToUnavailableVersion",
        f"config {{ {KNOWN} version_labels {{ key: 'Version_Label' "
        "value: 777 } }",
        "FAILED_PRECONDITION",
        "Request to assign label to version 777 of model half_plus_two, which "
        "is not currently available for inference",
    ),
    reload(
        "model_servers/server_core.cc:WaitUntilModelsAvailable",
        f"config {{ {KNOWN} }} config {{ name: 'x' "
        "base_path: 'BROKEN' model_platform: 'tensorflow' }",
        "UNKNOWN",
        "1 model(s) did not become available: {{{name: x version: 1} due to "
        "error: …",
    ),
]


class Difference(NamedTuple):
    case: Case
    ours: int | str
    why: str


# Besides: over REST, text that is not UTF-8 comes with U+FFFD, where TF
# Serving's JSON cannot be read; texts of errors end after 1 KiB, as over gRPC;
# JSON is nested at most 256 deep, and an error quotes 256 characters of it, on
# one line, and says in Python's words why it cannot be parsed; requests end at
# 64 MiB, as a laptop's memory does. A directory without saved_model.pb is no
# version yet, where TF Serving reports one that does not load; a base path that
# is missing at the start is an error, where TF Serving waits for it; and there
# is no metric runtime_latency, for it would say nothing about TF Serving.
DIFFERENCES = [
    Difference(
        Case(
            f"{HANDLER}:Classify",
            f"POST {MODEL}:classify",
            signature("classify_x_to_y", examples=[{"x": 20.0}]),
            200,
            {"results": [[["", 12]]]},
        ),
        501,
        "No model here has a signature that takes tf.Examples.",
    ),
    Difference(
        Case(
            f"{HANDLER}:Regress",
            f"POST {MODEL}:regress",
            signature("regress_x_to_y", examples=[{"x": 80.0}]),
            200,
            {"results": [42]},
        ),
        501,
        "No model here has a signature that takes tf.Examples.",
    ),
    Difference(
        Case(
            "model_servers/tensorflow_model_server_test.py:testClassify",
            "Classify",
            SPEC % "",
            "OK",
            "",
        ),
        "UNIMPLEMENTED",
        "No model here has a signature that takes tf.Examples.",
    ),
    Difference(
        Case(
            "util/json_tensor.cc",
            PREDICT,
            b'{"instances": [Inf]}',
            200,
            {"predictions": [math.inf]},
        ),
        400,
        "Python's parser knows Infinity alone, which is what writers write.",
    ),
    Difference(
        Case(
            "util/json_tensor.cc:AddValueToTensor",
            PREDICT,
            signature("int8", inputs=[300]),
            200,
            {"outputs": [44]},
        ),
        400,
        "A number that does not fit must not become another.",
    ),
    Difference(
        Case(
            "model_servers/http_server.cc:ProcessRequest",
            f"OPTIONS {MODEL}",
            b"",
            200,
            "",
            {"Origin": "http://localhost"},
        ),
        400,
        "There is no CORS here; TF Serving has it behind a flag.",
    ),
    Difference(
        reload(
            "sources/storage_path/file_system_storage_path_source.cc",
            "config { name: 'x' base_path: '/nowhere' "
            "model_platform: 'tensorflow' }",
            "DEADLINE_EXCEEDED",
        ),
        "UNKNOWN",
        "TF Serving waits for a first version, and so does the caller.",
    ),
]


def id_of(case: Case) -> str:
    return re.sub(r"[^\w/:.]+", "-", f"{case.source} {case.request}")[:100]


def ids_of(cases: list[Case]) -> list[str]:
    return [f"{number}-{id_of(case)}" for number, case in enumerate(cases)]


def concrete(function, **dtypes):
    specs = {
        name: tf.TensorSpec(None, dtype, name) for name, dtype in dtypes.items()
    }
    return tf.function(function).get_concrete_function(**specs)


def same(**tensors):
    return {name: tf.identity(tensor) for name, tensor in tensors.items()}


ECHOES = {
    "int": ("int_tensor", tf.int32),
    "int8": ("int_tensor", tf.int8),
    "int64": ("int_tensor", tf.int64),
    "float": ("float_tensor", tf.float32),
    "double": ("double_tensor", tf.float64),
    "string": ("str_tensor", tf.string),
    "bytes": ("str_tensor_bytes", tf.string),
    "half": ("half_tensor", tf.float16),
}
OF_FLOATS = {
    "serving_default": lambda x: {"y": 0.5 * x + 2.0},
    "to_half": lambda x: {"tensor": tf.cast(x, tf.float16)},
    "complex": lambda x: {"tensor": tf.cast(x, tf.complex64)},
    "scalar": lambda x: {"tensor": tf.reduce_sum(x)},
    "none": lambda x: {"int_tensor": x[:0]},
    "uneven": lambda x: {
        "int_tensor": tf.concat([x, x], 0),
        "str_tensor": tf.strings.as_string(x),
    },
}


def make_signatures() -> dict[str, Any]:
    """What TF Serving's tests ask, or like it."""
    signatures = {
        name: concrete(
            lambda default, output=output: {output: tf.identity(default)},
            default=dtype,
        )
        for name, (output, dtype) in ECHOES.items()
    }
    for name, function in OF_FLOATS.items():
        signatures[name] = concrete(function, x=tf.float32)
    signatures["two"] = concrete(
        same, int_tensor=tf.int32, str_tensor=tf.string
    )
    signatures["named"] = concrete(
        same,
        double_scalar_tensor=tf.float64,
        float_tensor=tf.float32,
        int_tensor=tf.int32,
        str_tensor=tf.string,
        str_tensor_bytes=tf.string,
    )
    signatures["number"] = concrete(
        lambda default: {"y": tf.strings.to_number(default)}, default=tf.string
    )
    signatures["no_inputs"] = concrete(lambda: {"y": tf.constant(1.0)})
    signatures["list"] = tf.function(
        lambda default: {"y": tf.identity(default)}
    ).get_concrete_function(default=tf.TensorSpec([None], name="default"))
    return signatures


@pytest.fixture(scope="module")
def base_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Versions 123 and 124."""
    path = tmp_path_factory.mktemp("models") / "half_plus_two"
    tf.saved_model.save(
        tf.Module(), str(path / "123"), signatures=make_signatures()
    )
    shutil.copytree(path / "123", path / "124")
    return path


def start(base_path: Path) -> ModelServer:
    config = text_format.Parse(
        "model_config_list { config { name: 'half_plus_two' "
        f"base_path: '{base_path}' model_platform: 'tensorflow' "
        "model_version_policy { all {} } "
        "version_labels { key: 'Version_Label' value: 123 } } }",
        ModelServerConfig(),
    )
    return ModelServer(config, rest_port=0)


@pytest.fixture(scope="module")
def half_plus_two(base_path: Path) -> Iterator[ModelServer]:
    with start(base_path) as running:
        yield running


def ask_rest(server: ModelServer, case: Case) -> tuple[int, bytes]:
    body = case.body
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    method, path = case.request.split()
    connection = http.client.HTTPConnection(server.rest_address, timeout=10)
    connection.request(method, path, body, case.headers)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


REQUESTS = {
    "Classify": classification_pb2.ClassificationRequest,
    "Predict": predict_pb2.PredictRequest,
    "GetModelMetadata": get_model_metadata_pb2.GetModelMetadataRequest,
    "GetModelStatus": get_model_status_pb2.GetModelStatusRequest,
    "HandleReloadConfigRequest": model_management_pb2.ReloadConfigRequest,
}


def ask_grpc(server: ModelServer, case: Case) -> tuple[str, Any]:
    request = text_format.Parse(case.body, REQUESTS[case.request]())
    with grpc.insecure_channel(server.address) as channel:
        stubs = (
            prediction_service_pb2_grpc.PredictionServiceStub(channel),
            model_service_pb2_grpc.ModelServiceStub(channel),
        )
        (call,) = [
            getattr(stub, case.request)
            for stub in stubs
            if hasattr(stub, case.request)
        ]
        try:
            return "OK", call(request, timeout=30)
        except grpc.RpcError as error:
            return error.code().name, error.details()


def says(found: str, text: str) -> bool:
    # Graphs that are not optimized, as in tests, name the function first.
    found = re.sub(r"^(\{\{function_node \S+\}\} )+", "", found)
    if text.endswith("…"):
        return found.startswith(text[:-1])
    return found == text


def test_the_cases_are_of_the_deployed_version() -> None:
    dockerfile = Path(__file__).parents[3] / "Dockerfile"
    assert f"ARG TF_SERVING_VERSION={VERSION}\n" in dockerfile.read_text()


@pytest.mark.parametrize(
    "case", PATHS + BODIES + TENSORS, ids=ids_of(PATHS + BODIES + TENSORS)
)
def test_over_rest(half_plus_two: ModelServer, case: Case) -> None:
    code, found = ask_rest(half_plus_two, case)
    assert code == case.code, found
    if isinstance(case.answer, bytes) or not case.answer:
        assert found == (case.answer or b"")
        return
    document = json.loads(found)
    if isinstance(case.answer, str):
        assert list(document) == ["error"]
        assert says(document["error"], case.answer), document
    else:  # As texts, so that NaN is NaN, and 1 is not 1.0.
        assert json.dumps(document, sort_keys=True) == json.dumps(
            case.answer, sort_keys=True
        )


@pytest.mark.parametrize("case", GRPC, ids=ids_of(GRPC))
def test_over_grpc(half_plus_two: ModelServer, case: Case) -> None:
    code, found = ask_grpc(half_plus_two, case)
    assert code == case.code, found
    if code != "OK":
        assert says(found, case.answer), found
        return
    assert found == text_format.Parse(case.answer, type(found)())


def fill_paths(case: Case, base_path: Path, broken: Path) -> Case:
    (broken / "1").mkdir(parents=True)
    (broken / "1" / "saved_model.pb").write_bytes(b"\xff")
    body = case.body.replace("BASE", str(base_path))
    return case._replace(body=body.replace("BROKEN", str(broken)))


@pytest.mark.parametrize("case", RELOADS, ids=ids_of(RELOADS))
def test_reloads(base_path: Path, tmp_path: Path, case: Case) -> None:
    with start(base_path) as server:
        filled = fill_paths(case, base_path, tmp_path / "broken")
        code, found = ask_grpc(server, filled)
    assert code == case.code, found
    if code != "OK":
        assert says(found, case.answer), found


@pytest.mark.parametrize(
    "difference",
    DIFFERENCES,
    ids=ids_of([difference.case for difference in DIFFERENCES]),
)
def test_known_differences(
    half_plus_two: ModelServer,
    base_path: Path,
    tmp_path: Path,
    difference: Difference,
) -> None:
    """A difference that is none any more must leave the list."""
    case = difference.case
    if case.request == "HandleReloadConfigRequest":
        with start(base_path) as server:
            code, _ = ask_grpc(
                server, fill_paths(case, base_path, tmp_path / "broken")
            )
    else:
        ask = ask_rest if " " in case.request else ask_grpc
        code, _ = ask(half_plus_two, case)
    assert code == difference.ours != case.code


@pytest.mark.parametrize("api", ["Classify", "Regress", "MultiInference"])
def test_apis_without_a_signature_are_refused_in_a_sentence(
    half_plus_two: ModelServer, api: str
) -> None:
    with grpc.insecure_channel(half_plus_two.address) as channel:
        call = channel.unary_unary(
            f"/tensorflow.serving.PredictionService/{api}"
        )
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", timeout=30)
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert caught.value.details().endswith("use Predict.")
