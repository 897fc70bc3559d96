"""The `recommender` servable: all signatures of the two-tower model."""

from typing import Any

import numpy as np
import tensorflow as tf

from atelier.schema.signatures import RECOMMENDER
from atelier.schema.signatures import SIGNATURES
from atelier.segmentation.garment_cutter import GarmentCutter
from export.index.ivf_build import IndexStats
from export.index.ivf_build import fit_index
from export.index.ops.gather_rows import gather_rows
from export.index.top_k import NO_ITEM
from export.index.top_k import NO_SCORE
from export.index.top_k import Eligibility
from export.index.top_k import Index
from export.index.top_k import TopK
from export.index.top_k import exact_index
from export.servables.ease_scores import EaseScores
from export.servables.id_lookup import IdLookup
from export.servables.image_decoding import decode_images
from export.servables.item_filter import ItemFilter
from export.servables.map_nonempty import map_nonempty
from export.servables.signatures import trace_signatures
from export.servables.text_matches import TextMatches
from export.servables.user_table import UserTable
from trainer.recommender.trained_model import TrainedRecommender
from trainer.training.run import Run

Outputs = dict[str, tf.Tensor]
_MIN_NORM = 1e-6
"""Minimum norm of an image embedding, by which cosines are divided."""


class RecommenderServable(tf.Module):
    """Signatures of the `recommender` model, see `atelier.schema.signatures`.

    Unknown users get the mean embedding of the users of the training data; the
    output `known_user` tells them apart.

    Args:
        run: Trained run, for its image size, resize mode and background.
        trained: Weights and embeddings of the run.
        categories: Category of each item, "" if it has none.
        k: Length of every recommendation list.
        min_recall: Minimum recall of the IVF indices against exact search; None
            for exact search.

    Attributes:
        measured: Statistics of the fitted indices, by signature; empty for
            exact search.

    Example:
        run = Run.load("runs/demo/recommender", RecommenderConfig)
        categories = read_items(run.data_dir, lambda item: item.category)
        servable = RecommenderServable(
            run, load_recommender(run), categories, k=50
        )
        result = servable.recommend(tf.constant(["some user"]))
    """

    def __init__(
        self,
        run: Run,
        trained: TrainedRecommender,
        categories: list[str],
        k: int,
        min_recall: float | None = None,
    ) -> None:
        super().__init__()
        self.measured: dict[str, IndexStats] = {}
        self._trained = trained
        self._k = min(k, len(trained.item_vectors))
        self._image_size = run.image_size
        self._resize = run.resize
        self._cutter = GarmentCutter() if run.background == "white" else None
        self._encoder = trained.encoder
        self._users = UserTable(
            trained.interactions.user_ids, trained.user_vectors
        )
        self._items = IdLookup(trained.interactions.item_ids, "items")
        self._store_item_vectors(exact=min_recall is None)
        if trained.ease:
            self._ease_scores = EaseScores(trained.ease)
            self._store_histories(trained.interactions.train)
        self._item_filter = ItemFilter(categories)
        by_product, by_cosine = (
            (None, exact_index(self._visual_vectors, self._scales))
            if min_recall is None
            else self._fit_indices(min_recall)
        )
        self._by_product = TopK(
            self._items.ids, self._item_vectors, k, by_product
        )
        self._by_cosine = TopK(
            self._items.ids, self._visual_vectors, k, by_cosine
        )
        if trained.text_search:
            self._text_matches = TextMatches(
                trained.text_search,
                self._users,
                self._items,
                self._item_filter,
                self._k,
            )
            if min_recall is not None:
                stats = self._text_matches.fit_index(
                    trained.user_vectors, min_recall
                )
                self.measured["recommend_for_text"] = stats
        # An image outside the catalog has no item bias.
        missing = self._item_vectors.shape[1] - self._visual_vectors.shape[1]
        self._padding = [[0, 0], [0, missing]]
        # The C++ loader of TF Serving restores only the tf.Variables that the
        # module holds, which Keras 3 variables wrap.
        self._tower_weights = [
            weight.value for weight in trained.item_tower.weights
        ]
        self._cutter_weights = self._cutter.weights if self._cutter else []

    def _store_item_vectors(self, exact: bool) -> None:
        """Creates the variables of the item vectors, one for equal vectors."""
        vectors = self._trained.item_vectors
        self._item_vectors = tf.Variable(vectors, trainable=False)
        liked, visual = self._encoder.vectors, self._trained.visual_vectors
        self._liked_width = liked.shape[1]
        self._liked_vectors = (
            self._item_vectors
            if np.array_equal(liked, vectors[:, : self._liked_width])
            else tf.Variable(liked, trainable=False)
        )
        # Similar items are found by image embeddings alone. The product of
        # vectors and scales are the directions; an IVF index needs these.
        norms = np.maximum(np.linalg.norm(visual, axis=1), _MIN_NORM)
        if not exact:
            visual, norms = visual / norms[:, None], np.ones_like(norms)
        self._visual_vectors = (
            self._item_vectors
            if np.array_equal(visual, vectors)
            else tf.Variable(visual, trainable=False)
        )
        self._scales = tf.Variable(1.0 / norms, trainable=False)

    def _store_histories(self, train: tf.RaggedTensor) -> None:
        """Creates the variables of the users' items, whose EASE scores count.

        Args:
            train: Item indices of each user, int64 [users, None].
        """
        # The first row is the empty history of unknown users.
        row_splits = tf.concat([[0], train.row_splits], axis=0)
        self._histories = [
            tf.Variable(train.values, trainable=False),
            tf.Variable(row_splits, trainable=False),
        ]

    def _fit_indices(self, min_recall: float) -> tuple[Index, Index]:
        """Returns the indices of recommendations and of similar items."""
        category_ids = self._item_filter.category_ids
        by_product, self.measured["serving_default"] = fit_index(
            self._item_vectors,
            self._trained.user_vectors,
            self._k,
            min_recall,
            category_ids=category_ids,
        )
        by_cosine, self.measured["similar_items"] = fit_index(
            self._visual_vectors,
            self._visual_vectors.numpy(),
            self._k,
            min_recall,
            skip=1,
            category_ids=category_ids,
        )
        return by_product, by_cosine

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""
        return trace_signatures(
            self, RECOMMENDER, recommender_signatures(self._trained)
        )

    def recommend(self, user_id: tf.Tensor) -> Outputs:
        """Recommends the top-k available items to users."""
        return self._recommend(user_id)

    def recommend_excluding(
        self, user_id: tf.Tensor, exclude_ids: tf.Tensor
    ) -> Outputs:
        """Recommends the top-k available items except excluded ones."""
        return self._recommend(user_id, self._items(exclude_ids))

    def recommend_filtered(
        self,
        user_id: tf.Tensor,
        categories: tf.Tensor,
        exclude_ids: tf.Tensor,
    ) -> Outputs:
        """Recommends the top-k available items of some categories.

        A row with an unknown category is rejected: its ids are "" and its
        scores `NO_SCORE`.
        """
        eligible, error = self._item_filter.of(categories)
        outputs = self._recommend(user_id, self._items(exclude_ids), eligible)
        return {**outputs, "error": error}

    def recommend_for_items(self, liked_ids: tf.Tensor) -> Outputs:
        """Recommends items to cold-start users by fold-in of liked items.

        The liked items themselves are left out.
        """
        indices = self._items(liked_ids)
        is_known = tf.cast(indices >= 0, tf.float32)
        vectors = gather_rows(self._liked_vectors, tf.maximum(indices, 0))
        vectors = vectors[:, :, : self._liked_width]
        num_known = tf.reduce_sum(is_known, axis=1)
        total = tf.reduce_sum(vectors * is_known[:, :, None], axis=1)
        known = num_known > 0
        users = tf.where(
            known[:, None],
            self._encoder(total, tf.maximum(num_known, 1.0)),
            self._users.average,
        )
        added = None
        if self._trained.ease:
            liked = tf.RaggedTensor.from_tensor(indices)
            added = self._ease_scores(tf.ragged.boolean_mask(liked, liked >= 0))
        item_ids, scores = self._by_product(
            users, indices, added, self._item_filter.everything()
        )
        return _ranking(item_ids, scores, known)

    def recommend_for_text(
        self, user_id: tf.Tensor, text: tf.Tensor, liked_ids: tf.Tensor
    ) -> Outputs:
        """Finds the available items that words describe."""
        return self._text_matches(user_id, text, liked_ids)

    def similar_items(self, item_id: tf.Tensor) -> Outputs:
        """Finds the items with the most similar image embeddings, by cosine.

        For an unknown item, ids are "" and scores `NO_SCORE`.
        """
        index = self._items(item_id)
        known = index >= 0
        rows = tf.maximum(index, 0)
        vectors = gather_rows(self._visual_vectors, rows)
        vectors *= gather_rows(self._scales, rows)[:, None]
        item_ids, scores = self._by_cosine(
            vectors, index[:, None], eligible=self._item_filter.everything()
        )
        return {
            "item_ids": tf.where(known[:, None], item_ids, NO_ITEM),
            "scores": tf.where(known[:, None], scores, NO_SCORE),
            "known_item": known,
        }

    def score_images(
        self, user_id: tf.Tensor, image_bytes: tf.Tensor
    ) -> Outputs:
        """Scores images outside the catalog for users, by content alone.

        The score of a rejected image is `NO_SCORE`.
        """
        users, _ = self._users(user_id)
        items, error = self._embed(image_bytes)
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
        embeddings, error = self._embed(image_bytes)
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
        eligible: Eligibility | None = None,
    ) -> Outputs:
        users, known = self._users(user_id)
        added = None
        if self._trained.ease:
            histories = tf.RaggedTensor.from_row_splits(*self._histories)
            rows = self._users.rows(user_id)
            added = self._ease_scores(tf.gather(histories, rows))
        item_ids, scores = self._by_product(
            users, excluded, added, eligible or self._item_filter.everything()
        )
        return _ranking(item_ids, scores, known)

    def _embed(self, image_bytes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns embeddings, 0 if rejected, and errors of image files."""
        images, error = decode_images(
            image_bytes, self._image_size, self._resize, self._cutter
        )
        embeddings = map_nonempty(self._trained.item_tower, images)
        embeddings = tf.pad(embeddings, self._padding)
        return tf.where(error[:, None] == "", embeddings, 0.0), error


def recommender_signatures(trained: TrainedRecommender) -> list[str]:
    """Returns the names of the signatures of a model.

    Args:
        trained: Model; without text or without images it lacks some.
    """
    missing = set() if trained.text_search else {"recommend_for_text"}
    if not trained.item_tower.image_dim:
        missing |= {"score_images", "embed_images"}
    return [name for name in SIGNATURES[RECOMMENDER] if name not in missing]


def _ranking(
    item_ids: tf.Tensor, scores: tf.Tensor, known: tf.Tensor
) -> Outputs:
    return {"item_ids": item_ids, "scores": scores, "known_user": known}
