"""Conversion of records to model inputs and of outputs to table rows."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from atelier.schema import feature_keys
from beam_jobs.embed.read_records import Records
from beam_jobs.embed.run_inference import Place
from beam_jobs.embed.run_inference import Placed

NO_ITEM = b""
"""Item id that pads the model's lists if too few items are eligible."""
MAX_COMPARISONS = 1 << 26
"""Maximum pairs of ids compared per call, about one second of work."""


def photo_batch(records: Records) -> list[Placed]:
    """Returns the inputs of `embed_images` for a batch of items."""
    return [
        (
            Place(records.shard, position, item_id.decode()),
            {"image_bytes": image},
        )
        for position, item_id, image in _numbered(
            records, feature_keys.ITEM_ID, feature_keys.IMAGE
        )
    ]


def item_row(element: Placed) -> Placed:
    """Returns the table row of an item."""
    place, outputs = element
    return place, {"item_id": place.id, "embedding": outputs["embeddings"]}


def keyed_users(records: Records) -> Iterator[tuple[str, Any]]:
    """Yields (user id, (place, item ids)) for each user record."""
    for position, user_id, item_ids in _numbered(
        records, feature_keys.USER_ID, feature_keys.ITEM_IDS
    ):
        place = Place(records.shard, position, user_id.decode())
        yield place.id, (place, item_ids)


def keyed_items(records: Records) -> Iterator[tuple[str, bytes]]:
    """Yields (user id, item id) for each interaction record."""
    for _, user_id, item_id in _numbered(
        records, feature_keys.USER_ID, feature_keys.ITEM_ID
    ):
        yield user_id.decode(), item_id


def join_history(
    element: tuple[str, dict[str, Any]],
) -> Iterator[tuple[int, Placed]]:
    """Yields (shard, inputs of `recommend_excluding`) for a user.

    The excluded items are all items that the user has interacted with, in the
    training data and in the held-out splits. Users without a record are
    skipped.

    Args:
        element: User id, with the user's (place, training item ids) under
            `users` and the held-out item ids under `held_out`.
    """
    _, grouped = element
    for place, item_ids in grouped["users"]:
        history = sorted({*item_ids, *grouped["held_out"]})
        inputs = {"user_id": place.id.encode(), "exclude_ids": history}
        yield place.shard, (place, inputs)


def user_batches(
    element: tuple[int, Iterable[Placed]], batch_size: int
) -> Iterator[list[Placed]]:
    """Yields batches of users with similar interaction counts.

    The lists of excluded items are padded to the longest of the batch, and
    the model's work grows with the square of that length. Users with very
    many interactions therefore get smaller batches; see `MAX_COMPARISONS`.

    Args:
        element: Index of a shard and its users.
        batch_size: Maximum number of users per batch.
    """
    _, users = element
    batch: list[Placed] = []
    for user in sorted(users, key=_length_then_place):
        comparisons = (len(batch) + 1) * _length_then_place(user)[0] ** 2
        if batch and (
            len(batch) == batch_size or comparisons > MAX_COMPARISONS
        ):
            yield batch
            batch = []
        batch.append(user)
    if batch:
        yield batch


def user_row(element: Placed, top_n: int) -> Placed:
    """Returns the table row of a user, with at most `top_n` items."""
    place, outputs = element
    item_ids = [
        item_id.decode()
        for item_id in outputs["item_ids"][:top_n]
        if item_id != NO_ITEM
    ]
    return place, {
        "user_id": place.id,
        "item_ids": item_ids,
        "scores": outputs["scores"][: len(item_ids)],
    }


def _numbered(records: Records, *names: str) -> Iterator[tuple[int, Any, Any]]:
    """Yields each record's index in its shard and two feature values."""
    first, second = (records.columns[name] for name in names)
    numbers = range(records.start, records.start + len(first))
    yield from zip(numbers, first, second, strict=True)


def _length_then_place(user: Placed) -> tuple[int, Place]:
    place, inputs = user
    return len(inputs["exclude_ids"]), place
