"""The `designer` servable: random, personalized, and edited images of a GAN.

The rows of a request are computed one after another. They are therefore
independent, and a large batch takes no more memory than one row.
"""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from export.index.ops.gather_rows import gather_rows
from export.index.top_k import TopK
from export.servables.id_lookup import IdLookup
from export.servables.image_decoding import decode_photos
from export.servables.png import encode_png
from export.servables.request_asserts import rows_hold
from export.servables.request_asserts import same_length
from export.servables.signatures import IDS
from export.servables.signatures import NUMBERS
from export.servables.signatures import SEEDS
from export.servables.signatures import make_signature
from export.servables.user_table import UserTable
from trainer.design.category_items import CategoryItems
from trainer.design.design_context import DesignContext
from trainer.design.design_request import DesignRequest
from trainer.design.design_set import NEAREST
from trainer.design.discriminator_scale import RealismScale
from trainer.design.image_editing import ImageEditor
from trainer.design.latent_optimizer import pair
from trainer.gan.latent import draw_z
from trainer.gan.networks import variables_of

Outputs = dict[str, tf.Tensor]

_STRING = tf.TensorSpec([], tf.string)
_FLOAT = tf.TensorSpec([], tf.float32)
OF_CATEGORY = 3.0
"""Bonus on the cosine of items of the requested category, which ranks them
first: two cosines differ by at most 2."""
RESTYLE_SEED = 0
"""Seed of the search for the design nearest to an image."""


