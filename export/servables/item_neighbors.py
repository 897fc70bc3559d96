"""Items that look like an item or a photo, and items that go with an item."""

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
    """Ranking of the available items for an item or a photo, not for a user.

    For an unknown item or a broken photo, ids are "" and scores `NO_SCORE`.

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
        return self._of_items(index, None, self._item_filter.everything())

    def similar_to_image(
        self, embeddings: tf.Tensor, is_valid: tf.Tensor
    ) -> Outputs:
        """Finds the items with the most similar image embeddings to photos.

        Args:
            embeddings: Image embeddings of photos, float32 [batch, K].
            is_valid: Whether each photo has an embedding, bool [batch].

        Returns:
            Items by cosine similarity, best first.
        """
        directions = tf.math.l2_normalize(embeddings, axis=1)
        ranking = self._top_k(
            directions, eligible=self._item_filter.everything()
        )
        return _known(*ranking, is_valid)

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
        return self._of_items(index, added, eligible)

    def _of_items(
        self,
        index: tf.Tensor,
        added: ScoreBonus | None,
        eligible: Eligibility,
    ) -> Outputs:
        ranking = self._top_k(
            self._vectors.directions(tf.maximum(index, 0)),
            index[:, None],
            added,
            eligible,
        )
        return {**_known(*ranking, index >= 0), "known_item": index >= 0}


def _known(
    item_ids: tf.Tensor, scores: tf.Tensor, is_known: tf.Tensor
) -> Outputs:
    """Returns lists as outputs, empty for unknown items and broken photos."""
    return {
        "item_ids": tf.where(is_known[:, None], item_ids, NO_ITEM),
        "scores": tf.where(is_known[:, None], scores, NO_SCORE),
    }
