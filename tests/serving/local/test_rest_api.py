"""The REST API against TF Serving's codes, texts and JSON rules."""

import base64
import http.client
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from serving.grpc_options import MAX_MESSAGE_BYTES
from serving.server import ModelServer

MODEL = "/v1/models/recommender"
PREDICT = f"{MODEL}:predict"
DESIGNER = "/v1/models/designer:predict"


def call(
    server: ModelServer, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    """Sends bytes as they are and anything else as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection = http.client.HTTPConnection(server.rest_address, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    if response.headers["Content-Type"] == "application/json":
        return response.status, json.loads(text)
    return response.status, text


def signature(name: str, **body: Any) -> dict[str, Any]:
    return {"signature_name": name, **body}


def test_rows(server: ModelServer) -> None:
    code, found = call(
        server,
        "POST",
        PREDICT,
        {"instances": [{"user_id": "ann"}, {"user_id": "nobody"}]},
    )
    assert code == 200
    first, second = found["predictions"]
    assert first == {
        "item_ids": ["robe", "shirt,1", "sock", "шапка"],
        "scores": [4.0, 3.0, 3.0, 1.0],
        "known_user": True,
    }
    assert second["known_user"] is False


def test_columns(server: ModelServer) -> None:
    body = {"inputs": {"user_id": ["ann"], "exclude_ids": [["robe", ""]]}}
    code, found = call(
        server, "POST", PREDICT, signature("recommend_excluding", **body)
    )
    assert code == 200
    assert found["outputs"]["item_ids"] == [
        ["shirt,1", "sock", "шапка", "jean"]
    ]
    assert found["outputs"]["known_user"] == [True]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"instances": ["bob"]}, {"predictions": [[0.0, 2.0, 1.0, 0.0]]}),
        ({"inputs": ["bob"]}, {"outputs": [[0.0, 2.0, 1.0, 0.0]]}),
        ({"inputs": []}, {"outputs": []}),
    ],
)
def test_one_input_and_one_output_need_no_names(
    server: ModelServer, body: dict, found: dict
) -> None:
    assert call(server, "POST", PREDICT, signature("embed_users", **body)) == (
        200,
        found,
    )


def test_numbers_are_the_shortest_that_are_the_same_in_32_bits(
    server: ModelServer,
) -> None:
    body = {"instances": [{"category": "hat", "seed": 7}]}
    _, found = call(server, "POST", DESIGNER, body)
    assert found["predictions"][0]["realism"] == 0.7


def test_binary_in_and_out(server: ModelServer, red_png: bytes) -> None:
    row = {
        "user_id": "ann",
        "image_bytes": {"b64": base64.b64encode(red_png).decode()},
        "category": "hat",
        "strength": 1,
    }
    code, found = call(
        server, "POST", DESIGNER, signature("restyle", instances=[row])
    )
    assert code == 200
    picture = base64.b64decode(found["predictions"][0]["image_bytes"]["b64"])
    assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "path", [f"{MODEL}/versions/7:predict", "/V1/Models/recommender:Predict"]
)
def test_other_ways_to_say_it(server: ModelServer, path: str) -> None:
    assert call(server, "POST", path, {"instances": ["ann"]})[0] == 200


def test_state(server: ModelServer) -> None:
    version = {
        "version": "7",
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    for path in (MODEL, f"{MODEL}/versions/7"):
        assert call(server, "GET", path) == (
            200,
            {"model_version_status": [version]},
        )


def test_metadata(server: ModelServer) -> None:
    code, found = call(server, "GET", "/v1/models/designer/metadata?pretty")
    assert code == 200
    assert found["model_spec"]["version"] == "3"
    signatures = found["metadata"]["signature_def"]["signature_def"]
    seed = signatures["design"]["inputs"]["seed"]
    assert seed["dtype"] == "DT_INT64"
    assert seed["tensor_shape"]["dim"] == [{"size": "-1", "name": ""}]
    assert signatures["design"]["method_name"] == "tensorflow/serving/predict"


def test_metrics(server: ModelServer) -> None:
    call(server, "POST", DESIGNER, {"instances": [{"category": "", "seed": 1}]})
    call(server, "POST", "/v1/models/nobody:predict", {"instances": [1]})
    code, page = call(server, "GET", "/monitoring/prometheus/metrics")
    assert code == 200
    name = ":tensorflow:serving:request_"
    failed = '{model_name="designer",status="INVALID_ARGUMENT"} '
    assert f"\n{name}count{failed}" in page
    assert f'\n{name}count{{model_name="",status="NOT_FOUND"}} ' in page
    assert "nobody" not in page


NOT_AN_IMAGE = {"b64": base64.b64encode(b"no image").decode()}
SIZE = (
    "Failed to process element: 1 key: liked_ids of 'instances' list. Error: "
    "INVALID_ARGUMENT: Expecting tensor size: 1 but got: 2"
)


@pytest.mark.parametrize(
    ("path", "body", "code", "text"),
    [
        pytest.param(
            "/v1/models/nobody:predict",
            {"instances": ["ann"]},
            404,
            "Servable not found for request: Latest(nobody)",
            id="unknown model",
        ),
        pytest.param(
            f"{MODEL}/versions/6:predict",
            {"instances": ["ann"]},
            404,
            "Servable not found for request: Specific(recommender, 6)",
            id="unknown version",
        ),
        pytest.param(
            f"{MODEL}/versions/99999999999999999999:predict",
            {"instances": ["ann"]},
            400,
            "Failed to convert version: 99999999999999999999 to numeric.",
            id="version too long",
        ),
        pytest.param(
            f"{MODEL}/labels/canary:predict",
            {"instances": ["ann"]},
            400,
            "Unrecognized servable version label: canary",
            id="unknown label",
        ),
        pytest.param(
            PREDICT,
            signature("nope", instances=["ann"]),
            400,
            'Serving signature name: "nope" not found in signature def',
            id="unknown signature",
        ),
        pytest.param(
            PREDICT,
            signature(1),  # type: ignore[arg-type]
            400,
            'JSON Value: {\n    "signature_name": 1\n} not formatted '
            "correctly. 'signature_name' key must be a string value.",
            id="signature is a number",
        ),
        pytest.param(
            f"{MODEL}:explain",
            {"instances": ["ann"]},
            400,
            f"Malformed request: POST {MODEL}:explain",
            id="unknown verb",
        ),
        pytest.param(
            f"{MODEL}:classify",
            {"examples": [{}]},
            501,
            "classify is not offered here; use predict.",
            id="classify",
        ),
        pytest.param(
            PREDICT,
            b"",
            400,
            "JSON Parse error: The document is empty",
            id="empty body",
        ),
        pytest.param(
            PREDICT,
            b'{"instances": [',
            400,
            "JSON Parse error: Expecting value at offset: 15",
            id="malformed JSON",
        ),
        pytest.param(
            PREDICT,
            b'{"instances": ["\xff"]}',
            400,
            "JSON Parse error: 'utf-8' codec can't decode byte 0xff",
            id="not UTF-8",
        ),
        pytest.param(
            PREDICT,
            b'{"instances": ["\\ud800"]}',
            400,
            "JSON Parse error: The surrogate pair in string is invalid.",
            id="half a character",
        ),
        pytest.param(
            PREDICT,
            b'{"instances": ' + b"[" * 99_999 + b"]" * 99_999 + b"}",
            400,
            "JSON Parse error: ",
            id="nested too deeply to parse",
        ),
        pytest.param(
            PREDICT,
            b'{"instances": ' + b"[" * 700 + b"]" * 700 + b"}",
            400,
            "",
            id="nested deeply",
        ),
        pytest.param(
            PREDICT,
            ["ann"],
            400,
            'JSON Value: [\n    "ann"\n] Is not object',
            id="not an object",
        ),
        pytest.param(
            PREDICT,
            {"rows": ["ann"]},
            400,
            "Missing 'inputs' or 'instances' key",
            id="neither form",
        ),
        pytest.param(
            PREDICT,
            {"instances": ["ann"], "inputs": ["ann"]},
            400,
            "JSON Value: ",
            id="both forms",
        ),
        pytest.param(
            PREDICT,
            {"instances": "ann"},
            400,
            'JSON Value: {\n    "instances": "ann"\n} Excepting \'instances\' '
            "to be an list/array",
            id="rows are no list",
        ),
        pytest.param(
            PREDICT,
            {"instances": []},
            400,
            "JSON Value: {\n    \"instances\": []\n} No values in 'instances' "
            "array",
            id="no rows",
        ),
        pytest.param(
            PREDICT,
            signature("recommend_excluding", inputs={"user_id": ["ann"]}),
            400,
            "Missing named input: exclude_ids in 'inputs' object.",
            id="missing column",
        ),
        pytest.param(
            PREDICT,
            signature("recommend_excluding", instances=[{"user_id": "ann"}]),
            400,
            "Failed to process element: 0 of 'instances' list. JSON object: "
            '{\n    "user_id": "ann"\n} keys must be equal to: '
            "exclude_ids,user_id",
            id="missing in a row",
        ),
        pytest.param(
            PREDICT,
            {"instances": [{"user_id": "ann", "k": 5}]},
            400,
            "Failed to process element: 0 key: k of 'instances' list. Error: "
            "INVALID_ARGUMENT: JSON object: does not have named input: k",
            id="extra in a row",
        ),
        pytest.param(
            PREDICT,
            signature("recommend_excluding", instances=["ann"]),
            400,
            "instances is a plain list, but expecting list of objects as "
            "multiple input tensors required as per tensorinfo_map",
            id="rows without names",
        ),
        pytest.param(
            PREDICT,
            signature("recommend_excluding", inputs=["ann"]),
            400,
            "inputs is a plain value/list, but expecting an object as multiple"
            " input tensors required as per tensorinfo_map",
            id="columns without names",
        ),
        pytest.param(
            PREDICT,
            {"instances": [{"user_id": "ann"}, "bob"]},
            400,
            "Expecting object but got list at item 1 of input list",
            id="a plain row among objects",
        ),
        pytest.param(
            PREDICT,
            {"instances": ["bob", {"user_id": "ann"}]},
            400,
            "Expecting value/list but got object at item 1 of input list",
            id="an object among plain rows",
        ),
        pytest.param(
            PREDICT,
            {"inputs": [1.5]},
            400,
            "JSON Value: 1.5 Type: Number is not of expected type: string",
            id="wrong dtype",
        ),
        pytest.param(
            PREDICT,
            {"inputs": [None]},
            400,
            "JSON Value: null Type: Null is not of expected type: string",
            id="null",
        ),
        pytest.param(
            DESIGNER,
            {"inputs": {"category": ["hat"], "seed": [1.0]}},
            400,
            "JSON Value: 1.0 Type: Number is not of expected type: int64",
            id="a decimal where whole numbers are",
        ),
        pytest.param(
            DESIGNER,
            {"inputs": {"category": ["hat"], "seed": [True]}},
            400,
            "JSON Value: true Type: True is not of expected type: int64",
            id="a truth where numbers are",
        ),
        pytest.param(
            DESIGNER,
            {"inputs": {"category": ["hat"], "seed": [2**63]}},
            400,
            "JSON Value: 9223372036854775808 Type: Number is not of expected "
            "type: int64",
            id="a number too large",
        ),
        pytest.param(
            DESIGNER,
            signature(
                "restyle",
                inputs={
                    "user_id": ["ann"],
                    "image_bytes": [NOT_AN_IMAGE],
                    "category": ["hat"],
                    "strength": [2**24 + 1],
                },
            ),
            400,
            "Cannot convert JSON value: 16777217 to float without loss of "
            "precision.",
            id="a number too exact",
        ),
        pytest.param(
            PREDICT,
            {"inputs": "ann"},
            400,
            "Expects user_id to have shape (None,) but () is provided",
            id="wrong rank",
        ),
        pytest.param(
            PREDICT,
            signature("recommend_for_items", inputs=[["robe"], "jean"]),
            400,
            'JSON Value: "jean" found at incorrect level: 2 in the JSON DOM. '
            "Expected at level: 2",
            id="ragged: a value for a list",
        ),
        pytest.param(
            PREDICT,
            signature("recommend_for_items", inputs=["jean", ["robe"]]),
            400,
            "Encountered list at unexpected level: 1 expected < 1",
            id="ragged: a list for a value",
        ),
        pytest.param(
            PREDICT,
            signature("recommend_for_items", inputs=[["jean"], []]),
            400,
            "Encountered list at unexpected size: 0 at level: 1 expected size:"
            " 1",
            id="ragged columns",
        ),
        pytest.param(
            PREDICT,
            signature(
                "recommend_for_items",
                instances=[{"liked_ids": ["a"]}, {"liked_ids": ["a", "b"]}],
            ),
            400,
            SIZE,
            id="ragged rows",
        ),
        pytest.param(
            PREDICT,
            signature("embed_images", instances=[{"b64": "$$$"}]),
            400,
            "Failed to process element: 0 of 'instances' list. Error: "
            "INVALID_ARGUMENT: Unable to base64 decode",
            id="bad base64",
        ),
        pytest.param(
            PREDICT,
            signature("embed_images", inputs=[{"b65": "aa"}]),
            400,
            'JSON Value: {\n    "b65": "aa"\n} not formatted correctly for '
            "base64 data",
            id="not base64",
        ),
        pytest.param(
            PREDICT,
            signature("embed_images", inputs=[NOT_AN_IMAGE]),
            400,
            "Unknown image file format. One of JPEG, ",
            id="not an image",
        ),
    ],
)
def test_predict_refuses_in_tf_servings_words(
    server: ModelServer, path: str, body: Any, code: int, text: str
) -> None:
    found_code, found = call(server, "POST", path, body)
    assert found_code == code
    assert list(found) == ["error"]
    assert found["error"].startswith(text)
    if not text.endswith(" "):
        assert len(found["error"]) <= max(len(text), 1024) + 200


@pytest.mark.parametrize(
    ("method", "path", "code", "text"),
    [
        ("GET", "/v1/models", 400, "Missing model name in request."),
        (
            "GET",
            "/v1/models/nobody",
            404,
            "Could not find any versions of model nobody",
        ),
        (
            "GET",
            f"{MODEL}/versions/6",
            404,
            "Could not find version 6 of model recommender",
        ),
        (
            "GET",
            f"{MODEL}/labels/canary/metadata",
            400,
            "Unrecognized servable version label: canary",
        ),
        ("GET", PREDICT, 400, f"Malformed request: GET {PREDICT}"),
        ("PUT", MODEL, 400, f"Malformed request: PUT {MODEL}"),
        ("POST", MODEL, 400, f"Malformed request: POST {MODEL}"),
    ],
)
def test_paths_are_refused_in_tf_servings_words(
    server: ModelServer, method: str, path: str, code: int, text: str
) -> None:
    assert call(server, method, path) == (code, {"error": text})


@pytest.mark.parametrize("path", ["/", "/v2/models/x", "/metrics"])
def test_other_paths_are_not_there(server: ModelServer, path: str) -> None:
    assert call(server, "GET", path)[0] == 404


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (f"Content-Length: {MAX_MESSAGE_BYTES + 1}", 413),
        ("Content-Length: -1", 400),
        ("Content-Length: ²", 400),
        ("Transfer-Encoding: chunked", 411),
    ],
)
def test_bodies_have_a_length_and_a_limit(
    server: ModelServer, header: str, code: int
) -> None:
    host, port = server.rest_address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as sent:
        head = f"POST {PREDICT} HTTP/1.1\r\n{header}\r\n\r\n"
        sent.sendall(head.encode())
        assert sent.makefile("rb").readline().split()[1] == str(code).encode()


def test_leaving_lets_a_call_in_flight_finish(
    publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path, 1)
    entered, leave = threading.Event(), threading.Event()
    answers = []
    with ModelServer({"m": tmp_path}, rest_port=0) as running:
        model = running.models.stores["m"].newest
        run = model.run

        def slow_run(fetches, feeds):
            entered.set()
            leave.wait(10)
            return run(fetches, feeds)

        monkeypatch.setattr(model, "run", slow_run)
        caller = threading.Thread(
            target=lambda: answers.append(
                call(
                    running,
                    "POST",
                    "/v1/models/m:predict",
                    {"instances": ["ann"]},
                )
            )
        )
        caller.start()
        assert entered.wait(5)
        threading.Timer(0.3, leave.set).start()
    caller.join()
    assert answers[0][0] == 200
    with pytest.raises(OSError):
        call(running, "GET", "/v1/models/m")
