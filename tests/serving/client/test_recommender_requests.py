"""The signature that a call of the recommender needs."""

from typing import Any

import pytest

from serving.client.recommender_requests import recommend_for_items


@pytest.mark.parametrize(
    ("arguments", "name", "rows"),
    [
        ({"categories": [["top"]]}, "categories", [[b"", b"top"]]),
        ({"exclude_ids": [["robe"]]}, "exclude_ids", [[b"", b"robe"]]),
        ({"filters": [["color=red"]]}, "filters", [[b"", b"color=red"]]),
        ({"min_price": 1.0}, "min_price", [1.0]),
        ({"max_price": 9.0}, "max_price", [9.0]),
    ],
)
def test_each_condition_needs_the_signature_with_conditions(
    arguments: dict[str, Any], name: str, rows: list[Any]
) -> None:
    call = recommend_for_items([["jean"]], **arguments)
    assert call.signature.name == "recommend_for_items_filtered"
    assert call.inputs[name].tolist() == rows


def test_likes_alone_are_a_call_that_older_versions_answer() -> None:
    call = recommend_for_items([["jean"]])
    assert call.signature.name == "recommend_for_items"
    assert list(call.inputs) == ["liked_ids"]
