"""Categories that a GAN draws, by name."""

import collections
from collections.abc import Iterable

from atelier.io.errors import UserError
from trainer.gan.trained_gan import TrainedGan


def category_index(gan: TrainedGan, name: str) -> int:
    """Returns the index of a category.

    Raises:
        UserError: If the GAN does not draw it.
    """
    if name not in gan.categories:
        raise UserError(
            f"--category {name!r} is none of those that {gan.run.run_dir} "
            f"draws: {', '.join(gan.categories)}"
        )
    return gan.categories.index(name)


def favourite_category(gan: TrainedGan, taken: Iterable[str]) -> str:
    """Returns the category that occurs most, of those that are drawn.

    Args:
        gan: What draws.
        taken: The categories of some items.

    Raises:
        UserError: If none of them is drawn.
    """
    counts = collections.Counter(taken)
    favourite = max(gan.categories, key=lambda name: counts[name])
    if not counts[favourite]:
        raise UserError(
            f"the person took nothing that {gan.run.run_dir} draws; give "
            f"--category, one of {', '.join(gan.categories)}"
        )
    return favourite
