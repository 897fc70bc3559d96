"""Predict calls of the designer, independent of gRPC and REST.

The clients have these functions as methods, see `designer_api`. Each raises
ValueError if an argument is invalid.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from atelier.schema.signatures import DESIGNER
from serving.client.encode_inputs import text_rows
from serving.client.encode_inputs import texts
from serving.client.predict_request import Outputs
from serving.client.predict_request import PredictCall
from serving.client.predict_request import predict_call


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


@dataclasses.dataclass(frozen=True, eq=False)
class ComposedDesigns:
    """One composed design per row: the cut of an item in the cloth of another.

    Attributes:
        images: PNG files, bytes [batch].
        preference: Preference scores of the user, float32 [batch].
        cut_item_ids: Ids of the items of the cuts, string [batch].
        cloth_item_ids: Ids of the items of the cloths, string [batch].
        colors: Main colors of the cloths as #rrggbb, string [batch].
        color_names: Names of these colors, string [batch].
        nearest_item_ids: Ids of the items that look most similar to the image,
            nearest first, string [batch][n].
        known: Whether the model knows the user, bool [batch]. For an unknown
            user the design is that of the average user.
        version: Model version that answered; 0 if unknown.
    """

    images: list[bytes]
    preference: npt.NDArray[Any]
    cut_item_ids: list[str]
    cloth_item_ids: list[str]
    colors: list[str]
    color_names: list[str]
    nearest_item_ids: list[list[str]]
    known: npt.NDArray[Any]
    version: int


@dataclasses.dataclass(frozen=True, eq=False)
class Recolored:
    """One photo per row, with its garment in another color or cloth.

    Attributes:
        images: PNG files of the size of the photos, but of at most 512 pixels
            a side, bytes [batch].
        preference_before: Preference scores of the garments in the photos,
            float32 [batch].
        preference_after: Preference scores of the recolored garments, float32
            [batch].
        cloth_item_ids: Ids of the items of the cloths, string [batch].
        colors: Main colors of the recolored garments as #rrggbb, string
            [batch].
        color_names: Names of these colors, string [batch].
        known: Whether the model knows the user, bool [batch]. For an unknown
            user the scores are those of the average user.
        version: Model version that answered; 0 if unknown.
    """

    images: list[bytes]
    preference_before: npt.NDArray[Any]
    preference_after: npt.NDArray[Any]
    cloth_item_ids: list[str]
    colors: list[str]
    color_names: list[str]
    known: npt.NDArray[Any]
    version: int


def generate(
    categories: Sequence[str], seeds: Sequence[int]
) -> PredictCall[Drawings]:
    """Generates random images of a category.

    Args:
        categories: Categories, string [batch].
        seeds: Random seeds, 64-bit integers [batch]; a seed always gives the
            same image.

    Returns:
        One generated image per row.
    """

    def read(outputs: Outputs, version: int) -> Drawings:
        return Drawings(
            images=outputs["image_bytes"].tolist(),
            realism=outputs["realism"],
            version=version,
        )

    return predict_call(
        DESIGNER, "serving_default", read, categories=categories, seeds=seeds
    )


def design(
    user_ids: Sequence[str], categories: Sequence[str], seeds: Sequence[int]
) -> PredictCall[Designs]:
    """Generates images that maximize the predicted preference of users.

    Args:
        user_ids: User ids, string [batch].
        categories: Categories, string [batch].
        seeds: Random seeds of the starting points, 64-bit integers [batch].

    Returns:
        One generated image per row.
    """

    def read(outputs: Outputs, version: int) -> Designs:
        return Designs(
            images=outputs["image_bytes"].tolist(),
            preference=outputs["preference"],
            realism=outputs["realism"],
            nearest_item_ids=text_rows(outputs["nearest_item_ids"]),
            known=outputs["known_user"],
            version=version,
        )

    return predict_call(
        DESIGNER,
        "design",
        read,
        user_ids=user_ids,
        categories=categories,
        seeds=seeds,
    )


def restyle(
    user_ids: Sequence[str],
    images: Sequence[bytes],
    categories: Sequence[str],
    strengths: Sequence[float],
) -> PredictCall[Restyled]:
    """Edits images towards the taste of users.

    Args:
        user_ids: User ids, string [batch].
        images: JPEG or PNG files, bytes [batch].
        categories: Categories of the images, string [batch].
        strengths: Edit strengths, float [batch], from 0 (the generator's
            reconstruction of the image) to 1.

    Returns:
        One generated image per row.
    """

    def read(outputs: Outputs, version: int) -> Restyled:
        return Restyled(
            images=outputs["image_bytes"].tolist(),
            preference_input=outputs["preference_input"],
            preference_before=outputs["preference_before"],
            preference_after=outputs["preference_after"],
            known=outputs["known_user"],
            version=version,
        )

    return predict_call(
        DESIGNER,
        "restyle",
        read,
        user_ids=user_ids,
        images=images,
        categories=categories,
        strengths=strengths,
    )


def compose(
    user_ids: Sequence[str],
    categories: Sequence[str],
    seeds: Sequence[int],
    boldness: Sequence[float] | None = None,
) -> PredictCall[ComposedDesigns]:
    """Looks up the composed designs that users like most, or bolder ones.

    Args:
        user_ids: User ids, string [batch].
        categories: Categories, string [batch].
        seeds: Ranks of the designs, 64-bit integers [batch]: 0 for the best, 1
            for the next, and after the eighth or last the best again.
        boldness: Weights of novelty in the order of the designs, float
            [batch], from 0 (by preference alone) to 1 (those that are most
            unlike any item first); None for 0.

    Returns:
        One composed design per row.
    """
    if boldness is None:
        boldness = [0.0] * len(user_ids)

    def read(outputs: Outputs, version: int) -> ComposedDesigns:
        return ComposedDesigns(
            images=outputs["image_bytes"].tolist(),
            preference=outputs["preference"],
            cut_item_ids=texts(outputs["cut_item_id"]),
            cloth_item_ids=texts(outputs["cloth_item_id"]),
            colors=texts(outputs["color"]),
            color_names=texts(outputs["color_name"]),
            nearest_item_ids=text_rows(outputs["nearest_item_ids"]),
            known=outputs["known_user"],
            version=version,
        )

    return predict_call(
        DESIGNER,
        "compose",
        read,
        user_ids=user_ids,
        categories=categories,
        seeds=seeds,
        boldness=boldness,
    )


def recolor(
    user_ids: Sequence[str],
    images: Sequence[bytes],
    strengths: Sequence[float],
    cloth_item_ids: Sequence[str] | None = None,
) -> PredictCall[Recolored]:
    """Puts the garments of photos into other colors or cloths.

    Args:
        user_ids: User ids, string [batch].
        images: JPEG or PNG files of one garment each, bytes [batch].
        strengths: Strengths of the change, float [batch]: 0 returns the photo,
            up to 0.5 the color changes, from there to 1 the pattern appears.
        cloth_item_ids: Items whose cloths to take, string [batch], among the
            `cloths` of the designer; "" and None for the cloth that the user
            likes most.

    Returns:
        One recolored photo per row.
    """
    if cloth_item_ids is None:
        cloth_item_ids = [""] * len(user_ids)

    def read(outputs: Outputs, version: int) -> Recolored:
        return Recolored(
            images=outputs["image_bytes"].tolist(),
            preference_before=outputs["preference_before"],
            preference_after=outputs["preference_after"],
            cloth_item_ids=texts(outputs["cloth_item_id"]),
            colors=texts(outputs["color"]),
            color_names=texts(outputs["color_name"]),
            known=outputs["known_user"],
            version=version,
        )

    return predict_call(
        DESIGNER,
        "recolor",
        read,
        user_ids=user_ids,
        images=images,
        cloth_item_ids=cloth_item_ids,
        strengths=strengths,
    )
