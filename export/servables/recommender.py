"""The `recommender` servable: all signatures of the two-tower model."""

from typing import Any

import numpy as np
import tensorflow as tf

from atelier.schema.item import Item
from atelier.schema.signatures import MAX_HISTORY
from atelier.schema.signatures import RECOMMENDER
from atelier.schema.signatures import SIGNATURES
from export.index.boosts import Boosts
from export.index.ivf_build import IndexStats
from export.index.ivf_build import fit_index
from export.index.top_k import NO_INDEX
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import Index
from export.index.top_k import ScoreBonus
from export.index.top_k import TopK
from export.servables.diversifier import Diversifier
from export.servables.ease_scores import EaseScores
from export.servables.fold_in import FoldedIn
from export.servables.fold_in import FoldIn
from export.servables.id_lookup import IdLookup
from export.servables.image_embedder import ImageEmbedder
from export.servables.item_filter import ItemFilter
from export.servables.item_neighbors import ItemNeighbors
from export.servables.item_vectors import ItemVectors
from export.servables.product_data import ProductData
from export.servables.reasons import Reasons
from export.servables.requested_lists import ListRequest
from export.servables.requested_lists import RequestedLists
from export.servables.signatures import trace_signatures
from export.servables.text_matches import TextMatches
from export.servables.user_histories import UserHistories
from export.servables.user_table import UserTable
from trainer.models.user_encoder import HistoryEncoder
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

Outputs = dict[str, tf.Tensor]


