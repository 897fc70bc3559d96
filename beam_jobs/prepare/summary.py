"""Counts of read, written and rejected records, for the manifest."""

import json
from collections.abc import Collection
from collections.abc import Sequence
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from atelier.schema import paths
from beam_jobs.prepare.cut_photos import CUT
from beam_jobs.prepare.decode_images import DecodedItem
from beam_jobs.prepare.hot_keys import HOT_KEYS
from beam_jobs.prepare.pseudonyms import HASHED_EMAILS
from beam_jobs.prepare.record_writers import WrittenRecord
from beam_jobs.prepare.rejections import NO_TRAINING
from beam_jobs.prepare.rejections import USER_TOO_FEW
from beam_jobs.prepare.rejections import Rejection
from beam_jobs.shards import atomic_beam_write
from beam_jobs.stable_hash import add_hashes

Key = tuple[str, ...]
COUNTS = (
    "users",
    "items",
    "categories",
    *paths.SPLITS,
    "identical_photos",
    "items_with_text",
)
"""Counters of the manifest, which are present even if 0."""
_LISTED = 20
"""Number of unused columns that are listed."""


def count_row(_: object, table: str) -> tuple[Key, int]:
    """Returns (key, 1) for a row of a table, readable or not."""
    return ("rows", table), 1


def count_rejection(rejection: Rejection) -> tuple[Key, int]:
    """Returns (key, 1) for a rejected row."""
    return rejection.count_key(), 1


def count_cutout(item: DecodedItem) -> tuple[Key, int]:
    """Returns (key, 1) for the outcome of cutting an item's photo."""
    return ("cutouts", item.cutout), 1


def count_text(item: DecodedItem) -> tuple[Key, int]:
    """Returns (key, 1 if an item has a title or a description, else 0)."""
    return ("counts", "items_with_text"), int(item.has_text)


def count_record(record: WrittenRecord) -> tuple[Key, int]:
    """Returns (key, 1) for a written record."""
    return ("counts", record.kind), 1


def await_file(_: object) -> tuple[Key, int]:
    """Returns (key, 0): the summary, which ends a job, follows the file."""
    return ("counts", "items"), 0


def hash_of(record: WrittenRecord) -> bytes:
    """Returns the hash of a written record."""
    return record.hash


class WriteSummary(beam.PTransform):
    """Writes counts and the content hash as one JSON file.

    The input is a collection of (key, count) pairs.

    Args:
        path: Path of the JSON file.
        hashes: Hashes of all written records.

    Example:
        counts | WriteSummary("data/prepare-staging/summary.json", hashes)
    """

    def __init__(self, path: str, hashes: beam.PCollection[bytes]) -> None:
        super().__init__()
        self._path = path
        self._hashes = hashes

    def expand(self, counts: beam.PCollection[Any]) -> beam.PCollection[None]:
        """Returns a collection of one None; the file is the result."""
        content_hash = self._hashes | "Add hashes" >> beam.CombineGlobally(
            add_hashes
        )
        return (
            counts
            | "Add counts" >> beam.CombinePerKey(sum)
            | "Gather" >> beam.combiners.ToList()
            | "Write"
            >> beam.Map(
                _write_summary,
                self._path,
                beam.pvalue.AsSingleton(content_hash),
            )
        )


def read_summary(path: str) -> dict[str, Any]:
    """Reads the file of `WriteSummary`.

    Returns:
        `counts` {name: n}, `rows` {table: n}, `rejected` {table: {reason: n}},
        `dropped_users` {reason: n}, `hashed_emails` n, `cutouts`
        {outcome: n}, `times` {format: {year: n}}, `hot_keys`
        {table: {id: n}} and `content_hash`.
    """
    with FileSystems.open(path) as file:
        raw = json.load(file)
    summary: dict[str, Any] = {
        "counts": dict.fromkeys(COUNTS, 0),
        "rows": {},
        "rejected": {},
        "dropped_users": {},
        HASHED_EMAILS: 0,
        "cutouts": {},
        "times": {},
        HOT_KEYS: {},
        "content_hash": raw["content_hash"],
    }
    for key, count in sorted(raw["numbers"]):
        *parents, leaf = key
        node = summary
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = count
    return summary


def kept_line(
    num_users: int, dropped: dict[str, int], min_interactions: int
) -> str:
    """Returns how many users were kept, a line for the terminal.

    Args:
        num_users: Number of users in the data set.
        dropped: Number of users that were dropped, by reason.
        min_interactions: Minimum interaction count of a user.
    """
    reasons = {
        USER_TOO_FEW: f"have fewer than {min_interactions} interactions",
        NO_TRAINING: "have no training interactions",
    }
    told = [f"{n:,} {reasons[reason]}" for reason, n in dropped.items()]
    total = num_users + sum(dropped.values())
    return ", ".join([f"{num_users:,} of {total:,} users kept", *told])


def emails_line(num_rows: int) -> list[str]:
    """Returns the number of rows with an e-mail address, as a line or none.

    Args:
        num_rows: Number of interactions whose user id was hashed.
    """
    if not num_rows:
        return []
    return [
        f"e-mail addresses hashed in {num_rows:,} rows; --email_users keep "
        "stores them as they are"
    ]


def unused_line(columns: Sequence[str]) -> list[str]:
    """Returns the columns that were not used, a line for the terminal.

    Args:
        columns: Names of the columns.
    """
    if not columns:
        return []
    more = len(columns) - _LISTED
    rest = f" and {more} more" if more > 0 else ""
    return [f"columns not used: {', '.join(columns[:_LISTED])}{rest}"]


def times_lines(times: dict[str, dict[str, int]]) -> list[str]:
    """Returns how times were read, a line per format, for the terminal."""
    return [
        f"times read as {name}: {sum(years.values()):,}, {_span(years)}"
        for name, years in times.items()
    ]


def _span(years: Collection[str]) -> str:
    first, last = min(years), max(years)
    return f"in {first}" if first == last else f"from {first} to {last}"


def cutout_lines(cutouts: dict[str, int]) -> list[str]:
    """Returns how many garments were cut out, a line for the terminal."""
    if not cutouts:
        return []
    whole = {name: n for name, n in cutouts.items() if name != CUT}
    listed = ", ".join(f"{n:,} {name}" for name, n in whole.items())
    reasons = f" ({listed})" if whole else ""
    return [
        f"garments cut out: {cutouts.get(CUT, 0):,}; photos kept whole: "
        f"{sum(whole.values()):,}{reasons}"
    ]


def _write_summary(
    numbers: list[tuple[Key, int]], path: str, content_hash: bytes
) -> None:
    text = json.dumps({"numbers": numbers, "content_hash": content_hash.hex()})
    atomic_beam_write(path, text.encode())
