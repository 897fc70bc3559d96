"""What can be asked of the designer, by clients of every kind.

Each function takes what the method of the same name of `DesignerApi` takes,
and raises ValueError if it makes no sense.
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


def generate(
    categories: Sequence[str], seeds: Sequence[int]
) -> PredictCall[Drawings]:
    """Asks for things of a category."""
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
    """Asks for what people would like best."""
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
    """Asks for photos that are moved towards people's taste."""
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
        "preference_of_photo",
        "preference_before",
        "preference_after",
        "known_user",
    ]

    def read(outputs: Outputs, version: int) -> Restyled:
        return Restyled(
            images=outputs["image_bytes"].tolist(),
            preference_of_photo=outputs["preference_of_photo"],
            preference_before=outputs["preference_before"],
            preference_after=outputs["preference_after"],
            known=outputs["known_user"],
            version=version,
        )

    return PredictCall("restyle", inputs, wanted, read)
