"""Sentences for the page in place of the errors of a model server."""

import re

_BY_TEXT = {
    # TensorFlow: "assertion failed: [The inputs a, b must ...] [[{{node".
    r"assertion failed": "The {model} refused the request; change it and try "
    "again.",
    r"Servable not found for request: Latest|Could not find any version": "The "
    "{model} is not served.",
    r"[Uu]nrecognized servable version label": "No version of the {model} has "
    "this label.",
    r"Serving signature|signature def": "This version of the {model} is too "
    "old for that; export the model again.",
    r"(?i)expected image|jpeg|png": "The photo cannot be read; choose another "
    "one.",
}
"""Sentences by pattern of the error text; the first match counts."""
_BY_STATUS = {
    400: "The {model} does not understand the request; reload the page.",
    404: "The model server has no such version of the {model}.",
    413: "The request is too large for the model server.",
    429: "The model server is busy; try again in a moment.",
    499: "The request was canceled.",
    501: "The model server cannot do that.",
    503: "The model server is not ready; try again in a moment.",
    504: "The {model} took too long; try again.",
}
_OTHERWISE = "The {model} failed; the log of its server says more."


def explain(status: int, text: str, model: str) -> str:
    """Returns a sentence for an error of a model server.

    A text of TensorFlow names ops and nodes, and holds parts of the request:
    it belongs into a log, not on a page.

    Args:
        status: HTTP status code of the response.
        text: Error text of the response.
        model: Name of the model.
    """
    sentence = _BY_STATUS.get(status, _OTHERWISE)
    if status < 500:
        for pattern, specific in _BY_TEXT.items():
            if re.search(pattern, text):
                sentence = specific
                break
    return sentence.format(model=model)
