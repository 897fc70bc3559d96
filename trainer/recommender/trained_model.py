"""Loads a trained recommender for evaluation and export."""

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.data.catalog_images import CatalogImages
from trainer.data.interactions import Interactions
from trainer.data.user_holdout import HeldOutUsers
from trainer.metrics.ranking.beyond_accuracy import NOBODY
from trainer.metrics.ranking.beyond_accuracy import top_k_unknown
from trainer.metrics.ranking.scorer import Scorer
from trainer.metrics.ranking.scorer import product_scorer
from trainer.metrics.ranking.scorer import with_ease
from trainer.models.ease import EASE
from trainer.models.embeddings import ItemEmbeddings
from trainer.models.embeddings import add_users
from trainer.models.embeddings import compute_item_embeddings
from trainer.models.embeddings import image_embeddings
from trainer.models.embeddings import map_catalog
from trainer.models.text_search import TextSearch
from trainer.models.text_search import fit_text_search
from trainer.models.towers.two_tower import TwoTower
from trainer.models.user_encoder import UserEncoder
from trainer.models.user_encoder import encode_users
from trainer.recommender.build_model import build_model
from trainer.recommender.candidate_trainer import FEATURES
from trainer.recommender.pairwise_trainer import PHI
from trainer.recommender.train import load_run_interactions
from trainer.training.checkpoints import best_checkpoint
from trainer.training.checkpoints import reading
from trainer.training.run import Run


