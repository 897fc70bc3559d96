"""Prediction requests, checked against the declared signatures."""

import base64
import io
import json

import pytest
from PIL import Image
from starlette.exceptions import HTTPException

from atelier.schema.signatures import SIGNATURES
from serving.studio.image_check import MAX_PIXELS
from serving.studio.predict_check import MAX_ROWS
from serving.studio.predict_check import check_predict

VALUES = {"string": "ann", "float32": 0.5, "int64": 3, "bool": True}


def photo(size: tuple[int, int] = (8, 8)) -> dict[str, str]:
    file = io.BytesIO()
    Image.new("1", size).save(file, "PNG")
    return {"b64": base64.b64encode(file.getvalue()).decode()}


def body_of(signature: str, **inputs: object) -> bytes:
    return json.dumps({"signature_name": signature, "inputs": inputs}).encode()


def refusal(body: bytes) -> tuple[int, str]:
    with pytest.raises(HTTPException) as raised:
        check_predict("recommender", body)
    return raised.value.status_code, raised.value.detail


@pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model in SIGNATURES for name in SIGNATURES[model]],
)
def test_every_signature_passes(model: str, name: str) -> None:
    inputs = {}
    for tensor in SIGNATURES[model][name].inputs:
        value = VALUES[tensor.dtype]
        if tensor.name == "image_bytes":
            value = photo()
        inputs[tensor.name] = [[value] if len(tensor.shape) == 2 else value] * 2

    checked = check_predict(model, body_of(name, **inputs))

    assert checked.signature is SIGNATURES[model][name]
    assert json.loads(checked.body) == {
        "signature_name": name,
        "inputs": inputs,
    }


def test_a_version_of_before_an_input_is_called_without_it() -> None:
    inputs = {"user_id": ["ann"], "category": ["Dress"], "seed": [0]}

    checked = check_predict("designer", body_of("compose", **inputs))

    assert json.loads(checked.body)["inputs"] == inputs


def test_the_default_signature_needs_no_name() -> None:
    checked = check_predict("recommender", b'{"inputs": {"user_id": ["ann"]}}')

    assert checked.signature.name == "serving_default"


def test_a_name_that_occurs_twice_is_passed_on_once() -> None:
    """TF Serving's parser might take the other one, which was not checked."""
    body = b'{"inputs": {"item_id": [1]}, "inputs": {"user_id": ["ann"]}}'

    checked = check_predict("recommender", body)

    assert checked.body.count(b"inputs") == 1
    assert b"item_id" not in checked.body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff{}",
        b'{"inputs": {"user_id": [NaN]}}',
        b'{"inputs": {"user_id": [-Infinity]}}',
        b'{"inputs": ' + b"[" * 15_000 + b"]" * 15_000 + b"}",
        b'{"inputs": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert refusal(body) == (400, "The request is not valid JSON.")


@pytest.mark.parametrize("value", [b"[],", b"{},", b"1,"])
def test_many_values_are_refused_before_they_are_parsed(value: bytes) -> None:
    assert refusal(b'{"inputs": [' + value * 20_000)[0] == 413


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"[]", "not a JSON object"),
        (b'{"instances": []}', "signature_name and inputs"),
        (b'{"inputs": {"user_id": ["a"]}, "more": 1}', "nothing else"),
        (b'{"inputs": [["ann"]]}', "signature_name and inputs"),
        (b'{"signature_name": 1, "inputs": {}}', "signature_name and inputs"),
        (body_of("serving_default"), "takes the inputs user_id."),
        (
            body_of("serving_default", user_id=["a"], more=["a"]),
            "takes the inputs user_id.",
        ),
        (body_of("serving_default", user_id="ann"), "a list of 1 to"),
        (body_of("serving_default", user_id=[]), "a list of 1 to"),
        (
            body_of("serving_default", user_id=["a"] * (MAX_ROWS + 1)),
            "a list of 1 to",
        ),
        (body_of("serving_default", user_id=[1]), "of type string"),
        (body_of("serving_default", user_id=[None]), "of type string"),
        (body_of("serving_default", user_id=[["a"]]), "of type string"),
        (
            body_of("serving_default", user_id=[{"b64": "YQ=="}]),
            "of type string",
        ),
        (body_of("serving_default", user_id=["a" * 2001]), "2000 characters"),
        (body_of("recommend_for_items", liked_ids=["a"]), "one list per row"),
        (
            body_of("recommend_for_items", liked_ids=[["a"], ["a", "b"]]),
            "the same length",
        ),
        (
            body_of("recommend_excluding", user_id=["a"], exclude_ids=[[], []]),
            "the same rows",
        ),
        (body_of("embed_images", image_bytes=["YQ=="]), '{"b64": text}'),
        (
            body_of("embed_images", image_bytes=[{"b64": "YQ==", "more": 1}]),
            '{"b64": text}',
        ),
        (body_of("embed_images", image_bytes=[{"b64": 1}]), "base64"),
    ],
)
def test_other_forms_are_refused_in_words(body: bytes, sentence: str) -> None:
    status, text = refusal(body)

    assert status == 422
    assert sentence in text


def test_an_unknown_signature_is_refused() -> None:
    assert refusal(body_of("design", seed=[1])) == (
        404,
        "The recommender has no signature design.",
    )


def test_true_is_no_number() -> None:
    with pytest.raises(HTTPException, match="of type int64"):
        check_predict(
            "designer", body_of("serving_default", category=["a"], seed=[True])
        )


def test_every_image_is_checked() -> None:
    text = {"b64": base64.b64encode(b"<svg/>").decode()}

    assert (
        refusal(body_of("embed_images", image_bytes=[photo(), text]))[0] == 415
    )


def test_the_images_of_a_request_have_a_limit_together() -> None:
    large = photo((5000, 5000))
    assert 5000 * 5000 < MAX_PIXELS < 2 * 5000 * 5000

    assert refusal(body_of("embed_images", image_bytes=[large, large])) == (
        413,
        "These are too many photos at once.",
    )
