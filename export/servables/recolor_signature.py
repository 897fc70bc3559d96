"""The `recolor` signature of the designer: a photo in a cloth of the catalog.

The rows of a request are computed one after another, see `designer`.
"""

import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.schema.signatures import DESIGNER
from atelier.schema.signatures import RECOLOR_STRENGTH
from atelier.segmentation.cut_out import TORN
from atelier.segmentation.cut_out import at_most
from atelier.segmentation.garment_cutter import GarmentCutter
from export.index.ops.gather_rows import gather_rows
from export.servables.bounds import out_of_bounds
from export.servables.color_texts import color_names
from export.servables.color_texts import hex_codes
from export.servables.id_lookup import IdLookup
from export.servables.image_decoding import decode_image
from export.servables.signatures import trace_signatures
from export.servables.user_table import UserTable
from trainer.design.composed_search import MIN_DIFFERENCE
from trainer.design.image_scorer import Preference
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.color_name import palette
from trainer.models.composition.compose import compose
from trainer.models.composition.cut import Cut
from trainer.models.composition.recolor import photo_cut
from trainer.models.composition.recolor import put_into_cloth
from trainer.models.composition.recolor import strengthened

Outputs = dict[str, tf.Tensor]

MAX_SIDE = 512
"""Longer side of a recolored photo; larger photos are scaled down. On a core,
512 pixels take a second more than 256."""
_TRIED = 8
"""Cloths that are tried on a garment, an image of each through the towers."""
_STRING = tf.TensorSpec([], tf.string)
_FLOAT = tf.TensorSpec([], tf.float32)
_OUTPUTS = {
    "image_bytes": _STRING,
    "preference_before": _FLOAT,
    "preference_after": _FLOAT,
    "cloth": tf.TensorSpec([], tf.int64),
    "color": _STRING,
    "color_name": _STRING,
    "error": _STRING,
}


