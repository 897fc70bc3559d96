"""Lookup of the categories that a GAN generates."""

import collections
from collections.abc import Iterable

from atelier.io.errors import UserError
from trainer.gan.trained_gan import TrainedGan


def category_index(gan: TrainedGan, name: str) -> int:
    """Returns the index of a category.

    Args:
        gan: The trained GAN.
        name: Name of the category.

    Raises:
        UserError: If the GAN does not generate the category.
    """
    if name not in gan.categories:
        raise UserError(
            f"--category {name!r} is not a category of {gan.run.run_dir}; use "
            f"one of {', '.join(gan.categories)}"
        )
    return gan.categories.index(name)


def favorite_category(gan: TrainedGan, names: Iterable[str]) -> str:
    """Returns the most frequent category among those that the GAN generates.

    Args:
        gan: The trained GAN.
        names: Category names of the user's items.

    Raises:
        UserError: If the GAN generates none of these categories.
    """
    counts = collections.Counter(names)
    favorite = max(gan.categories, key=lambda name: counts[name])
    if not counts[favorite]:
        raise UserError(
            "the user has no item of a category that "
            f"{gan.run.run_dir} generates; set --category to one of "
            f"{', '.join(gan.categories)}"
        )
    return favorite
