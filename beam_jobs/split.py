"""Leave-one-out: one item of a user for validation, one for test."""

import hashlib
from collections.abc import Iterable

MIN_INTERACTIONS = 3
"""One each for train, validation and test."""


def leave_one_out(
    user_id: str, item_ids: Iterable[str], seed: int
) -> dict[str, str]:
    """Splits what one user took (Kang et al. 2017, section IV-A).

    The items are put in the order of a keyed hash of seed, user and item, so
    the split depends on nothing else: no worker, no order, no other user.

    Args:
        user_id: The user.
        item_ids: At least `MIN_INTERACTIONS` distinct items.
        seed: Seed of the data set.

    Returns:
        The split of each item: `train`, `validation` or `test`.
    """

    def order(item_id: str) -> bytes:
        text = f"{seed}\n{user_id}\n{item_id}"
        return hashlib.blake2b(text.encode(), digest_size=16).digest()

    test, validation, *train = sorted(item_ids, key=order)
    return {
        test: "test",
        validation: "validation",
        **dict.fromkeys(train, "train"),
    }
