"""The `recommend_for_text` signature: items that words describe."""

import numpy as np
import tensorflow as tf

from export.index.ivf_build import IndexStats
from export.index.ivf_build import fit_index
from export.index.ops.gather_rows import gather_rows
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import TopK
from export.servables.id_lookup import IdLookup
from export.servables.item_filter import ItemFilter
from export.servables.requested_lists import RequestedLists
from export.servables.user_table import UserTable
from trainer.models.text_search import TextSearch


class TextMatches(tf.Module):
    """Search of the available items by words, liked items and a user's taste.

    Args:
        search: Search vectors of the items.
        users: User embeddings.
        items: Item ids by item index.
        item_filter: Categories of the items.
        lists: Filters of the items.
        k: Length of a list.

    Example:
        matches = TextMatches(search, users, items, item_filter, lists, k=10)
        result = matches(nobody, tf.constant(["linen dress"]), *no_request)
    """

    def __init__(
        self,
        search: TextSearch,
        users: UserTable,
        items: IdLookup,
        item_filter: ItemFilter,
        lists: RequestedLists,
        k: int,
    ) -> None:
        super().__init__()
        self._search, self._k = search, k
        self._users, self._items = users, items
        self._item_filter, self._lists = item_filter, lists
        self._vectors = tf.Variable(search.items, trainable=False)
        self._top_k = TopK(items.ids, self._vectors, k)

    def fit_index(self, users: np.ndarray, min_recall: float) -> IndexStats:
        """Replaces exact search by an IVF index.

        Typical queries are the words of an item, sought by some user.

        Args:
            users: User embeddings, float32 [users, D].
            min_recall: Minimum recall against exact search.
        """
        words = self._search.items[:, : self._search.content_dim]
        rng = np.random.default_rng(0)
        users = users[rng.integers(len(users), size=len(words))]
        index, stats = fit_index(
            self._vectors,
            np.concatenate([words, users], axis=1),
            self._k,
            min_recall,
            category_ids=self._item_filter.category_ids,
        )
        self._top_k = TopK(self._items.ids, self._vectors, self._k, index)
        return stats

    def __call__(
        self,
        user_id: tf.Tensor,
        text: tf.Tensor,
        liked_ids: tf.Tensor,
        exclude_ids: tf.Tensor,
        narrowing: tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor],
    ) -> dict[str, tf.Tensor]:
        """Returns the outputs of `recommend_for_text`.

        The liked items themselves are left out. If neither a word nor a liked
        item is known, or the request of a row is wrong, ids are "" and scores
        `NO_SCORE`.

        Args:
            user_id: User ids, string [batch].
            text: Words, string [batch].
            liked_ids: Ids of liked items, padded with "", string [batch, n].
            exclude_ids: Ids of items to leave out, padded with "", string
                [batch, m].
            narrowing: Categories, filters, minimum and maximum prices, see
                `RequestedLists.parse`.
        """
        num_content = self._search.content_dim
        indices = self._items(liked_ids)
        rows = gather_rows(self._vectors, tf.maximum(indices, 0))
        is_known = tf.cast(indices >= 0, tf.float32)[:, :, None]
        liked = tf.reduce_sum(rows[:, :, :num_content] * is_known, axis=1)
        users, known_user = self._users(user_id)
        users = tf.where(known_user[:, None], users, 0.0)
        queries = self._search.queries(text, liked, users)
        known = tf.reduce_any(queries[:, :num_content] != 0, axis=1)
        left_out = tf.concat([indices, self._items(exclude_ids)], axis=1)

        def search(eligible: Eligibility) -> tuple[tf.Tensor, tf.Tensor]:
            return self._top_k.items(queries, left_out, eligible=eligible)

        items, scores, error = self._lists.narrow(search, *narrowing)
        return {
            "item_ids": tf.where(
                known[:, None], self._items.ids(items), NO_ITEM
            ),
            "scores": tf.where(known[:, None], scores, NO_SCORE),
            "known_user": known_user,
            "known_text": known,
            "error": error,
        }
