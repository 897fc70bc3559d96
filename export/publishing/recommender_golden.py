"""Golden requests of the `recommender`, with the results of the trainer."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from atelier.schema.item import Item
from atelier.schema.signatures import MAX_HISTORY
from atelier.schema.signatures import NO_MAX_PRICE
from atelier.schema.signatures import NO_PRICE
from atelier.schema.signatures import RECOMMENDER
from atelier.schema.signatures import SIGNATURES
from export.index.boosts import Boost
from export.index.top_k import NO_SCORE
from export.publishing.golden_reasons import with_reasons
from export.publishing.golden_request import Answer
from export.publishing.golden_request import Example
from export.publishing.golden_request import Judged
from export.publishing.golden_request import find_items
from export.publishing.golden_request import golden_inputs
from export.servables.attribute_values import attributes_of
from export.servables.attribute_values import filters_of
from export.servables.product_data import TEXTS
from export.servables.recommender import recommender_signatures
from trainer.models.user_encoder import HistoryEncoder
from trainer.recommender.trained_model import TrainedRecommender

UNKNOWN_USER = ""
"""Id of an unknown user."""


def recommender_examples(
    trained: TrainedRecommender,
    catalog: list[Item],
    in_stock: np.ndarray,
    k: int,
    exact: bool,
    boosts: Mapping[str, Boost],
) -> list[Example]:
    """Returns golden requests of all signatures of the model, and two more.

    The two are of an unknown user, and of a photo that is not of the training
    size: it is resized, and cut out if the training data were. The others use
    the first user, the first item, its image, an attribute, and its category if
    it has one, which is also the text.

    Args:
        trained: Weights and embeddings of the servable.
        catalog: Items without images, in item index order.
        in_stock: Availability of each item, bool [items].
        k: Length of every list.
        exact: Whether the index is exact.
        boosts: Boosts by item id.
    """
    jpeg = trained.images.read([0])[0]
    samples = _samples(trained, catalog[0], jpeg)
    lists = _Lists(trained.interactions.item_ids, in_stock, k, exact, boosts)
    expected = {
        **_rankings(trained, catalog, lists),
        **_vectors(trained),
        "item_info": {"outputs": _info(catalog)},
        "user_history": {"outputs": _history(trained)},
    }
    names = recommender_signatures(trained)
    average = trained.item_vectors @ trained.user_vectors.mean(axis=0)
    return [
        *(
            Example(
                name,
                golden_inputs(signature, samples),
                **expected.get(name, {}),
            )
            for name, signature in SIGNATURES[RECOMMENDER].items()
            if name in names
        ),
        Example(
            "serving_default",
            {"user_id": np.array([UNKNOWN_USER], object)},
            **lists.expected(average, is_known=False),
        ),
        *(
            Example(name, {"image_bytes": np.array([image], object)})
            for name, image in (("embed_images", enlarged(jpeg)),)
            if name in names
        ),
    ]


def _samples(
    trained: TrainedRecommender, item: Item, jpeg: bytes
) -> dict[str, Any]:
    """Returns the inputs of golden requests by name, of the first item."""
    item_id = trained.interactions.item_ids[0]
    return {
        "user_id": trained.interactions.user_ids[0],
        "item_id": item_id,
        "liked_ids": item_id,
        "exclude_ids": item_id,
        "categories": item.category,
        "text": item.category,
        "filters": _filter(item),
        "max_price": NO_MAX_PRICE,
        "image_bytes": jpeg,
    }


def enlarged(jpeg: bytes) -> bytes:
    """Returns a JPEG of twice the width and height.

    Args:
        jpeg: JPEG of the training size, which counts as prepared.
    """
    image = tf.repeat(tf.repeat(tf.io.decode_jpeg(jpeg), 2, 0), 2, 1)
    larger: bytes = tf.io.encode_jpeg(image).numpy()
    return larger


def best_scores(
    score_of: Mapping[str, float], boosts: Mapping[str, Boost]
) -> np.ndarray:
    """Returns scores in the order of a list, best first.

    Args:
        score_of: Scores by item id; NaN comes first.
        boosts: Boosts by item id, whose ranks come before the scores.
    """
    scores = np.array(list(score_of.values()))
    ranks = [boosts.get(item_id, Boost()).rank for item_id in score_of]
    order = np.lexsort((-scores, -np.array(ranks), ~np.isnan(scores)))
    best: np.ndarray = scores[order]
    return best


def _rankings(
    trained: TrainedRecommender, catalog: list[Item], lists: "_Lists"
) -> dict[str, dict[str, Any]]:
    """Returns the expected lists by signature, as fields of `Example`."""
    categories = np.array([item.category for item in catalog])
    others = np.arange(len(catalog)) != 0
    same = categories == categories[0] if categories[0] else True
    if text := _filter(catalog[0]):
        same &= np.array([text in filters_of(item) for item in catalog])
    first = np.array([0])
    history = trained.interactions.train[0].numpy()
    owned = trained.interactions.owned_items[0].numpy()
    new = ~np.isin(np.arange(len(catalog)), owned)
    by_embedding = isinstance(trained.encoder, HistoryEncoder)
    scores = trained.scorer()(first)[0]
    weights = trained.history_weights
    for_user = {
        "serving_default": lists.expected(scores, new),
        "recommend_excluding": lists.expected(scores, new & others),
        "recommend_filtered": lists.expected(scores, new & others & same),
    }
    return {
        **_text_ranking(trained, categories[0], others & same, lists),
        **_neighbors(trained, categories, others, lists),
        **{
            name: with_reasons(
                expected,
                trained,
                history,
                by_embedding,
                None if weights is None else weights[0].numpy(),
            )
            for name, expected in for_user.items()
        },
        **_for_items(trained, others, same, lists),
    }


def _for_items(
    trained: TrainedRecommender,
    others: np.ndarray,
    same: np.ndarray | bool,
    lists: "_Lists",
) -> dict[str, dict[str, Any]]:
    """Returns the expected lists of a user who likes the first item."""
    first = np.array([0])
    liked = tf.ragged.constant([[0]])
    order = trained.order_weights(liked)
    scores = trained.cold_start_scorer(liked, order)(first)[0]
    weights = None if order is None else order.values.numpy()
    return {
        name: with_reasons(
            lists.expected(scores, listed), trained, first, True, weights
        )
        for name, listed in (
            ("recommend_for_items", others),
            ("recommend_for_items_filtered", others & same),
        )
    }


def _text_ranking(
    trained: TrainedRecommender,
    text: str,
    listed: np.ndarray,
    lists: "_Lists",
) -> dict[str, dict[str, Any]]:
    """Returns the expected list of a search by words, none without text."""
    search = trained.text_search
    if not search:
        return {}
    liked = search.items[:1, : search.content_dim]
    query = search.queries(tf.constant([text]), liked, trained.user_vectors[:1])
    known = bool(tf.reduce_any(query[:, : search.content_dim] != 0))
    scores = search.items @ query[0].numpy()
    return {
        "recommend_for_text": lists.expected(
            scores, listed & known, known="known_text", is_known=known
        )
    }


def _neighbors(
    trained: TrainedRecommender,
    categories: np.ndarray,
    others: np.ndarray,
    lists: "_Lists",
) -> dict[str, dict[str, Any]]:
    """Returns the expected lists of items that suit the first item."""
    directions = tf.math.l2_normalize(trained.visual_vectors, axis=1).numpy()
    cosines = directions @ directions[0]
    suits = cosines.copy()
    if trained.ease:
        first = np.array([0])
        suits += np.asarray(trained.ease(first, first, num_users=1))[0]
    other = categories != categories[0] if categories[0] else others
    return {
        "similar_items": lists.expected(cosines, others, known="known_item"),
        "similar_to_image": lists.expected(cosines, known=""),
        "goes_with": lists.expected(suits, other, known="known_item"),
    }


def _filter(item: Item) -> str:
    """Returns a filter that an item passes, "" if there is none."""
    return next(iter(filters_of(item)), "")


def _info(catalog: list[Item]) -> dict[str, np.ndarray]:
    """Returns the expected outputs of `item_info` for the first item."""
    item = catalog[0]
    width = max(1, *(len(attributes_of(other)) for other in catalog))
    attributes = np.full([1, width], b"", object)
    for column, text in enumerate(attributes_of(item)):
        attributes[0, column] = text.encode()
    price = NO_PRICE if item.price is None else item.price
    return {
        **{
            name: np.array([getattr(item, name).encode()], object)
            for name in ("category", *TEXTS)
        },
        "attributes": attributes,
        "price": np.array([price], np.float32),
        "known_item": np.array([True]),
    }


def _history(trained: TrainedRecommender) -> dict[str, np.ndarray]:
    """Returns the expected outputs of `user_history` for the first user."""
    owned = trained.all_owned_items()
    item_ids = np.full([1, MAX_HISTORY], b"", object)
    for column, item in enumerate(owned[0].numpy()[:MAX_HISTORY]):
        item_ids[0, column] = trained.interactions.item_ids[item].encode()
    return {"item_ids": item_ids, "known_user": np.array([True])}


def _vectors(trained: TrainedRecommender) -> dict[str, dict[str, Any]]:
    """Returns expected scores and embeddings, as fields of `Example`."""
    theta = trained.user_vectors[:1]
    width = trained.item_vectors.shape[1] - trained.visual_vectors.shape[1]
    image = np.pad(trained.visual_vectors[:1], [(0, 0), (0, width)])
    return {
        "score_images": {"outputs": {"scores": (theta * image).sum(axis=1)}},
        "embed_images": {"outputs": {"embeddings": image}},
        "embed_users": {"outputs": {"embeddings": theta}},
    }


@dataclasses.dataclass(frozen=True)
class _Lists:
    """Expected results that are a top-k list.

    Attributes:
        item_ids: Ids of the catalog items.
        in_stock: Availability of each item, bool [items].
        k: Length of every list.
        exact: Whether the index is exact.
        boosts: Boosts by item id, of lists for users.
    """

    item_ids: list[str]
    in_stock: np.ndarray
    k: int
    exact: bool
    boosts: Mapping[str, Boost]

    def expected(
        self,
        scores: np.ndarray,
        eligible: npt.NDArray[np.bool_] | bool = True,
        *,
        known: str = "known_user",
        is_known: bool = True,
    ) -> dict[str, Any]:
        """Returns the fields of `Example` that describe the result.

        Args:
            scores: Scores of the catalog items, float32 [items].
            eligible: Whether each item may be listed if available, bool
                [items].
            known: Name of the output that tells whether the user or item is
                known; "" for none.
            is_known: Expected value of the output `known`.
        """
        scores = np.where(self.in_stock & eligible, scores, NO_SCORE)
        outputs = {known: np.array([is_known])} if known else {}
        boosts = self.boosts if known == "known_user" else {}
        if self.exact and not boosts:
            outputs["scores"] = self._padded(np.sort(scores)[::-1])
        return {"outputs": outputs, "judge": self._judge(scores, boosts)}

    def _judge(
        self, scores: np.ndarray, boosts: Mapping[str, Boost]
    ) -> Callable[[Answer], Judged]:
        """Returns a function that computes the expected scores of a list.

        The trainer knows no boosts, so the scores of items with one are taken
        from the list itself.

        Args:
            scores: Scores of the catalog items without boosts, `NO_SCORE` for
                items that may not be listed, float32 [items].
            boosts: Boosts by item id.
        """

        def judge(answer: Answer) -> Judged:
            ids = [item_id.decode() for item_id in answer["item_ids"][0]]
            returned = dict(zip(ids, answer["scores"][0], strict=True))
            known = {
                item_id: returned[item_id]
                if boosts.get(item_id, Boost()).amount
                else scores[item]
                for item_id, item in find_items(self.item_ids, returned).items()
                if scores[item] > NO_SCORE
            }
            # An approximate list may lack some of the best items, but not all,
            # and must not repeat one.
            expected = [known.get(one, np.nan) for one in returned if one]
            if not expected and (scores > NO_SCORE).any():
                expected = [np.nan]
            judged = {"scores": (answer["scores"], self._padded(expected))}
            if self.exact and boosts:
                best = best_scores(self._plain(scores, boosts) | known, boosts)
                judged["ranks"] = answer["scores"], self._padded(best)
            return judged

        return judge

    def _plain(
        self, scores: np.ndarray, boosts: Mapping[str, Boost]
    ) -> dict[str, float]:
        """Returns the scores of the eligible items without a boost, by id."""
        return {
            item_id: score
            for item_id, score in zip(self.item_ids, scores, strict=True)
            if score > NO_SCORE and not boosts.get(item_id, Boost()).amount
        }

    def _padded(self, scores: npt.ArrayLike) -> np.ndarray:
        """Truncates or pads scores to one list, float32 [1, k].

        Args:
            scores: Scores, best first, [n].
        """
        best = np.asarray(scores, np.float32)[None, : self.k]
        padding = [(0, 0), (0, self.k - best.shape[1])]
        return np.pad(best, padding, constant_values=NO_SCORE)