class RecolorServable(tf.Module):
    """Photos of users, whose garment is put into another cloth.

    Args:
        cloths: Cloths with their item indices, at least one.
        embeddings: Image embeddings Phi of these items, float32 [cloths, K].
        preference: Preference model of images of the size of the cloths.
        users: User embeddings of the dimension K.
        items: Item ids by item index.
        cutter: Cutter of the garments of photos.

    Example:
        servable = RecolorServable(
            cloths, phi, preference, users, items, GarmentCutter()
        )
        photos, strength = tf.constant([jpeg]), tf.constant([1.0])
        result = servable.recolor(tf.constant(["ann"]), photos, [""], strength)
    """

    def __init__(
        self,
        cloths: Sequence[tuple[int, Cloth]],
        embeddings: np.ndarray,
        preference: Preference,
        users: UserTable,
        items: IdLookup,
        cutter: GarmentCutter,
    ) -> None:
        super().__init__()
        self._preference = preference
        self._users, self._items = users, items
        self._cutter = cutter
        self._cloth_items = _table(
            np.array([item for item, _ in cloths], np.int64)
        )
        self._embeddings = _table(embeddings)
        self._colors = _table(np.stack([cloth.color for _, cloth in cloths]))
        self._palette = _table(palette())
        # Patterns are stored once, as differences from their main color; the
        # first one stands for all plain cloths.
        size = preference.image_size
        patterned = [cloth for _, cloth in cloths if cloth.patterned]
        patterns = [cloth.lab - cloth.color for cloth in patterned]
        plain = np.zeros((size, size, 3), np.float32)
        self._patterns = _table(np.stack([plain, *patterns]).astype(np.float16))
        is_patterned = np.array([cloth.patterned for _, cloth in cloths])
        self._pattern = _table(
            np.where(is_patterned, np.cumsum(is_patterned), 0)
        )
        # TF Serving restores only the tf.Variables that the module holds.
        self._weights = [
            self._cutter.weights,
            *(
                [weight.value for weight in tower.network.weights]
                for tower in preference.towers
            ),
        ]

    def signatures(self) -> dict[str, Any]:
        """Returns the concrete function of `recolor`."""
        return trace_signatures(self, DESIGNER, ["recolor"])

    def recolor(
        self,
        user_id: tf.Tensor,
        image_bytes: tf.Tensor,
        cloth_item_id: tf.Tensor,
        strength: tf.Tensor,
    ) -> Outputs:
        """Puts the garments of photos into cloths."""
        user_vectors, known = self._users(user_id)
        cloth, unknown = self._find_cloths(cloth_item_id)
        bounds = out_of_bounds(strength, RECOLOR_STRENGTH)
        error = tf.where(unknown == "", bounds, unknown)
        outputs = tf.map_fn(
            lambda row: self._recolor_file(*row),
            (error, image_bytes, user_vectors, cloth, strength),
            fn_output_signature=_OUTPUTS,
            parallel_iterations=1,
        )
        item = gather_rows(self._cloth_items, outputs.pop("cloth"))
        item_id = tf.where(outputs["error"] == "", self._items.ids(item), "")
        return {**outputs, "cloth_item_id": item_id, "known_user": known}

    def _find_cloths(
        self, cloth_item_id: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Finds cloths by the ids of their items.

        Returns:
            Indices, -1 for "" and unknown ids, int64 [batch], and errors, ""
            for none, string [batch].
        """
        item = self._items(cloth_item_id)[:, None]
        same = tf.convert_to_tensor(self._cloth_items) == item
        cloth = tf.where(tf.reduce_any(same, 1), tf.argmax(same, 1), -1)
        error = tf.strings.join(
            [
                "The designer has no cloth of an item ",
                cloth_item_id,
                "; send an empty cloth_item_id for the cloth that the user "
                "likes most.",
            ]
        )
        unknown = (cloth < 0) & (cloth_item_id != "")
        return cloth, tf.where(unknown, error, "")

    def _recolor_file(
        self, error: tf.Tensor, data: tf.Tensor, *request: tf.Tensor
    ) -> Outputs:
        """Recolors one file, if there is no error so far."""

        def decode() -> Outputs:
            image, broken = decode_image(data)
            photo = tf.round(at_most(image, MAX_SIDE))
            return _unless(broken, lambda: find_garment(photo))

        def find_garment(photo: tf.Tensor) -> Outputs:
            mask, reason = self._cutter.mask(photo)
            return _unless(
                _explain(reason),
                lambda: self._recolor_garment(photo, mask, *request),
            )

        return _unless(error, decode)

    def _recolor_garment(
        self,
        photo: tf.Tensor,
        mask: tf.Tensor,
        user_vector: tf.Tensor,
        cloth: tf.Tensor,
        strength: tf.Tensor,
    ) -> Outputs:
        """Puts a garment into a cloth, or, for -1, into the best one."""
        cut = photo_cut(photo, mask, self._preference.image_size)
        own = cut.color[0, 0]
        cloth = tf.cond(
            cloth < 0, lambda: self._best(cut, user_vector), lambda: cloth
        )
        move = functools.partial(
            strengthened, own, gather_rows(self._colors, cloth)
        )
        lab = move(self._labs(cloth), strength)
        color = move(gather_rows(self._colors, cloth), strength)
        images = tf.stack([compose(cut, cut.color), compose(cut, lab)])
        scores = self._preference.score(images, user_vector)
        recolored = put_into_cloth(photo, mask, own, lab, MAX_SIDE)
        return {
            "image_bytes": tf.io.encode_png(tf.cast(recolored, tf.uint8)),
            "preference_before": scores[0],
            "preference_after": scores[1],
            "cloth": cloth,
            "color": hex_codes(color),
            "color_name": color_names(color, self._palette),
            "error": tf.constant(""),
        }

    def _best(self, cut: Cut, user_vector: tf.Tensor) -> tf.Tensor:
        """Returns the cloth that a user likes most on a garment.

        The cloths are tried whose own garments the user likes most, except
        plain ones that look like the garment.
        """
        liked = tf.linalg.matvec(self._embeddings, user_vector)
        distance = tf.norm(self._colors - cut.color[0, 0], axis=1)
        same = (distance < MIN_DIFFERENCE) & (self._pattern == 0)
        tried = tf.math.top_k(
            tf.where(same, liked.dtype.min, liked),
            min(_TRIED, self._colors.shape[0]),
        ).indices
        images = compose(cut, self._labs(tried))
        scores = self._preference.score(images, user_vector)
        scores = tf.where(tf.gather(same, tried), liked.dtype.min, scores)
        return tf.cast(tried[tf.argmax(scores)], tf.int64)

    def _labs(self, cloth: tf.Tensor) -> tf.Tensor:
        """Returns the Lab colors of cloths, float32 [..., size, size, 3]."""
        pattern = gather_rows(self._patterns, gather_rows(self._pattern, cloth))
        color = gather_rows(self._colors, cloth)[..., None, None, :]
        return color + tf.cast(pattern, tf.float32)


def _explain(reason: tf.Tensor) -> tf.Tensor:
    """Returns the sentence of a reason to keep a photo, "" for none."""
    advice = "use a photo of one garment on a plain background."
    torn = f"The garment cannot be told from the background; {advice}"
    none = f"No garment stands out from the background; {advice}"
    sentence = tf.where(reason == TORN, torn, none)
    return tf.where(reason == "", "", sentence)


def _unless(error: tf.Tensor, outputs: Callable[[], Outputs]) -> Outputs:
    """Returns outputs, or 0 and "" with the error if there is one."""
    blank = {
        name: tf.zeros(spec.shape, spec.dtype)
        for name, spec in _OUTPUTS.items()
    }
    result: Outputs = tf.cond(
        error == "", outputs, lambda: {**blank, "error": error}
    )
    return result


def _table(values: Any) -> tf.Variable:
    return tf.Variable(values, trainable=False)