class RecommenderServable(tf.Module):
    """Signatures of the `recommender` model, see `atelier.schema.signatures`.

    Unknown users get the mean embedding of the users of the training data; the
    output `known_user` tells them apart.

    Args:
        run: Trained run, for its image size, resize mode and background.
        trained: Weights and embeddings of the run.
        catalog: Items without images, in item index order.
        k: Length of every recommendation list.
        min_recall: Minimum recall of the IVF indices against exact search; None
            for exact search.

    Attributes:
        boosts: Boosts of items, at first none.
        measured: Statistics of the fitted indices, by signature; empty for
            exact search.

    Example:
        run = Run.load("runs/demo/recommender", RecommenderConfig)
        catalog = read_items(run.data_dir, without_image)
        servable = RecommenderServable(
            run, load_recommender(run), catalog, k=50
        )
        result = servable.recommend(tf.constant(["some user"]))
    """

    def __init__(
        self,
        run: Run,
        trained: TrainedRecommender,
        catalog: list[Item],
        k: int,
        min_recall: float | None = None,
    ) -> None:
        super().__init__()
        self.measured: dict[str, IndexStats] = {}
        self._trained = trained
        self._k = min(k, len(trained.item_vectors))
        self._encoder = trained.encoder
        user_ids, user_vectors, histories = trained.all_users()
        average = trained.user_vectors.mean(axis=0)
        self._users = UserTable(user_ids, user_vectors, average)
        self._histories = UserHistories(
            histories, trained.all_history_weights()
        )
        # Users own the items of all interactions unless the data set says from
        # which weight on they do.
        self._owned = self._histories
        if trained.interactions.owned is not None:
            self._owned = UserHistories(trained.all_owned_items())
        self._items = IdLookup(trained.interactions.item_ids, "items")
        self._vectors = ItemVectors(trained, exact=min_recall is None)
        self._ease_scores = EaseScores(trained.ease) if trained.ease else None
        self._reasons = Reasons(
            self._encoder,
            self._vectors.liked,
            self._vectors.items,
            self._ease_scores,
        )
        self._item_filter = ItemFilter([item.category for item in catalog])
        self._products = ProductData(catalog)
        self.boosts = Boosts(trained.item_vectors)
        self._lists = RequestedLists(
            catalog,
            self._item_filter,
            self._products,
            Diversifier(self._vectors, self._k, self.boosts),
        )
        self._images = ImageEmbedder(run, trained)
        self._create_searches(min_recall)

    def _create_searches(self, min_recall: float | None) -> None:
        """Creates the searches for users, likes, items and words."""
        by_product, by_cosine = (
            (None, None)
            if min_recall is None
            else self._fit_indices(min_recall)
        )
        self._by_product = TopK(
            self._items.ids,
            self._vectors.items,
            self._k,
            by_product,
            boosts=self.boosts,
        )
        self._neighbors = ItemNeighbors(
            self._items,
            self._vectors,
            self._k,
            by_cosine,
            self._item_filter,
            self._ease_scores,
        )
        self._fold_in = FoldIn(
            self._encoder,
            self._vectors.liked,
            self._items,
            self._users,
            self._ease_scores,
            self._trained.order_exponent,
        )
        if not self._trained.text_search:
            return
        self._text_matches = TextMatches(
            self._trained.text_search,
            self._users,
            self._items,
            self._item_filter,
            self._lists,
            self._k,
        )
        if min_recall is not None:
            stats = self._text_matches.fit_index(
                self._trained.user_vectors, min_recall
            )
            self.measured["recommend_for_text"] = stats

    def _fit_indices(self, min_recall: float) -> tuple[Index, Index]:
        """Returns the indices of recommendations and of similar items."""
        category_ids = self._item_filter.category_ids
        by_product, self.measured["serving_default"] = fit_index(
            self._vectors.items,
            self._trained.user_vectors,
            self._k,
            min_recall,
            self._trained.interactions.owned_items,
            category_ids,
        )
        every = np.arange(len(self._trained.item_vectors))
        by_cosine, self.measured["similar_items"] = fit_index(
            self._vectors.visual,
            self._vectors.visual.numpy(),
            self._k,
            min_recall,
            tf.RaggedTensor.from_tensor(every[:, None]),
            category_ids,
        )
        return by_product, by_cosine

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""
        return trace_signatures(
            self, RECOMMENDER, recommender_signatures(self._trained)
        )

    def recommend(self, user_id: tf.Tensor) -> Outputs:
        """Recommends the top-k available items that users do not have yet."""
        return self._recommend(user_id)

    def recommend_excluding(
        self, user_id: tf.Tensor, exclude_ids: tf.Tensor
    ) -> Outputs:
        """Recommends as `recommend` does, except excluded items."""
        return self._recommend(user_id, self._items(exclude_ids))

    def recommend_filtered(
        self,
        user_id: tf.Tensor,
        categories: tf.Tensor,
        exclude_ids: tf.Tensor,
        filters: tf.Tensor,
        min_price: tf.Tensor,
        max_price: tf.Tensor,
        include_owned: tf.Tensor,
        diversity: tf.Tensor,
        collapse_variants: tf.Tensor,
    ) -> Outputs:
        """Recommends the top-k available items that a request asks for.

        The ids of a rejected row, such as one with an unknown category, are ""
        and its scores `NO_SCORE`.
        """
        request, error = self._lists.parse(
            categories,
            filters,
            min_price,
            max_price,
            include_owned,
            diversity,
            collapse_variants,
        )
        excluded = self._items(exclude_ids)
        return {**self._recommend(user_id, excluded, request), "error": error}

    def recommend_for_items(self, liked_ids: tf.Tensor) -> Outputs:
        """Recommends items to cold-start users by fold-in of liked items.

        The liked items themselves are left out. In a model with a recency
        decay, the last of them counts most.
        """
        folded = self._fold_in(liked_ids)
        items, scores = self._by_product.items(
            folded.users,
            folded.items,
            folded.added,
            self._item_filter.everything(),
        )
        return self._liked_ranking(folded, items, scores)

    def recommend_for_items_filtered(
        self,
        liked_ids: tf.Tensor,
        categories: tf.Tensor,
        exclude_ids: tf.Tensor,
        filters: tf.Tensor,
        min_price: tf.Tensor,
        max_price: tf.Tensor,
    ) -> Outputs:
        """Recommends as `recommend_for_items` does, with filters."""
        folded = self._fold_in(liked_ids)
        left_out = tf.concat([folded.items, self._items(exclude_ids)], axis=1)

        def search(eligible: Eligibility) -> tuple[tf.Tensor, tf.Tensor]:
            return self._by_product.items(
                folded.users, left_out, folded.added, eligible
            )

        items, scores, error = self._lists.narrow(
            search, categories, filters, min_price, max_price
        )
        ranking = self._liked_ranking(folded, items, scores)
        return {**ranking, "error": error}

    def recommend_for_text(
        self,
        user_id: tf.Tensor,
        text: tf.Tensor,
        liked_ids: tf.Tensor,
        categories: tf.Tensor,
        exclude_ids: tf.Tensor,
        filters: tf.Tensor,
        min_price: tf.Tensor,
        max_price: tf.Tensor,
    ) -> Outputs:
        """Finds the available items that words describe, with filters."""
        narrowing = categories, filters, min_price, max_price
        return self._text_matches(
            user_id, text, liked_ids, exclude_ids, narrowing
        )

    def similar_items(self, item_id: tf.Tensor) -> Outputs:
        """Finds the items with the most similar image embeddings, by cosine."""
        return self._neighbors.similar(item_id)

    def similar_to_image(self, image_bytes: tf.Tensor) -> Outputs:
        """Finds the available items that look like a photo, by cosine."""
        embeddings, error = self._images(image_bytes)
        # Items are compared without their biases.
        visual = embeddings[:, : self._vectors.visual.shape[1]]
        ranking = self._neighbors.similar_to_image(visual, error == "")
        return {**ranking, "error": error}

    def goes_with(self, item_id: tf.Tensor) -> Outputs:
        """Finds the items of other categories that go with an item."""
        return self._neighbors.complementary(item_id)

    def item_info(self, item_id: tf.Tensor) -> Outputs:
        """Looks up what the catalog says about items.

        Of an unknown item, texts are "" and the price `NO_PRICE`.
        """
        index = self._items(item_id)
        category = self._item_filter.category(tf.maximum(index, 0))
        return {
            **self._products(index),
            "category": tf.where(index >= 0, category, NO_ITEM),
            "known_item": index >= 0,
        }

    def user_history(self, user_id: tf.Tensor) -> Outputs:
        """Looks up the latest items that users own."""
        rows = self._users.rows(user_id)
        # The shape also cuts longer histories off.
        items = self._owned(rows).to_tensor(NO_INDEX, shape=[None, MAX_HISTORY])
        return {"item_ids": self._items.ids(items), "known_user": rows > 0}

    def score_images(
        self, user_id: tf.Tensor, image_bytes: tf.Tensor
    ) -> Outputs:
        """Scores images outside the catalog for users, by content alone.

        The score of a rejected image is `NO_SCORE`.
        """
        users, _ = self._users(user_id)
        items, error = self._images(image_bytes)
        scores = tf.reduce_sum(users * items, axis=1)
        return {
            "scores": tf.where(error == "", scores, NO_SCORE),
            "error": error,
        }

    def embed_images(self, image_bytes: tf.Tensor) -> Outputs:
        """Computes the embeddings of images.

        An embedding is Phi, followed by a 0 if the model has item biases, and
        0 for a rejected image.
        """
        embeddings, error = self._images(image_bytes)
        return {"embeddings": embeddings, "error": error}

    def embed_users(self, user_id: tf.Tensor) -> Outputs:
        """Looks up the embeddings of users.

        An embedding is theta, followed by a 1 if the model has item biases.
        """
        return {"embeddings": self._users(user_id)[0]}

    def _recommend(
        self,
        user_id: tf.Tensor,
        excluded: tf.Tensor | None = None,
        request: ListRequest | None = None,
    ) -> Outputs:
        users, known = self._users(user_id)
        rows = self._users.rows(user_id)
        history, weights = self._histories(rows), self._histories.weights(rows)
        owned = self._owned(rows).to_tensor(NO_INDEX)
        hidden = owned
        if request is not None:
            hidden = tf.where(~request.include_owned[:, None], owned, NO_INDEX)
        left_out = hidden
        if excluded is not None:
            left_out = tf.concat([hidden, excluded], axis=1)
        added = self._bonus(
            history, None if weights is None else weights.values
        )

        def search(
            eligible: Eligibility, k: tf.Tensor | None = None
        ) -> tuple[tf.Tensor, tf.Tensor]:
            return self._by_product.items(users, left_out, added, eligible, k)

        if request is None:
            items, scores = search(self._item_filter.everything())
        else:
            items, scores = self._lists(search, hidden, request)
        # A user embedding of the id tower is not computed from the history.
        by_embedding = isinstance(self._encoder, HistoryEncoder)
        reasons = self._reasons(
            history.to_tensor(NO_INDEX),
            items,
            by_embedding,
            None if weights is None else weights.to_tensor(),
        )
        return self._ranking(items, scores, known, reasons)

    def _liked_ranking(
        self, folded: FoldedIn, items: tf.Tensor, scores: tf.Tensor
    ) -> Outputs:
        reasons = self._reasons(folded.items, items, True, folded.weights)
        return self._ranking(items, scores, folded.known, reasons)

    def _bonus(
        self, liked: tf.RaggedTensor, weights: tf.Tensor | None
    ) -> ScoreBonus | None:
        return self._ease_scores(liked, weights) if self._ease_scores else None

    def _ranking(
        self,
        items: tf.Tensor,
        scores: tf.Tensor,
        known: tf.Tensor,
        reasons: tuple[tf.Tensor, tf.Tensor],
    ) -> Outputs:
        because, shares = reasons
        return {
            "item_ids": self._items.ids(items),
            "scores": scores,
            "known_user": known,
            "because_item_ids": self._items.ids(because),
            "because_shares": shares,
        }


def recommender_signatures(trained: TrainedRecommender) -> list[str]:
    """Returns the names of the signatures of a model.

    Args:
        trained: Model; without text or without images it lacks some.
    """
    missing = set() if trained.text_search else {"recommend_for_text"}
    if not trained.item_tower.image_dim:
        missing |= {"similar_to_image", "score_images", "embed_images"}
    return [name for name in SIGNATURES[RECOMMENDER] if name not in missing]
