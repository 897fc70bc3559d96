"""A typed client of the designer, for TF Serving or the local server.

    with DesignerClient("localhost:8500") as client:
        found = client.design(["u1"], ["Dress"], [0])

The command line: `python -m serving.client --help`.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from serving.columns import check_same_length
from serving.columns import id_column
from serving.columns import image_column
from serving.columns import seed_column
from serving.columns import strength_column
from serving.columns import text_rows
from serving.model_client import ModelClient


@dataclasses.dataclass(frozen=True, eq=False)
class Drawings:
    """One picture for each row of a request, of nobody's taste.

    Attributes:
        images: [B] PNG files.
        realism: [B] float32; higher looks more like a photo.
        version: The version of the model that answered.
    """

    images: list[bytes]
    realism: npt.NDArray[Any]
    version: int


@dataclasses.dataclass(frozen=True, eq=False)
class Designs:
    """One picture for each row of a request, made for a person.

    Attributes:
        images: [B] PNG files.
        preference: [B] float32; the person's score of the picture.
        realism: [B] float32; higher looks more like a photo.
        nearest_item_ids: [B][N] The items that look most like it, best first.
        known: [B] bool; whether the model knows the person. The designs for
            somebody it does not know are to the average person's taste.
        version: The version of the model that answered.
    """

    images: list[bytes]
    preference: npt.NDArray[Any]
    realism: npt.NDArray[Any]
    nearest_item_ids: list[list[str]]
    known: npt.NDArray[Any]
    version: int


@dataclasses.dataclass(frozen=True, eq=False)
class Restyled:
    """One photo for each row of a request, moved towards a person's taste.

    Attributes:
        images: [B] PNG files.
        preference_of_photo: [B] float32; the person's score of the photo.
        preference_before: [B] float32; their score of the photo, as the model
            can draw it.
        preference_after: [B] float32; their score of the picture.
        known: [B] bool; whether the model knows the person, as for `Designs`.
        version: The version of the model that answered.
    """

    images: list[bytes]
    preference_of_photo: npt.NDArray[Any]
    preference_before: npt.NDArray[Any]
    preference_after: npt.NDArray[Any]
    known: npt.NDArray[Any]
    version: int


class DesignerClient(ModelClient):
    """Asks for pictures; what all clients share is told in `ModelClient`."""

    MODEL = "designer"
    # A design is a search of many steps, for every row.
    DEADLINE_SECONDS = 60.0

    def generate(
        self, categories: Sequence[str], seeds: Sequence[int]
    ) -> Drawings:
        """Draws things of a category.

        Args:
            categories: [B]
            seeds: [B] Another seed is another picture; the same is the same.

        Returns:
            One picture for each row.
        """
        check_same_length(categories=categories, seeds=seeds)
        outputs, version = self._predict(
            "serving_default",
            {
                "category": id_column("categories", categories),
                "seed": seed_column(seeds),
            },
            ["image_bytes", "realism"],
        )
        return Drawings(
            images=outputs["image_bytes"].tolist(),
            realism=outputs["realism"],
            version=version,
        )

    def design(
        self,
        user_ids: Sequence[str],
        categories: Sequence[str],
        seeds: Sequence[int],
    ) -> Designs:
        """Draws what people would like best.

        Args:
            user_ids: [B]
            categories: [B]
            seeds: [B] Where the search starts.

        Returns:
            One picture for each row.
        """
        check_same_length(user_ids=user_ids, categories=categories, seeds=seeds)
        outputs, version = self._predict(
            "design",
            {
                "user_id": id_column("user_ids", user_ids),
                "category": id_column("categories", categories),
                "seed": seed_column(seeds),
            },
            [
                "image_bytes",
                "preference",
                "realism",
                "nearest_item_ids",
                "known_user",
            ],
        )
        return Designs(
            images=outputs["image_bytes"].tolist(),
            preference=outputs["preference"],
            realism=outputs["realism"],
            nearest_item_ids=text_rows(outputs["nearest_item_ids"]),
            known=outputs["known_user"],
            version=version,
        )

    def restyle(
        self,
        user_ids: Sequence[str],
        images: Sequence[bytes],
        categories: Sequence[str],
        strengths: Sequence[float],
    ) -> Restyled:
        """Moves photos towards people's taste.

        Args:
            user_ids: [B]
            images: [B] JPEG or PNG files.
            categories: [B] What the photos show.
            strengths: [B] How far to go, from 0 (the photo, as near as the
                model can draw it) to 1.

        Returns:
            One picture for each row.
        """
        check_same_length(
            user_ids=user_ids,
            images=images,
            categories=categories,
            strengths=strengths,
        )
        outputs, version = self._predict(
            "restyle",
            {
                "user_id": id_column("user_ids", user_ids),
                "image_bytes": image_column(images),
                "category": id_column("categories", categories),
                "strength": strength_column(strengths),
            },
            [
                "image_bytes",
                "preference_of_photo",
                "preference_before",
                "preference_after",
                "known_user",
            ],
        )
        return Restyled(
            images=outputs["image_bytes"].tolist(),
            preference_of_photo=outputs["preference_of_photo"],
            preference_before=outputs["preference_before"],
            preference_after=outputs["preference_after"],
            known=outputs["known_user"],
            version=version,
        )
