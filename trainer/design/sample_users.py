"""Sample of users for a comparison: users with held-out items."""

from collections.abc import Container
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from atelier.io.errors import UserError
from trainer.design.catalog_context import CatalogContext
from trainer.design.category_items import CategoryItems
from trainer.design.search_config import ComparisonConfig
from trainer.design.user_category import UserCategory


def sample_users(
    context: CatalogContext,
    categories: Sequence[CategoryItems],
    config: ComparisonConfig,
    known: Container[str] | None = None,
) -> list[UserCategory]:
    """Samples users, each with the categories of their held-out items.

    Args:
        context: Recommenders.
        categories: Items of each category.
        config: Number of users and images, and the random seed.
        known: Ids of the users that the judge knows; None for no judge.

    Raises:
        UserError: If there are too few users or images.
    """
    interactions = context.trained.interactions
    pairs = np.concatenate([interactions.validation, interactions.test])
    items = np.concatenate([one.items for one in categories])
    users = np.unique(pairs[np.isin(pairs[:, 1], items), 0])
    user_ids = interactions.user_ids
    if known is not None:
        users = np.array([u for u in users if user_ids[u] in known], np.int64)
    if len(users) < config.num_users:
        raise UserError(
            "--num_users must be at most the number of users with a held-out "
            f"item of the categories, {len(users)}, got {config.num_users}; "
            "lower it, or give more --categories"
        )
    rng = np.random.default_rng(config.seed)
    sample = np.sort(rng.choice(users, config.num_users, replace=False))
    cases = [
        case
        for user in sample
        for case in _cases(context, int(user), categories, config.seed)
    ]
    _check_sizes(cases, config.count)
    return cases


def _cases(
    context: CatalogContext,
    user: int,
    categories: Sequence[CategoryItems],
    seed: int,
) -> Iterator[UserCategory]:
    """Yields the categories in which a user has held-out items."""
    interactions = context.trained.interactions
    pairs = np.concatenate([interactions.validation, interactions.test])
    held_out = pairs[pairs[:, 0] == user, 1]
    taken = interactions.interacted[user].numpy()
    for category in categories:
        rows = np.flatnonzero(np.isin(category.items, held_out))
        if len(rows):
            yield UserCategory(
                interactions.user_ids[user],
                context.user_vector(user),
                category,
                np.flatnonzero(~np.isin(category.items, taken)),
                rows,
                seed + user,
            )


def _check_sizes(cases: Sequence[UserCategory], count: int) -> None:
    """Raises UserError if a category has too few images.

    Args:
        cases: Users and categories.
        count: Number of images that an arm shows of each.
    """
    for category in {id(case.items): case.items for case in cases}.values():
        of_category = [case for case in cases if case.items is category]
        available = min(len(case.candidates) for case in of_category)
        shown = len(of_category) * count
        # At least two further images are the reference of KID.
        if available < count or len(category.items) < shown + 2:
            raise UserError(
                f"category {category.name} has {len(category.items)} images, "
                f"but {len(of_category)} users times --count are {shown}, and "
                "at least 2 images more than that are required; lower "
                "--num_users or --count, or leave the category out of "
                "--categories"
            )
