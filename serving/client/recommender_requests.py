"""Predict calls of the recommender, independent of gRPC and REST.

Each function takes the arguments of the `RecommenderApi` method of the same
name, and raises ValueError if an argument is invalid.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from serving.client.encode_inputs import check_same_length
from serving.client.encode_inputs import id_column
from serving.client.encode_inputs import id_table
from serving.client.encode_inputs import image_column
from serving.client.encode_inputs import text_rows
from serving.client.predict_request import Outputs
from serving.client.predict_request import PredictCall

Ids = Sequence[str]
IdRows = Sequence[Sequence[str]]
Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Recommendations:
    """Ranked items for each row of a request.

    Attributes:
        item_ids: Item ids by descending score, string [batch][k]; "" where
            fewer than k items are eligible.
        scores: Scores, float32 [batch, k]; comparable within a row.
        known: Whether the model knows the requested user or item, bool [batch].
            An unknown user gets the ranking of the average user.
        version: Model version that answered; 0 if unknown.
    """

    item_ids: list[list[str]]
    scores: npt.NDArray[Any]
    known: npt.NDArray[Any]
    version: int


def recommend(
    user_ids: Ids, exclude_ids: IdRows | None, categories: IdRows | None
) -> PredictCall[Recommendations]:
    """Builds a ranking call, by the signature with the fewest inputs."""
    inputs: dict[str, Any] = {"user_id": id_column("user_ids", user_ids)}
    if categories is not None:
        check_same_length(user_ids=user_ids, categories=categories)
        inputs["categories"] = id_table("categories", categories)
        if exclude_ids is None:
            exclude_ids = [[]] * len(user_ids)
    if exclude_ids is not None:
        check_same_length(user_ids=user_ids, exclude_ids=exclude_ids)
        inputs["exclude_ids"] = id_table("exclude_ids", exclude_ids)
    if categories is not None:
        return _ranking("recommend_filtered", inputs)
    if exclude_ids is not None:
        return _ranking("recommend_excluding", inputs)
    return _ranking("serving_default", inputs)


def recommend_for_items(liked_ids: IdRows) -> PredictCall[Recommendations]:
    """Builds a ranking call for cold-start users."""
    for row in liked_ids:
        if not row:
            raise ValueError(
                "Each row of liked_ids must hold at least one item id; "
                "received an empty row."
            )
    inputs = {"liked_ids": id_table("liked_ids", liked_ids)}
    return _ranking("recommend_for_items", inputs)


def similar_items(item_ids: Ids) -> PredictCall[Recommendations]:
    """Builds a call for the items most similar to given items."""
    inputs = {"item_id": id_column("item_ids", item_ids)}
    return _ranking("similar_items", inputs, "known_item")


def score_images(user_ids: Ids, images: Sequence[bytes]) -> PredictCall[Array]:
    """Builds a call for the scores of images."""
    check_same_length(user_ids=user_ids, images=images)
    inputs = {
        "user_id": id_column("user_ids", user_ids),
        "image_bytes": image_column(images),
    }
    return _array("score_images", inputs, "scores")


def embed_images(images: Sequence[bytes]) -> PredictCall[Array]:
    """Builds a call for image embeddings."""
    inputs = {"image_bytes": image_column(images)}
    return _array("embed_images", inputs, "embeddings")


def embed_users(user_ids: Ids) -> PredictCall[Array]:
    """Builds a call for user embeddings."""
    inputs = {"user_id": id_column("user_ids", user_ids)}
    return _array("embed_users", inputs, "embeddings")


def _ranking(
    signature: str, inputs: Mapping[str, Any], known: str = "known_user"
) -> PredictCall[Recommendations]:
    def read(outputs: Outputs, version: int) -> Recommendations:
        return Recommendations(
            item_ids=text_rows(outputs["item_ids"]),
            scores=outputs["scores"],
            known=outputs[known],
            version=version,
        )

    return PredictCall(signature, inputs, ["item_ids", "scores", known], read)


def _array(
    signature: str, inputs: Mapping[str, Any], output: str
) -> PredictCall[Array]:
    return PredictCall(
        signature, inputs, [output], lambda outputs, _: outputs[output]
    )
