"""What can be asked of the recommender, by clients of every kind.

Each function takes what the method of the same name of `RecommenderApi`
takes, and raises ValueError if it makes no sense.
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
        item_ids: [B][K] The best first; "" where the model ran out of items.
        scores: [B, K] float32; higher is better, comparable within a row.
        known: [B] bool; whether the model knows the user or the item that was
            asked about. A user it does not know gets the average person's list.
        version: The version of the model that answered.
    """

    item_ids: list[list[str]]
    scores: npt.NDArray[Any]
    known: npt.NDArray[Any]
    version: int


def recommend(
    user_ids: Ids, exclude_ids: IdRows | None, categories: IdRows | None
) -> PredictCall[Recommendations]:
    """Asks for items for people, by the signature that takes the least."""
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
    """Asks for items for people nobody has seen before."""
    for row in liked_ids:
        if not row:
            raise ValueError(
                "Each row of liked_ids needs at least one item; received an "
                "empty one."
            )
    inputs = {"liked_ids": id_table("liked_ids", liked_ids)}
    return _ranking("recommend_for_items", inputs)


def similar_items(item_ids: Ids) -> PredictCall[Recommendations]:
    """Asks for the items that look most like others."""
    inputs = {"item_id": id_column("item_ids", item_ids)}
    return _ranking("similar_items", inputs, "known_item")


def score_images(user_ids: Ids, images: Sequence[bytes]) -> PredictCall[Array]:
    """Asks for the scores of photos."""
    check_same_length(user_ids=user_ids, images=images)
    inputs = {
        "user_id": id_column("user_ids", user_ids),
        "image_bytes": image_column(images),
    }
    return _array("score_images", inputs, "scores")


def embed_images(images: Sequence[bytes]) -> PredictCall[Array]:
    """Asks for the embeddings of photos."""
    inputs = {"image_bytes": image_column(images)}
    return _array("embed_images", inputs, "embeddings")


def embed_users(user_ids: Ids) -> PredictCall[Array]:
    """Asks for the embeddings of people."""
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