@dataclasses.dataclass(frozen=True)
class TrainedRecommender:
    """The best model of a run, with the embeddings of all users and items.

    The score is the dot product of the user and the item vector, plus the EASE
    score if the model has EASE weights. D is K + 1 for a model with item
    biases, else K.

    Example:
        trained = load_recommender(Run.load("runs/mine", RecommenderConfig))
        (item_ids,) = trained.recommend(["204"], k=5)

    Attributes:
        interactions: Interactions of all users but the held-out ones.
        held_out_users: Users excluded from training; None if there are none.
        images: Catalog images.
        item_tower: Item tower, from images to Phi.
        user_vectors: User embeddings, float32 [users, D].
        item_vectors: Item embeddings, float32 [items, D].
        visual_vectors: Image embeddings Phi, float32 [items, K].
        encoder: Encoder of cold-start users, from the items they like.
        ease: EASE weights, added to the dot product; None without EASE.
        history_weights: Weights of the training items of each user in their
            history, ragged float32 [users, None]; None if all are 1.
        order_exponent: Exponent of the decay with the order of an item in a
            history; 0 for none.
        text_search: Search by words; None if the item tower reads neither
            attributes nor text.
    """

    interactions: Interactions
    held_out_users: HeldOutUsers | None
    images: CatalogImages
    item_tower: keras.Model
    user_vectors: np.ndarray
    item_vectors: np.ndarray
    visual_vectors: np.ndarray
    encoder: UserEncoder
    ease: EASE | None
    text_search: TextSearch | None = None
    history_weights: tf.RaggedTensor | None = None
    order_exponent: float = 0.0

    def recommend(
        self, user_ids: Sequence[str], k: int = 10
    ) -> list[list[str]]:
        """Recommends items to users of the data set.

        Args:
            user_ids: User ids.
            k: Maximum number of items for each user.

        Returns:
            Item ids for each user, best first, without the items that the user
            owns.

        Raises:
            UserError: If training did not see a user.
        """
        users = _indices(user_ids, self.interactions.user_ids, "user")
        owned = tf.gather(self.interactions.owned_items, users)
        return self._best(self.scorer()(users), owned, k)

    def recommend_for_items(
        self, item_ids: Sequence[Sequence[str]], k: int = 10
    ) -> list[list[str]]:
        """Recommends items to cold-start users, from the items they like.

        Args:
            item_ids: Ids of the liked items, at least one for each user, the
                latest last.
            k: Maximum number of items for each user.

        Returns:
            Item ids for each user, best first, without the liked ones.

        Raises:
            UserError: If an item is not in the catalog, or a user has none.
        """
        if not all(item_ids):
            raise UserError("each user needs at least one liked item, got none")
        flat = [item_id for liked in item_ids for item_id in liked]
        liked = tf.RaggedTensor.from_row_lengths(
            _indices(flat, self.interactions.item_ids, "item"),
            [len(liked) for liked in item_ids],
        )
        score = self.cold_start_scorer(liked, self.order_weights(liked))
        scores = score(np.arange(len(item_ids)))
        return self._best(scores, liked, k)

    def _best(
        self, scores: np.ndarray, left_out: tf.RaggedTensor, k: int
    ) -> list[list[str]]:
        lists = top_k_unknown(scores, [items.numpy() for items in left_out], k)
        return [
            [self.interactions.item_ids[item] for item in row if item != NOBODY]
            for row in lists
        ]

    def scorer(self) -> Scorer:
        """Returns the scorer of the users of the data set."""
        return self._scorer(
            self.user_vectors, self.interactions.train, self.history_weights
        )

    def cold_start_scorer(
        self, liked: tf.RaggedTensor, weights: tf.RaggedTensor | None = None
    ) -> Scorer:
        """Returns the scorer of cold-start users.

        Args:
            liked: Indices of the items each user likes, at least one per user,
                ragged int64 [users, None].
            weights: Weights of these items, ragged float32 like `liked`; None
                if all are 1.
        """
        users = encode_users(self.encoder, liked, weights)
        return self._scorer(users, liked, weights)

    def encode_users(self, liked: tf.RaggedTensor) -> np.ndarray:
        """Returns the embeddings of cold-start users, float32 [users, D].

        Args:
            liked: Indices of the items each user likes, at least one per user,
                ragged int64 [users, None].
        """
        return encode_users(self.encoder, liked)

    def order_weights(self, liked: tf.RaggedTensor) -> tf.RaggedTensor | None:
        """Returns the weights of liked items by their order alone.

        As if all were liked now, one after the other, see `RecencyDecay`.

        Args:
            liked: Indices of the items each user likes, the latest last, ragged
                int64 [users, None].

        Returns:
            Ragged float32 like `liked`; None if the model has no decay.
        """
        if not self.order_exponent:
            return None
        rows = liked.value_rowids().numpy()
        orders = liked.row_limits().numpy()[rows] - np.arange(len(rows))
        weights = (1.0 + orders) ** -self.order_exponent
        return liked.with_values(weights.astype(np.float32))

    def all_users(self) -> tuple[list[str], np.ndarray, tf.RaggedTensor]:
        """Returns the users of the data set, the held-out ones last.

        Held-out users are cold-start users here; those who like no item of the
        catalog are left out.

        Returns:
            User ids, user embeddings, float32 [users, D], and the item indices
            of the histories that the embeddings are computed from, int64
            [users, None]: latest first where the times are known, else
            ascending.
        """
        ids, vectors = self.interactions.user_ids, self.user_vectors
        train = self._latest_first(self.interactions.train)
        if self.held_out_users is None:
            return ids, vectors, train
        liked = self.held_out_users.fold_in_items
        kept = liked.row_lengths() > 0
        liked = tf.ragged.boolean_mask(liked, kept)
        held_out_ids = np.array(self.held_out_users.user_ids)[kept]
        return (
            [*ids, *held_out_ids.tolist()],
            np.concatenate([vectors, self.encode_users(liked)]),
            tf.concat([train, liked], axis=0),
        )

    def all_owned_items(self) -> tf.RaggedTensor:
        """Returns the items that the users of `all_users` own.

        Returns:
            Item indices, ragged int64 [users, None], in the order of the
            histories; those of held-out users are all owned.
        """
        _, _, histories = self.all_users()
        owned = self.interactions.owned
        if owned is None:
            return histories
        owned = self._latest_first(owned)
        if self.held_out_users is not None:
            rest = histories[owned.nrows() :]
            owned = tf.concat([owned, tf.ones_like(rest, tf.bool)], axis=0)
        return tf.ragged.boolean_mask(histories, owned)

    def all_history_weights(self) -> tf.RaggedTensor | None:
        """Returns the weights of the items in the histories of `all_users`.

        Returns:
            Ragged float32 [users, None], 1 for held-out users; None if all are
            1.
        """
        if self.history_weights is None:
            return None
        weights = self._latest_first(self.history_weights)
        if self.held_out_users is None:
            return weights
        liked = self.held_out_users.fold_in_items
        liked = tf.ragged.boolean_mask(liked, liked.row_lengths() > 0)
        return tf.concat([weights, tf.ones_like(liked, tf.float32)], axis=0)

    def _latest_first(self, values: tf.RaggedTensor) -> tf.RaggedTensor:
        """Sorts values of the training interactions by time, if it is known.

        Args:
            values: Values like `interactions.train`, [users, None].
        """
        times = self.interactions.times
        if times is None:
            return values
        keys = -times.values.numpy(), times.value_rowids().numpy()
        return values.with_values(tf.gather(values.values, np.lexsort(keys)))

    def _scorer(
        self,
        user_vectors: np.ndarray,
        liked: tf.RaggedTensor,
        weights: tf.RaggedTensor | None,
    ) -> Scorer:
        product = product_scorer(user_vectors, self.item_vectors)
        return with_ease(product, self.ease, liked, weights)


