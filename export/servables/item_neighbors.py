"""Items that look like an item, and items that go with it."""

import tensorflow as tf

from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import Index
from export.index.top_k import ScoreBonus
from export.index.top_k import TopK
from export.servables.ease_scores import EaseScores
from export.servables.id_lookup import IdLookup
from export.servables.item_filter import ItemFilter
from export.servables.item_vectors import ItemVectors

Outputs = dict[str, tf.Tensor]


class ItemNeighbors(tf.Module):
    """Ranking of the available items for an item instead of a user.

    For an unknown item, ids are "" and scores `NO_SCORE`.

    Args:
        items: Lookup of the item ids.
        vectors: Item vectors of the recommender.
        k: Length of every list.
        index: Index of the image embeddings; None for exact search.
        item_filter: Availability and categories of the items.
        ease_scores: EASE scores of the model, if it has EASE weights.

    Example:
        neighbors = ItemNeighbors(items, vectors, 50, None, item_filter, None)
        outputs = neighbors.similar(tf.constant(["some item"]))
    """

    def __init__(
        self,
        items: IdLookup,
        vectors: ItemVectors,
        k: int,
        index: Index | None,
        item_filter: ItemFilter,
        ease_scores: EaseScores | None,
    ) -> None:
        super().__init__()
        self._items = items
        self._vectors = vectors
        self._top_k = TopK(
            items.ids, vectors.visual, k, index, scales=vectors.scales
        )
        self._item_filter = item_filter
        self._ease_scores = ease_scores

    def similar(self, item_id: tf.Tensor) -> Outputs:
        """Finds the items with the most similar image embeddings.

        Args:
            item_id: Item ids, string [batch].

        Returns:
            Other items by cosine similarity, best first.
        """
        index = self._items(item_id)
        return self._ranking(index, None, self._item_filter.everything())

    def complementary(self, item_id: tf.Tensor) -> Outputs:
        """Finds the items of other categories that go with an item.

        The score of item i for item j is E_ji + cos(j, i): the EASE weight,
        which is large for items that the same users have, and the similarity of
        the image embeddings, which decides alone where j has no such history.

        Args:
            item_id: Item ids, string [batch]. Of an item without a category,
                all other items count as items of other categories.

        Returns:
            Items of other categories, best first.
        """
        index = self._items(item_id)
        known = tf.maximum(index, 0)
        added = None
        if self._ease_scores:
            pairs = tf.RaggedTensor.from_tensor(known[:, None])
            added = self._ease_scores(pairs)
        eligible = self._item_filter.of_other_categories(known)
        return self._ranking(index, added, eligible)

    def _ranking(
        self,
        index: tf.Tensor,
        added: ScoreBonus | None,
        eligible: Eligibility,
    ) -> Outputs:
        item_ids, scores = self._top_k(
            self._vectors.directions(tf.maximum(index, 0)),
            index[:, None],
            added,
            eligible,
        )
        known = index >= 0
        return {
            "item_ids": tf.where(known[:, None], item_ids, NO_ITEM),
            "scores": tf.where(known[:, None], scores, NO_SCORE),
            "known_item": known,
        }
