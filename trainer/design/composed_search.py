"""Search for the composed designs that a user likes most, without gradients.

First the cuts and the cloths of the garments with the highest scores are
combined, then the colors of the best plain designs change by a few steps. The
recommender sees at most 64 images, composed of real garments, so that the
search can hardly exploit its weaknesses.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from keras import ops

from trainer.design.garments import Garments
from trainer.design.image_scorer import Preference
from trainer.models.composition.cloth import Cloth
from trainer.models.composition.compose import compose
from trainer.models.composition.cut import Cut

NO_ITEM = -1
MAX_CUTS = 8
_PLAIN, _PATTERNED = 3, 2
_RECOLORED = 4
_MAX_TRIED = 40
"""Garments that are tried as a cut, and as a cloth."""
MIN_DIFFERENCE = 18.0
"""Minimum distance in Lab of two cloths, which look alike below it."""
_COLOR_STEPS = np.array(
    [[12, 0, 0], [-12, 0, 0], [0, 14, 0], [0, -14, 0], [0, 0, 14], [0, 0, -14]],
    np.float32,
)
_DARKEST, _LIGHTEST = 10.0, 94.0


class Parts(NamedTuple):
    """Parts that a design is composed of.

    Attributes:
        cut_item: Item index of the cut; negative, another number for each, for
            drawn ones.
        cut: Cut.
        cloth: Cloth.
        cloth_item: Item index of the cloth, `NO_ITEM` for a free color.
    """

    cut_item: int
    cut: Cut
    cloth: Cloth
    cloth_item: int


class Composed(NamedTuple):
    """Composed designs.

    Attributes:
        images: RGB images, float32 [n, size, size, 3] in [-1, 1].
        embeddings: Image embeddings Phi, float32 [n, K].
        parts: Parts of each design.
    """

    images: np.ndarray
    embeddings: np.ndarray
    parts: list[Parts]


@dataclasses.dataclass(frozen=True)
class ComposedSearch:
    """Search over the cuts and cloths of a catalog.

    Attributes:
        garments: Cuts and cloths.
        preference: Preference model of images of their size.

    Example:
        search = ComposedSearch(garments, preference)
        cuts = search.best_cuts(best_dresses)
        designs = search.find(user_vector, cuts, search.best_cloths(best_items))
        scores = designs.embeddings @ user_vector
    """

    garments: Garments
    preference: Preference

    def find(
        self,
        user_vector: np.ndarray,
        cuts: Sequence[tuple[int, Cut]],
        cloths: Sequence[tuple[int, Cloth]],
    ) -> Composed | None:
        """Composes the candidates for a user.

        Args:
            user_vector: User vector theta, float32 [K].
            cuts: Usable cuts with their items, the best first.
            cloths: Cloths with their items, the best first.

        Returns:
            Candidates in no order; None if there is no pair of a cut and a
            cloth.
        """
        pairs = self.pairs(cuts, cloths)
        if not pairs:
            return None
        tried = self.composed(pairs)
        order = np.argsort(-tried.embeddings @ user_vector, kind="stable")
        plain = [pairs[row] for row in order if not pairs[row].cloth.patterned]
        steps = [
            Parts(parts.cut_item, parts.cut, cloth, NO_ITEM)
            for parts in plain[:_RECOLORED]
            for cloth in recolored(parts.cloth.color)
            if _differs(parts.cut_item, parts.cut, cloth)
        ]
        if not steps:
            return tried
        return join([tried, self.composed(steps)])

    def best_cuts(
        self, items: np.ndarray, limit: int = MAX_CUTS
    ) -> list[tuple[int, Cut]]:
        """Returns the first items that can be put into another cloth.

        Args:
            items: Item indices, the best first, int64 [n]; 40 are tried.
            limit: Maximum number of items to return.
        """
        usable = (
            (int(item), cut)
            for item in items[:_MAX_TRIED]
            if (cut := self.garments.usable_cut(int(item)))
        )
        return list(itertools.islice(usable, limit))

    def best_cloths(
        self,
        items: np.ndarray,
        plain: int = _PLAIN,
        patterned: int = _PATTERNED,
        min_difference: float = MIN_DIFFERENCE,
        max_tried: int = _MAX_TRIED,
    ) -> list[tuple[int, Cloth]]:
        """Returns the first items with a cloth, of different colors.

        Args:
            items: Item indices, the best first, int64 [n].
            plain: Maximum number of plain cloths.
            patterned: Maximum number of patterned cloths.
            min_difference: Minimum distance in Lab of the plain cloths, and of
                the patterned ones.
            max_tried: Number of items that are tried.
        """
        chosen: list[tuple[int, Cloth]] = []
        left = {False: plain, True: patterned}
        for item in items[:max_tried]:
            if not any(left.values()):
                break
            cloth = self.garments.cloth(int(item))
            if cloth is None or not left[cloth.patterned]:
                continue
            if all(
                cloth.patterned != other.patterned
                or distance(cloth.color, other.color) > min_difference
                for _, other in chosen
            ):
                chosen.append((int(item), cloth))
                left[cloth.patterned] -= 1
        return chosen

    def pairs(
        self,
        cuts: Sequence[tuple[int, Cut]],
        cloths: Sequence[tuple[int, Cloth]],
    ) -> list[Parts]:
        """Returns the pairs of cuts and cloths, by the sum of their ranks.

        Args:
            cuts: Usable cuts with their items, the best first.
            cloths: Cloths with their items, the best first.
        """
        ranked = itertools.product(enumerate(cuts), enumerate(cloths))
        return [
            Parts(cut_item, cut, cloth, item)
            for (_, (cut_item, cut)), (_, (item, cloth)) in sorted(
                ranked, key=lambda pair: pair[0][0] + pair[1][0]
            )
            if item != cut_item and _differs(cut_item, cut, cloth)
        ]

    def composed(self, parts: Sequence[Parts]) -> Composed:
        """Composes designs and embeds them.

        Args:
            parts: Parts of each design, at least one, of usable cuts.
        """
        images = np.stack(
            [
                ops.convert_to_numpy(compose(one.cut, one.cloth.lab))
                for one in parts
            ]
        )
        embeddings = self.preference.embed_many(images)
        return Composed(images, embeddings, list(parts))


def _differs(cut_item: int, cut: Cut, cloth: Cloth) -> bool:
    """Returns whether a design looks different from the garment of its cut."""
    if cut_item < 0 or cloth.patterned:  # A drawn cut is of no garment.
        return True
    return distance(cloth.color, cut.color[0, 0]) > MIN_DIFFERENCE


def join(designs: Sequence[Composed]) -> Composed:
    """Joins designs, at least one set of them."""
    return Composed(
        np.concatenate([one.images for one in designs]),
        np.concatenate([one.embeddings for one in designs]),
        [parts for one in designs for parts in one.parts],
    )


def recolored(color: np.ndarray) -> list[Cloth]:
    """Returns plain cloths a step of lightness, a or b away from a color.

    Args:
        color: Lab color, float32 [3].
    """
    colors = color + _COLOR_STEPS
    colors[:, 0] = np.clip(colors[:, 0], _DARKEST, _LIGHTEST)
    return [plain_cloth(one) for one in colors]


def plain_cloth(color: np.ndarray) -> Cloth:
    """Returns the plain cloth of a Lab color, float32 [3]."""
    return Cloth(color[None, None], color)


def distance(color: np.ndarray, other: np.ndarray) -> float:
    """Returns the distance of two Lab colors (CIE 1976)."""
    return float(np.linalg.norm(color - other))
