"""The signatures of the designer that generate images with a GAN.

The rows of a request are computed one after another. They are therefore
independent, and a large batch takes no more memory than one row.
"""

import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import STRENGTH
from atelier.segmentation.garment_cutter import GarmentCutter
from export.index.ops.gather_rows import gather_rows
from export.index.top_k import TopK
from export.servables.bounds import out_of_bounds
from export.servables.category_lookup import CategoryLookup
from export.servables.id_lookup import IdLookup
from export.servables.image_decoding import decode_images
from export.servables.png import encode_png
from export.servables.signatures import trace_signatures
from export.servables.user_table import UserTable
from trainer.design.category_items import CategoryItems
from trainer.design.design_context import DesignContext
from trainer.design.design_request import DesignRequest
from trainer.design.design_set import NEAREST
from trainer.design.design_set import OF_CATEGORY
from trainer.design.discriminator_scale import RealismScale
from trainer.design.image_editing import ImageEditor
from trainer.design.latent_optimizer import pair
from trainer.gan.latent import draw_z
from trainer.gan.networks import variables_of

Outputs = dict[str, tf.Tensor]

_STRING = tf.TensorSpec([], tf.string)
_FLOAT = tf.TensorSpec([], tf.float32)
RESTYLE_SEED = 0
"""Seed of the search for the design nearest to an image."""


