"""Predict calls of the designer, independent of gRPC and REST.

Each function takes the arguments of the `DesignerApi` method of the same name,
and raises ValueError if an argument is invalid.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from serving.client.encode_inputs import check_same_length
from serving.client.encode_inputs import id_column
from serving.client.encode_inputs import image_column
from serving.client.encode_inputs import seed_column
from serving.client.encode_inputs import strength_column
from serving.client.encode_inputs import text_rows
from serving.client.predict_request import Outputs
from serving.client.predict_request import PredictCall


@dataclasses.dataclass(frozen=True, eq=False)
class Drawings:
    """One generated image per row, independent of any user.

    Attributes:
        images: PNG files, bytes [batch].
        realism: Realism scores, float32 [batch]; higher is more realistic.
        version: Model version that answered; 0 if unknown.
    """

    images: list[bytes]
    realism: npt.NDArray[Any]
    version: int


@dataclasses.dataclass(frozen=True, eq=False)
class Designs:
    """One image per row, generated for a user.

    Attributes:
        images: PNG files, bytes [batch].
        preference: Preference scores of the user, float32 [batch].
        realism: Realism scores, float32 [batch]; higher is more realistic.
        nearest_item_ids: Ids of the items that look most similar to the image,
            nearest first, string [batch][n].
        known: Whether the model knows the user, bool [batch]. For an unknown
            user the image is optimized for the average user.
        version: Model version that answered; 0 if unknown.
    """

    images: list[bytes]
    preference: npt.NDArray[Any]
    realism: npt.NDArray[Any]
    nearest_item_ids: list[list[str]]
    known: npt.NDArray[Any]
    version: int


@dataclasses.dataclass(frozen=True, eq=False)
class Restyled:
    """One input image per row, edited towards a user's taste.

    Attributes:
        images: PNG files, bytes [batch].
        preference_input: Preference scores of the input images, float32
            [batch].
        preference_before: Preference scores of the generator's reconstructions
            of the input images, float32 [batch].
        preference_after: Preference scores of the edited images, float32
            [batch].
        known: Whether the model knows the user, bool [batch]. For an unknown
            user the image is optimized for the average user.
        version: Model version that answered; 0 if unknown.
    """

    images: list[bytes]
    preference_input: npt.NDArray[Any]
    preference_before: npt.NDArray[Any]
    preference_after: npt.NDArray[Any]
    known: npt.NDArray[Any]
    version: int


def generate(
    categories: Sequence[str], seeds: Sequence[int]
) -> PredictCall[Drawings]:
    """Builds a call for random images of a category."""
    check_same_length(categories=categories, seeds=seeds)
    inputs: dict[str, Any] = {
        "category": id_column("categories", categories),
        "seed": seed_column(seeds),
    }

    def read(outputs: Outputs, version: int) -> Drawings:
        return Drawings(
            images=outputs["image_bytes"].tolist(),
            realism=outputs["realism"],
            version=version,
        )

    return PredictCall(
        "serving_default", inputs, ["image_bytes", "realism"], read
    )


def design(
    user_ids: Sequence[str], categories: Sequence[str], seeds: Sequence[int]
) -> PredictCall[Designs]:
    """Builds a call for images that maximize the users' preference."""
    check_same_length(user_ids=user_ids, categories=categories, seeds=seeds)
    inputs: dict[str, Any] = {
        "user_id": id_column("user_ids", user_ids),
        "category": id_column("categories", categories),
        "seed": seed_column(seeds),
    }
    wanted = [
        "image_bytes",
        "preference",
        "realism",
        "nearest_item_ids",
        "known_user",
    ]

    def read(outputs: Outputs, version: int) -> Designs:
        return Designs(
            images=outputs["image_bytes"].tolist(),
            preference=outputs["preference"],
            realism=outputs["realism"],
            nearest_item_ids=text_rows(outputs["nearest_item_ids"]),
            known=outputs["known_user"],
            version=version,
        )

    return PredictCall("design", inputs, wanted, read)


def restyle(
    user_ids: Sequence[str],
    images: Sequence[bytes],
    categories: Sequence[str],
    strengths: Sequence[float],
) -> PredictCall[Restyled]:
    """Builds a call for images edited towards the users' taste."""
    check_same_length(
        user_ids=user_ids,
        images=images,
        categories=categories,
        strengths=strengths,
    )
    inputs: dict[str, Any] = {
        "user_id": id_column("user_ids", user_ids),
        "image_bytes": image_column(images),
        "category": id_column("categories", categories),
        "strength": strength_column(strengths),
    }
    wanted = [
        "image_bytes",
        "preference_input",
        "preference_before",
        "preference_after",
        "known_user",
    ]

    def read(outputs: Outputs, version: int) -> Restyled:
        return Restyled(
            images=outputs["image_bytes"].tolist(),
            preference_input=outputs["preference_input"],
            preference_before=outputs["preference_before"],
            preference_after=outputs["preference_after"],
            known=outputs["known_user"],
            version=version,
        )

    return PredictCall("restyle", inputs, wanted, read)
