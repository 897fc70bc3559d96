"""Cleans interactions and splits them by user.

Interactions are shuffled as plain tuples, because Beam encodes these faster
and smaller than classes.
"""

import dataclasses
import functools
import math
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

import apache_beam as beam
from apache_beam import pvalue

from atelier.schema import paths
from atelier.schema.user import User
from beam_jobs.prepare.decode_images import DecodedItem
from beam_jobs.prepare.hot_keys import Salted
from beam_jobs.prepare.hot_keys import hot_counter
from beam_jobs.prepare.hot_keys import is_hot
from beam_jobs.prepare.k_core import Core
from beam_jobs.prepare.k_core import shortage_of
from beam_jobs.prepare.parse_times import parse_time
from beam_jobs.prepare.parse_values import parse_number
from beam_jobs.prepare.rejections import ITEM_TOO_FEW
from beam_jobs.prepare.rejections import NEGATIVE_HELD_OUT
from beam_jobs.prepare.rejections import NO_TRAINING
from beam_jobs.prepare.rejections import NOT_POSITIVE
from beam_jobs.prepare.rejections import OUTSIDE_WINDOW
from beam_jobs.prepare.rejections import REPEATED
from beam_jobs.prepare.rejections import RETURNED
from beam_jobs.prepare.rejections import TOO_LIGHT
from beam_jobs.prepare.rejections import USER_TOO_FEW
from beam_jobs.prepare.rejections import place
from beam_jobs.prepare.rejections import reject
from beam_jobs.prepare.split import TRAIN
from beam_jobs.prepare.split import Split
from beam_jobs.prepare.value_problems import id_problem
from beam_jobs.prepare.value_problems import lookalike_hint
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import QUANTITY
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.source import WEIGHT
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import Row

USERS = "users"
DROPPED_USERS = "dropped_users"
"""Tag of (counter, 1) of each user without enough interactions, by reason."""
HOT_USERS = "hot_users"
"""Tag of (counter, interaction count) of each hot user."""
SHARDS = "shards"
TIMES = "times"
"""Tag of (counter, 1) of each parsed time, by format and year."""


class Interaction(NamedTuple):
    """Interaction of a user with an item; shuffled as a plain tuple.

    Attributes:
        item_id: Item id from the catalog.
        shard: Index of the item shard that holds the item.
        time: Time in seconds since 1970; None if unknown.
        weight: Weight in the units of the log, below 0 for an explicit
            negative; None if unknown.
        address: Row of the interactions table.
    """

    item_id: str
    shard: int
    time: int | None
    weight: float | None
    address: Address

    @property
    def is_negative(self) -> bool:
        """Whether the user rejected or returned the item."""
        return self.weight is not None and self.weight < 0


@dataclasses.dataclass(frozen=True)
class InteractionFilter:
    """Time window and minimum weight of the interactions to keep.

    Attributes:
        start: Start of the window in seconds since 1970, inclusive; None for
            no limit.
        end: End of the window in seconds since 1970, exclusive; None for no
            limit.
        min_weight: Minimum weight; None for no limit.
        needs_times: Whether interactions without a time are rejected.
        keeps_negatives: Whether rows of a negative weight or quantity are kept
            as explicit negatives.
    """

    start: int | None
    end: int | None
    min_weight: float | None
    needs_times: bool
    keeps_negatives: bool = False

    def signed_weight(
        self, weight: float | None, quantity: float | None
    ) -> float | None:
        """Returns the weight, negative for a return that is kept."""
        if self.keeps_negatives and quantity is not None and quantity < 0:
            return -abs(weight or 1.0)
        return weight

    def excludes(
        self, time: int | None, weight: float | None, quantity: float | None
    ) -> tuple[str, str] | None:
        """Returns (reason, detail) of a rejection, None to keep.

        Args:
            time: Time in seconds since 1970; None if unknown.
            weight: Weight by `signed_weight`.
            quantity: Number of pieces; None if unknown.
        """
        is_kept = (
            self.keeps_negatives
            and weight is not None
            and weight < 0
            and quantity != 0
        )
        if quantity is not None and quantity <= 0 and not is_kept:
            return RETURNED, f"the quantity is {quantity:g}, nothing was bought"
        if time is None and self.needs_times:
            return "bad_time", "the time is missing"
        if time is not None and not (
            (self.start is None or time >= self.start)
            and (self.end is None or time < self.end)
        ):
            return OUTSIDE_WINDOW, (
                f"time {time} (seconds since 1970) is outside the time window"
            )
        if is_kept:
            return None
        if weight is not None and weight <= 0:
            return NOT_POSITIVE, f"the weight {weight:g} is 0 or less"
        if self.min_weight is not None and (
            weight is None or weight < self.min_weight
        ):
            return TOO_LIGHT, f"the weight {weight} is too low"
        return None


