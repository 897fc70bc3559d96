"""Rejected rows and images of `prepare`, for the report."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from beam_jobs.prepare.rejections import CHOICES

ROWS_SHOWN = 5
PHOTOS_SHOWN = 100
"""Maximum number of images per rejection reason."""


@dataclasses.dataclass
class LeftOutRows:
    """Input rows of a table that were rejected for the same reason.

    Attributes:
        table: Table name: `items`, `photos` or `interactions`.
        reason: Rejection code.
        count: Number of rejected rows.
        chosen: Whether the job filtered the rows by choice, not as errors.
        shown: First `ROWS_SHOWN` rows, with `file`, `row` and `detail`.
    """

    table: str
    reason: str
    count: int
    chosen: bool
    shown: list[dict[str, Any]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class RejectedPhotos:
    """Images that were rejected for the same reason.

    Attributes:
        reason: Rejection code.
        count: Number of rejected images.
        shown: First `PHOTOS_SHOWN` images, with `item_id`, `file`, `row`,
            `detail` and `thumbnail`, a base64 JPEG or None.
    """

    reason: str
    count: int = 0
    shown: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def read_left_out(
    data_dir: str, rejected: dict[str, dict[str, int]]
) -> list[LeftOutRows]:
    """Reads examples of rejected rows.

    Args:
        data_dir: Folder of the prepared data set.
        rejected: Counts by table and reason, `Manifest.rejected`.

    Returns:
        One entry per table and reason, in the order of the manifest.
    """
    groups = {
        (table, reason): LeftOutRows(table, reason, count, reason in CHOICES)
        for table, counts in rejected.items()
        for reason, count in counts.items()
    }
    lacking = sum(min(group.count, ROWS_SHOWN) for group in groups.values())
    rows = _read_lines(
        paths.join(data_dir, "rejected", "*.jsonl"),
        ("table", "file", "row", "reason", "detail"),
    )
    for row in rows:
        group = groups.get((row["table"], row["reason"]))
        if group and len(group.shown) < ROWS_SHOWN:
            group.shown.append(row)
            lacking -= 1
        if not lacking:
            break
    return list(groups.values())


def read_rejected_photos(data_dir: str) -> list[RejectedPhotos]:
    """Reads the thumbnails of rejected images.

    Args:
        data_dir: Folder of the prepared data set.

    Returns:
        One entry per reason, most frequent first.
    """
    groups: dict[str, RejectedPhotos] = {}
    rows = _read_lines(
        paths.join(data_dir, "rejected", "photos", "*.jsonl"),
        ("item_id", "file", "row", "reason", "detail", "thumbnail"),
    )
    for row in rows:
        group = groups.setdefault(row["reason"], RejectedPhotos(row["reason"]))
        group.count += 1
        if len(group.shown) < PHOTOS_SHOWN:
            group.shown.append(row)
    return sorted(
        groups.values(), key=lambda group: (-group.count, group.reason)
    )


def _read_lines(
    pattern: str, keys: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Yields the JSON objects of files with one object per line.

    Raises:
        UserError: If a line is not an object or lacks one of the keys.
    """
    for path in sorted(tf.io.gfile.glob(pattern)):
        with tf.io.gfile.GFile(path, "rb") as file:
            for index, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    yield {key: row[key] for key in keys}
                except (KeyError, TypeError, ValueError) as error:
                    raise UserError(
                        f"line {index} of {path} was not written by prepare "
                        f"({error!r}); prepare the data again"
                    ) from error
