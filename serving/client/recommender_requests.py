"""Predict calls of the recommender, independent of gRPC and REST.

The clients have these functions as methods, see `recommender_api`. Each raises
ValueError if an argument is invalid.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from atelier.schema.signatures import NO_MAX_PRICE
from atelier.schema.signatures import RECOMMENDER
from serving.client.encode_inputs import text_rows
from serving.client.encode_inputs import texts
from serving.client.predict_request import Outputs
from serving.client.predict_request import PredictCall
from serving.client.predict_request import predict_call

DIVERSITY = 0.0
"""Default of `recommend(diversity=...)`."""
_ANY_PRICE = {"min_price": 0.0, "max_price": NO_MAX_PRICE}
_UNFILTERED = {
    **_ANY_PRICE,
    "include_owned": False,
    "diversity": 0.0,
    "collapse_variants": False,
}
"""Inputs of `recommend_filtered` that change no list."""

Ids = Sequence[str]
IdRows = Sequence[Sequence[str]]
Array = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Ranking:
    """Ranked items for each row of a request.

    Attributes:
        item_ids: Item ids, best first, string [batch][k]; "" where fewer than k
            items are eligible.
        scores: Scores, float32 [batch, k]; comparable within a row.
        known: Whether the model knows the requested user, item or words, bool
            [batch]; True for a photo. An unknown user gets the ranking of the
            average user.
        version: Model version that answered; 0 if unknown.
    """

    item_ids: list[list[str]]
    scores: Array
    known: Array
    version: int


@dataclasses.dataclass(frozen=True, eq=False)
class Recommendations(Ranking):
    """Ranked items for users, with the reasons.

    Attributes:
        because_item_ids: For each ranked item, the id of the user's item that
            adds most to its score, string [batch][k]; "" if there is none.
        because_shares: Fraction of what all items of the user add to the score
            that this one adds, float32 [batch, k].
    """

    because_item_ids: list[list[str]]
    because_shares: Array


@dataclasses.dataclass(frozen=True, eq=False)
class Histories:
    """Items of the users of a request.

    Attributes:
        item_ids: Ids of the items of each user, string [batch][at most 50]:
            latest first where the data have times, else in the order of the
            catalog.
        known: Whether the model knows the user, bool [batch].
        version: Model version that answered; 0 if unknown.
    """

    item_ids: list[list[str]]
    known: Array
    version: int


@dataclasses.dataclass(frozen=True)
class ItemInfo:
    """Catalog data of an item.

    Attributes:
        title: Title, "" if the item has none.
        description: Description, "" if the item has none.
        category: Category, "" if the item has none.
        price: Price in the currency of the catalog; None if it is unknown.
        url: Link to the page of the item, "" if it has none.
        group_id: Id that the variants of a product share, "" if the item has
            none.
        attributes: Attributes, {name: value}.
        known: Whether the model knows the item.
    """

    title: str
    description: str
    category: str
    price: float | None
    url: str
    group_id: str
    attributes: dict[str, str]
    known: bool


def recommend(
    user_ids: Ids,
    exclude_ids: IdRows | None = None,
    categories: IdRows | None = None,
    *,
    filters: IdRows | None = None,
    min_price: float = 0.0,
    max_price: float = NO_MAX_PRICE,
    include_owned: bool = False,
    diversity: float = DIVERSITY,
    collapse_variants: bool = False,
) -> PredictCall[Recommendations]:
    """Ranks the top-k items that each user does not have yet.

    Args:
        user_ids: User ids, string [batch].
        exclude_ids: Ids of items to exclude for each user, string [batch][any
            length].
        categories: Eligible categories of each user, string [batch][any
            length]; all categories for an empty row. The call fails if the
            catalog lacks a category.
        filters: Requested attributes of each user, such as "color=red", string
            [batch][any length]. Values of one name are alternatives, different
            names must all hold. The call fails if no item has a value.
        min_price: Minimum price; 0 for no bound.
        max_price: Maximum price. Items without a price are ranked only without
            bounds.
        include_owned: Whether items that the users own, by the training data,
            are ranked too.
        diversity: Weight of dissimilar images in the order of the lists, 0 to
            1; 0 orders by score.
        collapse_variants: Whether a list has at most one of the variants of a
            product, and none of a product that the user has.

    Returns:
        Eligible items of each user, by descending score, unless diversity or
        the pins and buries of the model change the order.
    """
    rows = {"categories": categories, "filters": filters}
    common = {
        "min_price": min_price,
        "max_price": min(max_price, NO_MAX_PRICE),
        "include_owned": include_owned,
        "diversity": diversity,
        "collapse_variants": collapse_variants,
    }
    arguments: dict[str, Sequence[Any]] = {"user_ids": user_ids}
    signature = "serving_default"
    if any(row is not None for row in rows.values()) or common != _UNFILTERED:
        signature = "recommend_filtered"
        rows["exclude_ids"] = exclude_ids
        arguments |= _per_row(len(user_ids), rows, common)
    elif exclude_ids is not None:
        signature = "recommend_excluding"
        arguments["exclude_ids"] = exclude_ids
    return predict_call(RECOMMENDER, signature, _recommendations, **arguments)


def recommend_for_items(
    liked_ids: IdRows,
    exclude_ids: IdRows | None = None,
    categories: IdRows | None = None,
    *,
    filters: IdRows | None = None,
    min_price: float = 0.0,
    max_price: float = NO_MAX_PRICE,
) -> PredictCall[Recommendations]:
    """Ranks the top-k items of cold-start users (fold-in).

    Args:
        liked_ids: Ids of items that each user likes, string [batch][one or
            more].
        exclude_ids: Ids of items to exclude besides the liked ones, like the
            other arguments as in `recommend`. A model that was exported before
            they were takes none of them.
        categories: Eligible categories.
        filters: Requested attributes.
        min_price: Minimum price.
        max_price: Maximum price.

    Returns:
        Items for each user, by descending score.
    """
    if not all(liked_ids):
        raise ValueError(
            "Each row of liked_ids must hold at least one item id; received an "
            "empty row."
        )
    rows = {
        "exclude_ids": exclude_ids,
        "categories": categories,
        "filters": filters,
    }
    prices = {
        "min_price": min_price,
        "max_price": min(max_price, NO_MAX_PRICE),
    }
    arguments: dict[str, Sequence[Any]] = {"liked_ids": liked_ids}
    signature = "recommend_for_items"
    if any(ids is not None for ids in rows.values()) or prices != _ANY_PRICE:
        signature = "recommend_for_items_filtered"
        arguments |= _per_row(len(liked_ids), rows, prices)
    return predict_call(RECOMMENDER, signature, _recommendations, **arguments)


def recommend_for_text(
    texts: Sequence[str],
    user_ids: Ids | None = None,
    liked_ids: IdRows | None = None,
    exclude_ids: IdRows | None = None,
    categories: IdRows | None = None,
    *,
    filters: IdRows | None = None,
    min_price: float = 0.0,
    max_price: float = NO_MAX_PRICE,
) -> PredictCall[Ranking]:
    """Ranks the items that words describe.

    Only models that read attributes or text have the signature.

    Args:
        texts: Words such as "linen dress, blue", string [batch]; "" with liked
            items only.
        user_ids: Id of the user whose taste orders the matches, "" for nobody,
            string [batch]; nobody if None.
        liked_ids: Ids of items to resemble, but as the words say, string
            [batch][any length]; none if None.
        exclude_ids: Ids of items to exclude, like the other arguments as in
            `recommend`.
        categories: Eligible categories.
        filters: Requested attributes.
        min_price: Minimum price.
        max_price: Maximum price.

    Returns:
        Matching items, by descending score; unknown if the model knows none of
        the words and of the items.
    """
    rows = {
        "liked_ids": liked_ids,
        "exclude_ids": exclude_ids,
        "categories": categories,
        "filters": filters,
    }
    prices = {
        "min_price": min_price,
        "max_price": min(max_price, NO_MAX_PRICE),
    }
    return predict_call(
        RECOMMENDER,
        "recommend_for_text",
        _ranking,
        texts=texts,
        user_ids=[""] * len(texts) if user_ids is None else user_ids,
        **_per_row(len(texts), rows, prices),
    )


def similar_items(item_ids: Ids) -> PredictCall[Ranking]:
    """Ranks the items that look most similar to given items.

    Args:
        item_ids: Item ids, string [batch].

    Returns:
        Most similar items of each item, by descending cosine similarity of
        their visual embeddings.
    """
    return predict_call(
        RECOMMENDER, "similar_items", _ranking, item_ids=item_ids
    )


def similar_to_image(images: Sequence[bytes]) -> PredictCall[Ranking]:
    """Ranks the items that look most similar to photos.

    Args:
        images: JPEG or PNG files, bytes [batch].

    Returns:
        Most similar items of each photo, by descending cosine similarity of
        their visual embeddings.
    """
    return predict_call(
        RECOMMENDER, "similar_to_image", _ranking, images=images
    )


def goes_with(item_ids: Ids) -> PredictCall[Ranking]:
    """Ranks the items of other categories that go with given items.

    Args:
        item_ids: Item ids, string [batch].

    Returns:
        Items that users have together with each item, or whose images suit it,
        best first.
    """
    return predict_call(RECOMMENDER, "goes_with", _ranking, item_ids=item_ids)


def item_info(item_ids: Ids) -> PredictCall[list[ItemInfo]]:
    """Looks up what the catalog says about items.

    Args:
        item_ids: Item ids, string [batch].

    Returns:
        Title, price and other data of each item.
    """
    return predict_call(RECOMMENDER, "item_info", _infos, item_ids=item_ids)


def user_history(user_ids: Ids) -> PredictCall[Histories]:
    """Looks up the items that users own.

    Args:
        user_ids: User ids, string [batch].

    Returns:
        Items that each user owns: those of the training interactions, without
        those lighter than the `owned_weight` of the data set; none of an
        unknown user.
    """
    return predict_call(
        RECOMMENDER, "user_history", _histories, user_ids=user_ids
    )


def score_images(user_ids: Ids, images: Sequence[bytes]) -> PredictCall[Array]:
    """Scores images of items that are not in the catalog.

    Args:
        user_ids: User ids, string [batch].
        images: JPEG or PNG files, one per user, bytes [batch].

    Returns:
        Scores, float32 [batch], comparable with those of `recommend`.
    """
    return predict_call(
        RECOMMENDER,
        "score_images",
        lambda outputs, _: outputs["scores"],
        user_ids=user_ids,
        images=images,
    )


def embed_images(images: Sequence[bytes]) -> PredictCall[Array]:
    """Computes image embeddings.

    Args:
        images: JPEG or PNG files, bytes [batch].

    Returns:
        Embeddings, float32 [batch, dim].
    """
    return predict_call(RECOMMENDER, "embed_images", _embeddings, images=images)


def embed_users(user_ids: Ids) -> PredictCall[Array]:
    """Returns user embeddings.

    Args:
        user_ids: User ids, string [batch].

    Returns:
        Embeddings, float32 [batch, dim]; the dot product with an item
        embedding is the score.
    """
    return predict_call(
        RECOMMENDER, "embed_users", _embeddings, user_ids=user_ids
    )


def _per_row(
    num_rows: int, rows: Mapping[str, IdRows | None], common: Mapping[str, Any]
) -> dict[str, Sequence[Any]]:
    """Returns arguments with one value per row.

    Args:
        num_rows: Number of rows.
        rows: Ids of each row by argument; empty rows for None.
        common: Values that all rows have, by argument.
    """
    return {
        **{
            name: [[]] * num_rows if ids is None else ids
            for name, ids in rows.items()
        },
        **{name: [value] * num_rows for name, value in common.items()},
    }


def _ranking(outputs: Outputs, version: int) -> Ranking:
    scores = outputs["scores"]
    known = np.ones(len(scores), bool)
    for name in ("known_item", "known_text"):
        known = outputs.get(name, known)
    return Ranking(text_rows(outputs["item_ids"]), scores, known, version)


def _histories(outputs: Outputs, version: int) -> Histories:
    rows = text_rows(outputs["item_ids"])
    return Histories(
        [[item_id for item_id in row if item_id] for row in rows],
        outputs["known_user"],
        version,
    )


def _recommendations(outputs: Outputs, version: int) -> Recommendations:
    return Recommendations(
        item_ids=text_rows(outputs["item_ids"]),
        scores=outputs["scores"],
        known=outputs["known_user"],
        version=version,
        because_item_ids=text_rows(outputs["because_item_ids"]),
        because_shares=outputs["because_shares"],
    )


def _infos(outputs: Outputs, _: int) -> list[ItemInfo]:
    columns = [
        texts(outputs[name])
        for name in ("title", "description", "category", "url", "group_id")
    ]
    rows = zip(
        *columns,
        # The shortest decimal that is the same float32.
        map(float, map(str, outputs["price"])),
        text_rows(outputs["attributes"]),
        outputs["known_item"].tolist(),
        strict=True,
    )
    return [
        ItemInfo(
            title,
            description,
            category,
            None if price < 0 else price,
            url,
            group_id,
            dict(text.split("=", 1) for text in attributes if text),
            known,
        )
        for (
            title,
            description,
            category,
            url,
            group_id,
            price,
            attributes,
            known,
        ) in rows
    ]


def _embeddings(outputs: Outputs, _: int) -> Array:
    return outputs["embeddings"]