def keyed_interaction(
    row: Row, window: InteractionFilter, time_format: str
) -> Iterator[Any]:
    """Yields (item id, (user id, time, weight, address)), or a rejection.

    Yields a counter of the time's format and year under the `TIMES` tag.

    Args:
        row: Row of the interactions table.
        window: Filter of the interactions to keep.
        time_format: Format of the times, see `parse_time`.
    """
    user_id, item_id = row.values[USER_ID], row.values[ITEM_ID]
    problem = id_problem(USER_ID, user_id) or id_problem(ITEM_ID, item_id)
    if problem:
        yield reject(INTERACTIONS, row.address, "bad_id", problem)
        return
    parsed: dict[str, Any] = {}
    for name, parse in (
        (TIME, functools.partial(parse_time, time_format=time_format)),
        (WEIGHT, parse_number),
        (QUANTITY, parse_number),
    ):
        value = row.values.get(name)
        try:
            parsed[name] = parse(value)
        except ValueError as error:
            detail = f"the {name} {str(value)[:80]!r} cannot be read: {error}"
            yield reject(INTERACTIONS, row.address, f"bad_{name}", detail)
            return
    seconds = None
    if parsed[TIME]:
        seconds, recognized = parsed[TIME]
        key = ("times", recognized, str(parsed[TIME].year))
        yield pvalue.TaggedOutput(TIMES, (key, 1))
    weight = window.signed_weight(parsed[WEIGHT], parsed[QUANTITY])
    excluded = window.excludes(seconds, weight, parsed[QUANTITY])
    if excluded:
        yield reject(INTERACTIONS, row.address, *excluded)
        return
    interaction = (str(user_id), seconds, weight, row.address)
    yield str(item_id), interaction


def shard_of_item(item: DecodedItem) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yields (id of the item or a variant of it, (item id, shard index))."""
    for one in (item.item_id, *item.variant_ids):
        yield one, (item.item_id, item.shard)


def join_item(element: tuple[Salted, dict[str, Any]]) -> Iterator[Any]:
    """Yields (user id, plain `Interaction`), or rejections.

    Args:
        element: Salted id of an item or variant, and a dict with the item id
            and shard under `SHARDS` (empty for an unknown item) and the
            interactions under `INTERACTIONS`.
    """
    (item_id, _), grouped = element
    shards = list(grouped[SHARDS])
    for user_id, time, weight, address in grouped[INTERACTIONS]:
        if shards:
            yield user_id, (*shards[0], time, weight, address)
        else:
            detail = (
                f"item {item_id!r} is not an item with a valid photo"
                f"{lookalike_hint(item_id)}"
            )
            yield reject(INTERACTIONS, address, "unknown_item", detail)


def without_repeats(element: tuple[str, Iterable[Any]]) -> Iterator[Any]:
    """Yields (user id, list of plain `Interaction`); rejects repeats.

    Keeps the latest interaction of the user with each item if it is an explicit
    negative, else that with the largest weight, of equal ones the earliest.
    Yields a counter under `HOT_USERS` for a hot user.

    Args:
        element: User id, and the user's plain `Interaction`s.
    """
    user_id, plain_interactions = element
    ordered = sorted(
        (Interaction(*plain) for plain in plain_interactions), key=_earliest
    )
    if is_hot(len(ordered)):
        counter = hot_counter((user_id, len(ordered)), USERS)
        yield pvalue.TaggedOutput(HOT_USERS, counter)
    repeats: dict[str, list[Interaction]] = {}
    for interaction in ordered:
        repeats.setdefault(interaction.item_id, []).append(interaction)
    kept = {item_id: _counted(rows) for item_id, rows in repeats.items()}
    for item_id, rows in repeats.items():
        for interaction in rows:
            if interaction is not kept[item_id]:
                detail = (
                    f"user {user_id!r} also interacted with item {item_id!r} "
                    f"in {place(kept[item_id].address)}, which counts"
                )
                yield reject(
                    INTERACTIONS, interaction.address, REPEATED, detail
                )
    yield user_id, [tuple(interaction) for interaction in kept.values()]


def _counted(repeats: list[Interaction]) -> Interaction:
    """Returns the one that counts of a user's interactions with an item."""
    if repeats[-1].is_negative:
        return repeats[-1]
    # Of equal ones `max` returns the first.
    return max(repeats, key=lambda interaction: interaction.weight or 0.0)


