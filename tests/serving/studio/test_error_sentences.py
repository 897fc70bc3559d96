"""Errors of model servers, in the words of the page."""

import pytest

from serving.studio.error_sentences import explain

# As TF Serving and the local server say them.
TEXTS = [
    (
        400,
        "assertion failed: [The inputs image_bytes, user_id must have the same "
        "number of rows, got [1 2].]\n\t [[{{node Assert_1/Assert}}]]",
        "The recommender refused the request; change it and try again.",
    ),
    (
        400,
        'Serving signature name: "similar_to_image" not found in signature def',
        "This version of the recommender is too old for that; export the model "
        "again.",
    ),
    (
        400,
        "Expected image (JPEG, PNG, or GIF), got unknown format starting with "
        "'<svg' [[{{function_node decode_body}}{{node DecodeImage}}]]",
        "The photo cannot be read; choose another one.",
    ),
    (
        400,
        "Unrecognized servable version label: canary",
        "No version of the recommender has this label.",
    ),
    (
        400,
        "JSON Value: 1 Type: Number is not of expected type: string",
        "The recommender does not understand the request; reload the page.",
    ),
    (
        404,
        "Servable not found for request: Latest(recommender)",
        "The recommender is not served.",
    ),
    (
        404,
        "Could not find any versions of model recommender",
        "The recommender is not served.",
    ),
    (
        404,
        "Servable not found for request: Specific(recommender, 1)",
        "The model server has no such version of the recommender.",
    ),
    (
        404,
        "Could not find version 1 of model recommender",
        "The model server has no such version of the recommender.",
    ),
    (
        500,
        "RuntimeError: 2 root error(s) found. (0) INTERNAL: jpeg "
        "[[{{node StatefulPartitionedCall}}]]",
        "The recommender failed; the log of its server says more.",
    ),
    (
        503,
        "The Batcher is not ready: recommender",
        "The model server is not ready; try again in a moment.",
    ),
    (504, "Timed out", "The recommender took too long; try again."),
    (
        502,
        "<html>Bad Gateway</html>",
        "The recommender failed; the log of its server says more.",
    ),
]


@pytest.mark.parametrize(("status", "text", "sentence"), TEXTS)
def test_an_error_becomes_a_sentence(
    status: int, text: str, sentence: str
) -> None:
    assert explain(status, text, "recommender") == sentence
    # The body of the response has the text as JSON.
    assert explain(status, f'{{"error": "{text}"}}', "recommender") == sentence
