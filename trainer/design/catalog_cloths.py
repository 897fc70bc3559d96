"""The cloths of a catalog that a photo can be put into."""

import numpy as np

from trainer.design.composed_context import ComposedContext
from trainer.design.composed_context import describe_cloth
from trainer.models.composition.cloth import Cloth

_PLAIN, _PATTERNED = 40, 24
_MIN_DIFFERENCE = 12.0
"""Minimum distance in Lab of two plain cloths, and of two patterned ones."""
_MAX_TRIED = 256
"""Garments that are tried, 0.1 CPU seconds each at 192 pixels. Of the shipped
photos, 62 % have a plain cloth and 3 % a patterned one."""


def catalog_cloths(context: ComposedContext) -> list[tuple[int, Cloth]]:
    """Returns cloths of different colors, with their items.

    Random items are tried: the favorites of most users are plain, and of few
    colors.

    Args:
        context: Recommenders and garments.

    Returns:
        At most 64 cloths; none if no garment has a cloth of its own.
    """
    items = np.random.default_rng(0).permutation(len(context.categories))
    return context.search.best_cloths(
        items, _PLAIN, _PATTERNED, _MIN_DIFFERENCE, _MAX_TRIED
    )


def describe_cloths(
    context: ComposedContext, cloths: list[tuple[int, Cloth]]
) -> list[dict[str, str]]:
    """Returns the fields of cloths in the catalog file of a designer.

    Args:
        context: Catalog of the items.
        cloths: Cloths with their item indices.

    Returns:
        Item id, color as #rrggbb, and its name, of each cloth.
    """
    described = [describe_cloth(context, cloth, item) for item, cloth in cloths]
    return [
        {
            "item_id": parts["cloth_item_id"],
            "color": parts["color"],
            "color_name": parts["color_name"],
        }
        for parts in described
    ]