def basket_of(element: tuple[str, list[Any]], split: Split) -> Any:
    """Returns the `Basket` of a user, without explicit negatives."""
    _, plain = element
    interactions = [Interaction(*interaction) for interaction in plain]
    return [
        (
            interaction.item_id,
            split.may_train(interaction.item_id, interaction.time),
        )
        for interaction in interactions
        if not interaction.is_negative
    ]


class SplitUser(beam.DoFn):
    """Splits each user's interactions into train, validation and test.

    Args:
        split: Split strategy.
        min_user_interactions: Minimum interaction count of a user.
    """

    def __init__(self, split: Split, min_user_interactions: int) -> None:
        self._split = split
        self._min_user = min_user_interactions

    @beam.typehints.decorators.no_annotations  # Beam knows no `Core | None`.
    def process(
        self, element: tuple[str, list[Any]], core: Core | None = None
    ) -> Iterator[Any]:
        """Yields (split, user id, plain `Interaction`).

        The split of an explicit negative is `paths.NEGATIVE`. Yields a `User`
        under the `USERS` tag, or a counter under `DROPPED_USERS`, and
        rejections under `REJECTED`.

        Args:
            element: User id, and the user's plain `Interaction`s.
            core: k-core of all interactions; None if items need no minimum
                count, so that a user depends on the own interactions alone.
        """
        user_id, plain = element
        interactions = [Interaction(*interaction) for interaction in plain]
        judged = [
            (interaction, core and core.item_shortage(interaction.item_id))
            for interaction in interactions
        ]
        shortage = shortage_of(self._num_usable(judged), self._min_user)
        if shortage:
            detail = f"user {user_id!r} {shortage}"
            yield from _reject_user(interactions, USER_TOO_FEW, detail)
            return
        kept = []
        for interaction, item_shortage in judged:
            if item_shortage:
                detail = f"item {interaction.item_id!r} {item_shortage}"
                yield from _reject_all([interaction], ITEM_TOO_FEW, detail)
            else:
                kept.append(interaction)
        splits = self._split.assign(user_id, _positive_times(kept))
        train = [
            interaction
            for interaction in kept
            if splits.get(interaction.item_id) == TRAIN
        ]
        if not train:
            detail = f"user {user_id!r} has no training interactions left"
            yield from _reject_user(kept, NO_TRAINING, detail)
            return
        yield from self._placed(user_id, kept, splits)
        ordered = sorted(train, key=_earliest)
        yield pvalue.TaggedOutput(
            USERS,
            User(
                user_id, tuple(interaction.item_id for interaction in ordered)
            ),
        )

    def _num_usable(self, judged: list[tuple[Interaction, Any]]) -> int:
        """Returns the number of interactions of a user with items of the core.

        That of all items, if these are too few already or none may train.

        Args:
            judged: Interactions, each with the reason if its item has too few
                users, else None.
        """
        positive = [pair for pair in judged if not pair[0].is_negative]
        if len(positive) < self._min_user or not any(
            self._split.may_train(interaction.item_id, interaction.time)
            for interaction, _ in positive
        ):
            return len(positive)
        return sum(shortage is None for _, shortage in positive)

    def _placed(
        self, user_id: str, kept: list[Interaction], splits: dict[str, str]
    ) -> Iterator[Any]:
        """Yields (split, user id, plain `Interaction`), and rejections."""
        for interaction in kept:
            if not interaction.is_negative:
                yield splits[interaction.item_id], user_id, tuple(interaction)
            elif self._split.may_train(interaction.item_id, interaction.time):
                yield paths.NEGATIVE, user_id, tuple(interaction)
            else:
                detail = (
                    f"the explicit negative {interaction.item_id!r} of user "
                    f"{user_id!r} is outside the training"
                )
                yield from _reject_all([interaction], NEGATIVE_HELD_OUT, detail)


def _positive_times(
    interactions: list[Interaction],
) -> dict[str, int | None]:
    """Returns {item id: time} of all but explicit negatives."""
    return {
        interaction.item_id: interaction.time
        for interaction in interactions
        if not interaction.is_negative
    }


def _reject_user(
    interactions: list[Interaction], reason: str, detail: str
) -> Iterator[Any]:
    yield pvalue.TaggedOutput(DROPPED_USERS, ((DROPPED_USERS, reason), 1))
    yield from _reject_all(interactions, reason, detail)


def _reject_all(
    interactions: list[Interaction], reason: str, detail: str
) -> Iterator[Any]:
    for interaction in interactions:
        yield reject(INTERACTIONS, interaction.address, reason, detail)


def _earliest(interaction: Interaction) -> tuple[float, str, Address]:
    """Sort key: time (missing last), then item id and address, for ties."""
    time = math.inf if interaction.time is None else interaction.time
    return time, interaction.item_id, interaction.address
