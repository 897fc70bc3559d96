"""Cleans interactions, splits them by user and writes the triples."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam import pvalue

from beam_jobs.catalogue import REJECTED
from beam_jobs.rejections import TOO_FEW
from beam_jobs.rejections import Rejection
from beam_jobs.rejections import id_problem
from beam_jobs.shards import open_shard
from beam_jobs.shards import shard_of_id
from beam_jobs.split import leave_one_out
from beam_jobs.tables import Row
from beam_jobs.tables import RowAddress
from records import features
from records import layout
from records.item import parse_items
from records.triple import Triple
from records.triple import build_triple
from records.user import User
from records.user import build_user

USERS = "users"


@dataclasses.dataclass(frozen=True)
class PlacedInteraction:
    """One interaction, with its split.

    Attributes:
        user_id: Who.
        item_id: Took what.
        split: `train`, `validation` or `test`.
    """

    user_id: str
    item_id: str
    split: str


@dataclasses.dataclass(frozen=True)
class WrittenTriple:
    """A triple that was written: its split and the hash of its record."""

    split: str
    hash: bytes


def user_id_of(user: User) -> str:
    """Returns the id of a user."""
    return user.user_id


def keyed_interaction(
    row: Row, user_column: str, item_column: str
) -> Iterator[Any]:
    """Yields ((user id, item id), address), or a rejection."""
    user_id = row.values[user_column]
    item_id = row.values[item_column]
    problem = id_problem(user_column, user_id) or id_problem(
        item_column, item_id
    )
    if problem:
        yield _reject(row.address, "bad_id", problem)
    else:
        yield (str(user_id), str(item_id)), row.address


def first_interaction(
    element: tuple[tuple[str, str], Any],
) -> Iterator[Any]:
    """Yields (item id, (user id, address)) once; rejects the repeats."""
    (user_id, item_id), addresses = element
    first, *repeats = sorted(addresses)
    for address in repeats:
        yield _reject(
            address,
            "duplicate_interaction",
            f"user {user_id!r} took item {item_id!r} already in "
            f"{first.path} row {first.row}",
        )
    yield item_id, (user_id, first)


def join_item(element: tuple[str, dict[str, Any]]) -> Iterator[Any]:
    """Yields (user id, (item id, shard, address)), or rejections.

    Args:
        element: An item id; its `shards`, one or none; its `takers`.
    """
    item_id, found = element
    shards = list(found["shards"])
    for user_id, address in found["takers"]:
        if shards:
            yield user_id, (item_id, shards[0], address)
        else:
            yield _reject(
                address,
                "unknown_item",
                f"item {item_id!r} is not among the items that were kept",
            )


class SplitUser(beam.DoFn):
    """Splits the interactions of each user.

    Args:
        min_interactions: Users with fewer are left out.
        seed: Seed of the split.
    """

    def __init__(self, min_interactions: int, seed: int) -> None:
        self._min_interactions = min_interactions
        self._seed = seed

    def process(self, element: tuple[str, Any]) -> Iterator[Any]:
        """Yields (item shard, interaction); users under their own tag."""
        user_id, taken = element
        taken = list(taken)
        if len(taken) < self._min_interactions:
            for _, _, address in taken:
                yield _reject(
                    address,
                    TOO_FEW,
                    f"user {user_id!r} has {len(taken)} usable interactions, "
                    f"at least {self._min_interactions} are asked for",
                )
            return
        splits = leave_one_out(
            user_id, [item_id for item_id, _, _ in taken], self._seed
        )
        for item_id, shard, _ in taken:
            yield shard, PlacedInteraction(user_id, item_id, splits[item_id])
        train = sorted(one for one, split in splits.items() if split == "train")
        yield pvalue.TaggedOutput(USERS, User(user_id, tuple(train)))


def keyed_user(user: User, num_shards: int) -> tuple[int, User]:
    """Returns (shard, user)."""
    return shard_of_id(user.user_id, num_shards), user


class WriteUsers(beam.DoFn):
    """Writes the users of one shard, in the order of their ids.

    Args:
        data_dir: Where the data set goes.
        num_shards: How many shards there are.
    """

    def __init__(self, data_dir: str, num_shards: int) -> None:
        self._data_dir = data_dir
        self._num_shards = num_shards

    def process(self, element: tuple[int, dict[str, Any]]) -> Iterator[bytes]:
        """Yields the hash of each record."""
        shard, grouped = element
        path = layout.shard(
            self._data_dir, "users", "users", shard, self._num_shards
        )
        with open_shard(path) as writer:
            for user in sorted(grouped["users"], key=user_id_of):
                yield writer.write(build_user(user))


class WriteTriples(beam.DoFn):
    """Writes the triples of the items of one shard.

    The photos are read back from the item shard, in order: they were decoded
    and resized once and are not decoded again.

    Args:
        data_dir: Where the data set goes.
        num_shards: How many shards there are.
    """

    def __init__(self, data_dir: str, num_shards: int) -> None:
        self._data_dir = data_dir
        self._num_shards = num_shards

    def process(
        self, element: tuple[int, dict[str, Any]]
    ) -> Iterator[WrittenTriple]:
        """Yields what was written."""
        shard, grouped = element
        takers: dict[str, list[tuple[str, str]]] = {}
        for one in grouped["interactions"]:
            takers.setdefault(one.item_id, []).append((one.user_id, one.split))
        with contextlib.ExitStack() as stack:
            writers = {
                split: stack.enter_context(
                    open_shard(self._path("triples", split, shard))
                )
                for split in layout.SPLITS
            }
            for item_id, image in self._photos(shard):
                for user_id, split in sorted(takers.get(item_id, ())):
                    record = build_triple(Triple(user_id, item_id, image))
                    yield WrittenTriple(split, writers[split].write(record))

    def _photos(self, shard: int) -> Iterator[tuple[str, bytes]]:
        path = self._path("items", "items", shard)
        for batch in layout.read_records(path):
            parsed = parse_items(batch)
            yield from zip(
                (one.decode() for one in parsed[features.ITEM_ID].numpy()),
                parsed[features.IMAGE].numpy(),
                strict=True,
            )

    def _path(self, kind: str, name: str, index: int) -> str:
        return layout.shard(self._data_dir, kind, name, index, self._num_shards)


def _reject(
    address: RowAddress, reason: str, detail: str
) -> pvalue.TaggedOutput:
    return pvalue.TaggedOutput(
        REJECTED, Rejection("interactions", address, reason, detail)
    )
