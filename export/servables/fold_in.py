"""Fold-in of the liked items of cold-start users."""

from typing import NamedTuple

import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.index.top_k import ScoreBonus
from export.servables.ease_scores import EaseScores
from export.servables.id_lookup import IdLookup
from export.servables.user_table import UserTable
from trainer.models.user_encoder import UserEncoder


class FoldedIn(NamedTuple):
    """Cold-start users, by their liked items.

    Attributes:
        items: Indices of the liked items, -1 for unknown ones, int64 [batch,
            n].
        weights: Weights of the liked items, 0 for unknown ones, float32 [batch,
            n].
        users: User embeddings, of the average user where no item is known,
            float32 [batch, K].
        known: Whether a liked item is known, bool [batch].
        added: EASE scores of the liked items; None in a model without.
    """

    items: tf.Tensor
    weights: tf.Tensor
    users: tf.Tensor
    known: tf.Tensor
    added: ScoreBonus | None


class FoldIn:
    """Fold-in of liked items.

    Args:
        encoder: Encoder of users.
        vectors: Vectors of liked items, float32 [items, K or more].
        items: Item ids by item index.
        users: User embeddings, for that of the average user.
        ease_scores: EASE scores; None in a model without.
        order_exponent: Exponent of the decay by which the last liked item
            counts most; 0 for none.

    Example:
        fold_in = FoldIn(encoder, vectors, lookup, table, None, 0.0)
        users = fold_in(tf.constant([["shirt", "shoe"]])).users
    """

    def __init__(
        self,
        encoder: UserEncoder,
        vectors: tf.Variable,
        items: IdLookup,
        users: UserTable,
        ease_scores: EaseScores | None,
        order_exponent: float,
    ) -> None:
        self._encoder, self._vectors = encoder, vectors
        self._items, self._users = items, users
        self._ease_scores = ease_scores
        self._order_exponent = order_exponent

    def __call__(self, liked_ids: tf.Tensor) -> FoldedIn:
        """Computes the embeddings of cold-start users.

        Args:
            liked_ids: Ids of liked items, the latest last, padded with "",
                string [batch, n]; unknown ids are ignored.
        """
        items = self._items(liked_ids)
        is_known = items >= 0
        weights = tf.cast(is_known, tf.float32)
        if self._order_exponent:
            orders = tf.cumsum(weights, axis=1, reverse=True)
            weights *= (1.0 + orders) ** -self._order_exponent
        vectors = gather_rows(self._vectors, tf.maximum(items, 0))
        vectors = vectors[:, :, : self._encoder.vectors.shape[1]]
        numbers = tf.reduce_sum(weights, axis=1)
        total = tf.reduce_sum(vectors * weights[:, :, None], axis=1)
        known = numbers > 0
        users = tf.where(
            known[:, None],
            self._encoder(total, tf.where(known, numbers, 1.0)),
            self._users.average,
        )
        added = None
        if self._ease_scores:
            added = self._ease_scores(
                tf.ragged.boolean_mask(items, is_known),
                tf.boolean_mask(weights, is_known)
                if self._order_exponent
                else None,
            )
        return FoldedIn(items, weights, users, known, added)