class DesignerServable(tf.Module):
    """Signatures of the `designer` model.

    An unknown user gets the mean user embedding, as in the `recommender`.

    Args:
        studio: Loaded recommenders and GAN.
        shelves: Catalog images of each category of the GAN, in the order of
            `gan.categories`.

    Example:
        context = DesignContext.load(["runs/rec"], load_trained_gan("runs/gan"))
        shelves = [context.shelf(name) for name in context.gan.categories]
        servable = DesignerServable(context, shelves)
        seed = tf.constant([7], tf.int64)
        result = servable.generate(tf.constant(["shoe"]), seed)
    """

    def __init__(
        self, studio: DesignContext, shelves: Sequence[CategoryItems]
    ) -> None:
        super().__init__()
        trained, gan = studio.trained, studio.gan
        self._studio = studio
        self._restyler = ImageEditor(studio.designer, frames=2)
        self._drawn = ", ".join(gan.categories)
        self._categories = IdLookup(gan.categories, "categories")
        self._people = UserTable(
            trained.interactions.user_ids,
            studio.ensemble.people,
        )
        self._roots = tf.Variable(
            np.stack([_root(shelf.embeddings) for shelf in shelves]),
            trainable=False,
        )
        self._scales = tf.Variable(
            np.stack([shelf.scale for shelf in shelves]), trainable=False
        )
        looks = tf.math.l2_normalize(studio.ensemble.looks, axis=1)
        kinds = np.zeros((len(looks), len(shelves)), np.float32)
        for shelf in shelves:
            kinds[shelf.items, shelf.category] = OF_CATEGORY
        self._nearest = TopK(
            tf.constant(trained.interactions.item_ids),
            tf.Variable(tf.concat([looks, kinds], axis=1), trainable=False),
            NEAREST,
        )
        # TF Serving restores only the tf.Variables that the module holds.
        self._weights = [
            variables_of(network)
            for network in (
                gan.generator,
                gan.discriminator,
                *(one.item_tower for one in studio.ensemble.trained),
            )
        ]

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""
        return {
            "serving_default": make_signature(
                self.generate, category=IDS, seed=SEEDS
            ),
            "design": make_signature(
                self.design, user_id=IDS, category=IDS, seed=SEEDS
            ),
            "restyle": make_signature(
                self.restyle,
                user_id=IDS,
                image_bytes=IDS,
                category=IDS,
                strength=NUMBERS,
            ),
        }

    def generate(self, category: tf.Tensor, seed: tf.Tensor) -> Outputs:
        """Generates random images from the training distribution of z.

        Args:
            category: Categories of the GAN, string [batch].
            seed: Random seeds, int64 [batch]; equal seeds give equal images.

        Returns:
            `image_bytes`, PNG files, string [batch], and `realism`, the
            discriminator score, 1 for a real and 0 for a generated image,
            float32 [batch].
        """
        gan = self._studio.gan

        def row(index: tf.Tensor, number: tf.Tensor) -> Outputs:
            z = draw_z(gan.run.config, 1, pair(number, 0))
            images = gan.generator(z, index[None], training=False)
            scores = gan.discriminator(images, index[None], training=False)
            realism = self._scale(index).realism(scores)
            return {"image_bytes": encode_png(images[0]), "realism": realism[0]}

        with tf.control_dependencies(
            [same_length(category=category, seed=seed)]
        ):
            rows = (self._find(category), seed)
        return _each(row, rows, image_bytes=_STRING, realism=_FLOAT)

    def design(
        self, user_id: tf.Tensor, category: tf.Tensor, seed: tf.Tensor
    ) -> Outputs:
        """Generates the images with the highest preference scores of users.

        Args:
            user_id: User ids, string [batch].
            category: Categories of the GAN, string [batch].
            seed: Random seeds, int64 [batch]; equal seeds start equal searches.

        Returns:
            `image_bytes`, PNG files, string [batch]; `realism`, the
            discriminator score, 1 for a real and 0 for a generated image, and
            `preference`, the recommender score, float32 [batch] each;
            `nearest_item_ids`, the items with the most similar embeddings in
            the exported catalog, available or not, those of the category
            first, string [batch, n]; and `known_user`, bool [batch].
        """
        designer = self._studio.designer

        def row(
            person: tf.Tensor, index: tf.Tensor, number: tf.Tensor
        ) -> Outputs:
            found = designer.design(self._wish(person, index, number))
            return {
                "image_bytes": encode_png(found.images[0]),
                "preference": found.preferences[0],
                "realism": found.realism[0],
                "looks": designer.preference.embed(found.images)[0],
            }

        inputs = {"user_id": user_id, "category": category, "seed": seed}
        with tf.control_dependencies([same_length(**inputs)]):
            index = self._find(category)
            people, known = self._people(user_id)
        answers = _each(
            row,
            (people, index, seed),
            image_bytes=_STRING,
            preference=_FLOAT,
            realism=_FLOAT,
            looks=tf.TensorSpec(people.shape[1:], tf.float32),
        )
        looks = tf.math.l2_normalize(answers.pop("looks"), axis=1)
        kinds = tf.one_hot(index, len(self._studio.gan.categories))
        nearest, _ = self._nearest(tf.concat([looks, kinds], axis=1))
        return {**answers, "nearest_item_ids": nearest, "known_user": known}

    def restyle(
        self,
        user_id: tf.Tensor,
        image_bytes: tf.Tensor,
        category: tf.Tensor,
        strength: tf.Tensor,
    ) -> Outputs:
        """Edits images towards the preferences of users.

        Args:
            user_id: User ids, string [batch].
            image_bytes: JPEG or PNG files, string [batch].
            category: Categories of the images, out of those of the GAN, string
                [batch].
            strength: Fractions of the path from the image's nearest design to
                the optimum, 0 to 1, float32 [batch].

        Returns:
            `image_bytes`, PNG files, string [batch]; `preference_input`,
            the score of the input image, `preference_before`, the score of the
            design nearest to it, and `preference_after`, the score of the
            result, float32 [batch] each; `known_user`, bool [batch].
        """
        inputs = {
            "user_id": user_id,
            "image_bytes": image_bytes,
            "category": category,
            "strength": strength,
        }
        with tf.control_dependencies(
            [same_length(**inputs), _check_strength(strength)]
        ):
            index = self._find(category)
            people, known = self._people(user_id)
        answers = _each(
            self._restyled,
            (people, image_bytes, index, strength),
            image_bytes=_STRING,
            preference_input=_FLOAT,
            preference_before=_FLOAT,
            preference_after=_FLOAT,
        )
        return {**answers, "known_user": known}

    def _restyled(
        self,
        person: tf.Tensor,
        data: tf.Tensor,
        category: tf.Tensor,
        strength: tf.Tensor,
    ) -> Outputs:
        """Edits the image of one row; see `restyle`.

        Args:
            person: User embedding, float32 [K].
            data: JPEG or PNG file, string scalar.
            category: Category index, int32 scalar.
            strength: Fraction of the path, float32 scalar.
        """
        gan = self._studio.gan
        photos, refused = decode_photos(
            data[None], gan.image_size, gan.run.resize
        )
        with tf.control_dependencies([rows_hold(refused == "", refused)]):
            photo = photos[0] / 127.5 - 1.0
        wish = self._wish(person, category, RESTYLE_SEED)
        found = self._restyler.restyle(photo, wish, strength)
        return {
            "image_bytes": encode_png(found.path.images[-1]),
            "preference_input": found.photo_preference,
            "preference_before": found.path.preferences[0],
            "preference_after": found.path.preferences[-1],
        }

    def _find(self, category: tf.Tensor) -> tf.Tensor:
        """Returns category indices, int32 [batch]; fails on unknown ones."""
        index = self._categories(category)
        sentences = tf.strings.join(
            [
                "There is no category ",
                category,
                f"; the designer has {self._drawn}.",
            ]
        )
        with tf.control_dependencies([rows_hold(index >= 0, sentences)]):
            return tf.cast(index, tf.int32)

    def _wish(self, person: Any, category: Any, seed: Any) -> DesignRequest:
        spread = tf.norm(
            tf.linalg.matvec(gather_rows(self._roots, category), person)
        )
        return DesignRequest(
            person,
            category,
            tf.where(spread > 0, spread, 1.0),
            self._scale(category),
            seed,
        )

    def _scale(self, category: tf.Tensor) -> RealismScale:
        return RealismScale(*tf.unstack(gather_rows(self._scales, category)))


def _root(embeddings: np.ndarray) -> np.ndarray:
    """Returns a square root R of the embedding covariance, float32 [K, K].

    |R theta| is the standard deviation of the scores of the images for a user
    with the embedding theta.

    Args:
        embeddings: Image embeddings, float32 [n, K].
    """
    centred = (embeddings - embeddings.mean(axis=0)).astype(np.float64)
    upper = np.asarray(np.linalg.qr(centred / len(centred) ** 0.5, mode="r"))
    missing = upper.shape[1] - upper.shape[0]
    return np.pad(upper, [(0, missing), (0, 0)]).astype(np.float32)


def _each(
    row: Callable[..., Outputs],
    rows: tuple[tf.Tensor, ...],
    **outputs: tf.TensorSpec,
) -> Outputs:
    """Maps a function over the rows of a batch, one at a time.

    Args:
        row: Function of the arguments of one row.
        rows: Arguments of all rows, each [batch, ...].
        **outputs: Specs of the outputs of `row`, by name.
    """
    found: Outputs = tf.map_fn(
        lambda one: row(*one),
        rows,
        fn_output_signature=outputs,
        parallel_iterations=1,
    )
    return found


def _check_strength(strength: tf.Tensor) -> tf.Operation:
    sentences = tf.strings.join(
        ["strength must be between 0 and 1, got ", tf.as_string(strength), "."]
    )
    return rows_hold((strength >= 0) & (strength <= 1), sentences)
