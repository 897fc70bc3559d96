"""A typed client of the recommender, for TF Serving or the local server.

    with RecommenderClient("localhost:8500") as client:
        found = client.recommend(["u1", "u2"])

The command line: `python -m serving.client --help`.
"""

import dataclasses
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from serving.columns import check_same_length
from serving.columns import id_column
from serving.columns import id_table
from serving.columns import image_column
from serving.columns import text_rows
from serving.model_client import ModelClient


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


class RecommenderClient(ModelClient):
    """Asks for items; what all clients share is told in `ModelClient`."""

    MODEL = "recommender"
    DEADLINE_SECONDS = 5.0

    def recommend(
        self,
        user_ids: Sequence[str],
        exclude_ids: Sequence[Sequence[str]] | None = None,
    ) -> Recommendations:
        """Ranks items for people.

        Args:
            user_ids: [B]
            exclude_ids: [B][any number] Items to leave out, for each user.

        Returns:
            The best items for each user, of those that are left.
        """
        inputs: dict[str, Any] = {"user_id": id_column("user_ids", user_ids)}
        if exclude_ids is None:
            return self._rank("serving_default", inputs, "known_user")
        check_same_length(user_ids=user_ids, exclude_ids=exclude_ids)
        inputs["exclude_ids"] = id_table("exclude_ids", exclude_ids)
        return self._rank("recommend_excluding", inputs, "known_user")

    def recommend_for_items(
        self, liked_ids: Sequence[Sequence[str]]
    ) -> Recommendations:
        """Ranks items for people nobody has seen before.

        Args:
            liked_ids: [B][at least one] Items that each of them likes.

        Returns:
            The best items for each of them.
        """
        for row in liked_ids:
            if not row:
                raise ValueError(
                    "Each row of liked_ids needs at least one item; received "
                    "an empty one."
                )
        inputs = {"liked_ids": id_table("liked_ids", liked_ids)}
        return self._rank("recommend_for_items", inputs, "known_user")

    def similar_items(self, item_ids: Sequence[str]) -> Recommendations:
        """Ranks the items that look most like others.

        Args:
            item_ids: [B]

        Returns:
            The most similar items for each item.
        """
        inputs = {"item_id": id_column("item_ids", item_ids)}
        return self._rank("similar_items", inputs, "known_item")

    def score_images(
        self, user_ids: Sequence[str], images: Sequence[bytes]
    ) -> npt.NDArray[Any]:
        """Scores photos of items nobody has seen before.

        Args:
            user_ids: [B]
            images: [B] JPEG or PNG files, one for each user.

        Returns:
            [B] float32; comparable with the scores of `recommend`.
        """
        check_same_length(user_ids=user_ids, images=images)
        inputs = {
            "user_id": id_column("user_ids", user_ids),
            "image_bytes": image_column(images),
        }
        outputs, _ = self._predict("score_images", inputs, ["scores"])
        return outputs["scores"]

    def embed_images(self, images: Sequence[bytes]) -> npt.NDArray[Any]:
        """Embeds photos.

        Args:
            images: [B] JPEG or PNG files.

        Returns:
            [B, K] float32.
        """
        inputs = {"image_bytes": image_column(images)}
        outputs, _ = self._predict("embed_images", inputs, ["embeddings"])
        return outputs["embeddings"]

    def embed_users(self, user_ids: Sequence[str]) -> npt.NDArray[Any]:
        """Embeds people.

        Args:
            user_ids: [B]

        Returns:
            [B, K] float32; the product with an item's embedding is the score.
        """
        inputs = {"user_id": id_column("user_ids", user_ids)}
        outputs, _ = self._predict("embed_users", inputs, ["embeddings"])
        return outputs["embeddings"]

    def _rank(
        self, signature: str, inputs: Mapping[str, Any], known: str
    ) -> Recommendations:
        outputs, version = self._predict(
            signature, inputs, ["item_ids", "scores", known]
        )
        return Recommendations(
            item_ids=text_rows(outputs["item_ids"]),
            scores=outputs["scores"],
            known=outputs[known],
            version=version,
        )


if __name__ == "__main__":
    # Imported here because it imports this module in turn.
    from serving.client_command import main

    sys.exit(main())
