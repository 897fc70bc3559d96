"""Limits of `prepare` that fit small or incomplete data."""

import math

from beam_jobs.init.items import bad_prices
from beam_jobs.init.joins import Log
from beam_jobs.init.photos import PhotoGuess
from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting

SECTION = "Limits"
_USUAL_INTERACTIONS = 5
_FEWEST_INTERACTIONS = 3
_USUAL_REJECTED = 0.01


def add_limits(plan: Plan, log: Log, photos: PhotoGuess) -> None:
    """Adds the limits that differ from the defaults to the plan.

    Args:
        plan: Plan with all columns.
        log: Interactions and items.
        photos: Photos of the items.
    """
    users = _users_with(log)
    few = users[_USUAL_INTERACTIONS] < max(20, 0.3 * users[1])
    if few and log.table.is_whole:
        evidence = (
            f"only {users[_USUAL_INTERACTIONS]:,} of {users[1]:,} users have "
            f"{_USUAL_INTERACTIONS} items or more, "
            f"{users[_FEWEST_INTERACTIONS]:,} have {_FEWEST_INTERACTIONS}"
        )
        plan.add(
            SECTION,
            Setting("min_user_interactions", _FEWEST_INTERACTIONS, evidence),
        )
    # Then they are further pictures, or products that only variants name.
    fills = plan.value_of("fill_from_group") is not None
    bad = {
        "have no user": 1 - log.user.filled,
        "have no item": 1 - log.join.column.filled,
        "have an unknown item": (1 - log.join.share) * log.items.is_whole,
        "of the items have no id": 0.0 if fills else 1 - log.join.other.filled,
        "have no photo of the item": 1 - photos.share,
        "have a price that cannot be read": bad_prices(plan, log),
    }
    told = [f"{n:.0%} {why}" for why, n in bad.items() if n >= 0.005]
    total = min(1.0, sum(bad.values()))
    if total > _USUAL_REJECTED / 2:
        plan.add(
            SECTION,
            Setting(
                "max_rejected",
                min(1.0, math.ceil(total * 150) / 100),
                f"of the rows, {', '.join(told)}",
            ),
        )
        plan.unsure.append(f"rows that cannot be used: {', '.join(told)}")
    if plan.value_of("time_column") is not None:
        evidence = "holds out the latest items of each user"
        plan.add(SECTION, Setting("split", "last", evidence, False))


def _users_with(log: Log) -> dict[int, int]:
    """Returns the number of users with at least 1, 3 and 5 items."""
    pairs = {
        (user, item)
        for user, item in zip(
            log.user.values, log.join.column.values, strict=True
        )
        if user is not None and item is not None
    }
    items: dict[str, int] = {}
    for user, _ in pairs:
        items[user] = items.get(user, 0) + 1
    return {
        least: sum(n >= least for n in items.values())
        for least in (1, _FEWEST_INTERACTIONS, _USUAL_INTERACTIONS)
    }