class DesignerServable(tf.Module):
    """Random, personalized, and edited images, see `atelier.schema.signatures`.

    An unknown user gets the mean user embedding, as in the `recommender`.

    Args:
        context: Loaded recommenders and GAN.
        categories: Catalog images of each category of the GAN, in the order of
            `gan.categories`.
        users: User embeddings of the ensemble.
        items: Item ids by item index.
        cutter: Cutter of the garments of photos, used by a GAN that was trained
            on garments cut out.

    Example:
        context = DesignContext.load(["runs/rec"], load_trained_gan("runs/gan"))
        gan = context.gan
        categories = [context.category_items(name) for name in gan.categories]
        servable = DesignerServable(
            context, categories, users, items, GarmentCutter()
        )
        seed = tf.constant([7], tf.int64)
        result = servable.generate(tf.constant(["shoe"]), seed)
    """

    def __init__(
        self,
        context: DesignContext,
        categories: Sequence[CategoryItems],
        users: UserTable,
        items: IdLookup,
        cutter: GarmentCutter,
    ) -> None:
        super().__init__()
        gan = context.gan
        self._context = context
        self._restyler = ImageEditor(context.designer, frames=2)
        cuts = gan.run.background == "white"
        self._cutter = cutter if cuts else None
        self._categories = CategoryLookup(gan.categories, "categories")
        self._users = users
        self._roots = tf.Variable(
            np.stack([_root(one.embeddings) for one in categories]),
            trainable=False,
        )
        self._scales = tf.Variable(
            np.stack([one.scale for one in categories]), trainable=False
        )
        embeddings = tf.math.l2_normalize(context.ensemble.embeddings, axis=1)
        kinds = np.zeros((len(embeddings), len(categories)), np.float32)
        for one in categories:
            kinds[one.items, one.category] = OF_CATEGORY
        self._items = items
        self._nearest = TopK(
            items.ids,
            tf.Variable(
                tf.concat([embeddings, kinds], axis=1), trainable=False
            ),
            NEAREST,
        )
        # TF Serving restores only the tf.Variables that the module holds.
        self._cutter_weights = self._cutter.weights if self._cutter else []
        self._weights = [
            variables_of(network)
            for network in (
                gan.generator,
                gan.discriminator,
                *(one.item_tower for one in context.ensemble.trained),
            )
        ]

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of each signature."""
        return trace_signatures(
            self, DESIGNER, ["serving_default", "design", "restyle"]
        )

    def generate(self, category: tf.Tensor, seed: tf.Tensor) -> Outputs:
        """Generates random images from the training distribution of z."""
        gan = self._context.gan

        def row(index: tf.Tensor, number: tf.Tensor) -> Outputs:
            z = draw_z(gan.run.config, 1, pair(number, 0))
            images = gan.generator(z, index[None], training=False)
            scores = gan.discriminator(images, index[None], training=False)
            realism = self._scale(index).realism(scores)
            return {"image_bytes": encode_png(images[0]), "realism": realism[0]}

        index, error = self._categories(category)
        outputs = {"image_bytes": _STRING, "realism": _FLOAT}
        return _each(row, (index, seed), error, outputs)

    def design(
        self, user_id: tf.Tensor, category: tf.Tensor, seed: tf.Tensor
    ) -> Outputs:
        """Generates the images with the highest preference scores of users."""
        designer = self._context.designer

        def row(
            user_vector: tf.Tensor, index: tf.Tensor, number: tf.Tensor
        ) -> Outputs:
            design = designer.design(self._request(user_vector, index, number))
            return {
                "image_bytes": encode_png(design.images[0]),
                "preference": design.preferences[0],
                "realism": design.realism[0],
                "embedding": designer.preference.embed(design.images)[0],
            }

        index, error = self._categories(category)
        user_vectors, known = self._users(user_id)
        outputs = {
            "image_bytes": _STRING,
            "preference": _FLOAT,
            "realism": _FLOAT,
            "embedding": tf.TensorSpec(user_vectors.shape[1:], tf.float32),
        }
        answers = _each(row, (user_vectors, index, seed), error, outputs)
        embeddings = tf.math.l2_normalize(answers.pop("embedding"), axis=1)
        kinds = tf.one_hot(index, len(self._context.gan.categories))
        nearest, _ = self._nearest(tf.concat([embeddings, kinds], axis=1))
        return {**answers, "nearest_item_ids": nearest, "known_user": known}

    def restyle(
        self,
        user_id: tf.Tensor,
        image_bytes: tf.Tensor,
        category: tf.Tensor,
        strength: tf.Tensor,
    ) -> Outputs:
        """Edits images towards the preferences of users."""
        gan = self._context.gan

        def row(
            user_vector: tf.Tensor,
            photo: tf.Tensor,
            index: tf.Tensor,
            fraction: tf.Tensor,
        ) -> Outputs:
            request = self._request(user_vector, index, RESTYLE_SEED)
            restyled = self._restyler.restyle(photo, request, fraction)
            return {
                "image_bytes": encode_png(restyled.path.images[-1]),
                "preference_input": restyled.photo_preference,
                "preference_before": restyled.path.preferences[0],
                "preference_after": restyled.path.preferences[-1],
            }

        index, unknown = self._categories(category)
        user_vectors, known = self._users(user_id)
        photos, broken = decode_images(
            image_bytes, gan.image_size, gan.run.resize, self._cutter
        )
        errors = [unknown, out_of_bounds(strength, STRENGTH), broken]
        error = functools.reduce(
            lambda one, other: tf.where(one == "", other, one), errors
        )
        outputs = {
            "image_bytes": _STRING,
            "preference_input": _FLOAT,
            "preference_before": _FLOAT,
            "preference_after": _FLOAT,
        }
        rows = (user_vectors, photos / 127.5 - 1.0, index, strength)
        return {**_each(row, rows, error, outputs), "known_user": known}

    def _request(
        self, user_vector: Any, category: Any, seed: Any
    ) -> DesignRequest:
        spread = tf.norm(
            tf.linalg.matvec(gather_rows(self._roots, category), user_vector)
        )
        return DesignRequest(
            user_vector,
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
    error: tf.Tensor,
    outputs: dict[str, tf.TensorSpec],
) -> Outputs:
    """Maps a function over the rows without an error, one at a time.

    Args:
        row: Function of the arguments of one row.
        rows: Arguments of all rows, each [batch, ...].
        error: Error of each row, "" for none, string [batch].
        outputs: Specs of the outputs of `row`, by name.

    Returns:
        Outputs of `row` by name, each [batch, ...], 0 or "" for rows with an
        error, and `error`.
    """

    def answer(one: tuple[tf.Tensor, ...]) -> Outputs:
        reason, *arguments = one
        return tf.cond(
            reason == "",
            lambda: row(*arguments),
            lambda: {
                name: tf.zeros(spec.shape, spec.dtype)
                for name, spec in outputs.items()
            },
        )

    results: Outputs = tf.map_fn(
        answer,
        (error, *rows),
        fn_output_signature=outputs,
        parallel_iterations=1,
    )
    return {**results, "error": error}