def load_recommender(run: Run) -> TrainedRecommender:
    """Loads the best model of a run and embeds all users and items.

    Raises:
        UserError: If the run is not trained, or its data set is missing or
            was prepared again with other content.
    """
    run.check_data()
    interactions, held_out_users = load_run_interactions(run)
    images = CatalogImages(run.data_dir)
    model = load_best_model(run, interactions)
    items = _item_embeddings(run, model, images)
    vectors = add_users(model, items, interactions)
    decay = model.history_tower and model.history_tower.decay
    return TrainedRecommender(
        interactions=interactions,
        held_out_users=held_out_users,
        images=images,
        item_tower=model.item_tower,
        user_vectors=vectors.users,
        item_vectors=vectors.items,
        visual_vectors=vectors.photos,
        encoder=vectors.encoder,
        ease=vectors.ease,
        history_weights=vectors.history_weights,
        order_exponent=float(decay.exponents[1]) if decay else 0.0,
        text_search=text_search_of(model, vectors, vectors.users),
    )


def text_search_of(
    model: TwoTower, items: ItemEmbeddings, users: np.ndarray
) -> TextSearch | None:
    """Returns the search by words of a model, None if it reads none.

    Args:
        model: The two-tower model.
        items: Item embeddings of the model.
        users: User embeddings of the model, float32 [users, D].
    """
    encoder = model.item_tower.content
    if not encoder or not encoder.bags:
        return None
    return fit_text_search(encoder, items.content, items.items, users)


def load_best_model(
    run: Run, interactions: Interactions | None = None
) -> TwoTower:
    """Builds the model of a run with the weights of its best checkpoint.

    Args:
        run: The trained run.
        interactions: Interactions of the run's users; None loads them.

    Raises:
        UserError: If the run has not finished an epoch yet, the checkpoint is
            damaged or does not match the model, or the data set has changed.
    """
    path = _best_checkpoint(run)
    if interactions is None:
        run.check_data()
        interactions, _ = load_run_interactions(run)
    model = build_model(
        run.config,
        run.image_size,
        len(interactions.user_ids),
        interactions.train_counts(),
    )
    try:
        with reading(path):
            status = tf.train.Checkpoint(model=model).restore(path)
        # Unmatched variables would keep their random initial values.
        status.assert_existing_objects_matched()
    except (AssertionError, ValueError) as error:
        raise UserError(
            f"the weights in {path} do not match the model with backbone "
            f"{run.config.backbone!r} that this version builds; train again "
            "with a new --run_dir"
        ) from error
    status.expect_partial()  # The optimizer state is not restored.
    return model


def _indices(ids: Sequence[str], known: list[str], noun: str) -> np.ndarray:
    """Returns the indices of ids, int64 [n]."""
    index = {known_id: place for place, known_id in enumerate(known)}
    for unknown in ids:
        if unknown not in index:
            raise UserError(
                f"{unknown!r} is not one of the {len(known)} {noun} ids of the "
                f"data set, such as {known[0]!r}"
            )
    return np.array([index[id_] for id_ in ids], np.int64)


def _best_checkpoint(run: Run) -> str:
    path = best_checkpoint(run.run_dir)
    if path is None:
        raise UserError(
            f"{run.run_dir} holds no checkpoint of its best epoch; train the "
            "run for one epoch first"
        )
    return path


def _item_embeddings(
    run: Run, model: TwoTower, images: CatalogImages
) -> ItemEmbeddings:
    """Returns the item embeddings, without a pass over the images if possible.

    The best checkpoint holds Phi, or the features that it is projected from.
    They belong to its weights, because the validation before it wrote them. A
    stream of triples embeds a sample of the items only.

    Raises:
        UserError: If the checkpoint is damaged or of another version.
    """
    if run.config.streams:
        return image_embeddings(map_catalog(model.item_tower, images))
    path = _best_checkpoint(run)
    has_phi = run.config.draws_triples
    name = f"{PHI if has_phi else FEATURES}/.ATTRIBUTES/VARIABLE_VALUE"
    with reading(path):
        checkpoint = tf.train.load_checkpoint(path)
        if not checkpoint.has_tensor(name):
            raise UserError(
                f"{path} was written by another version of this code; train "
                "again, with a new --run_dir"
            )
        kept = checkpoint.get_tensor(name)
    if has_phi:
        return image_embeddings(kept)
    return compute_item_embeddings(model, kept)
