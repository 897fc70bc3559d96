"""Publishes a copy of the served version with other boosts of items."""

import logging
from collections.abc import Iterable

from atelier.io.errors import UserError
from export.availability.publish_copy import publish_copy
from export.availability.publish_copy import read_catalog
from export.availability.publish_copy import warn_unknown
from export.availability.read_boosts import read_boost_table
from export.index.boosts import Boost
from export.publishing.publisher import publishing
from export.publishing.version import BOOSTS
from export.publishing.version import served_version

_logger = logging.getLogger(__name__)


def publish_boosts(
    model_dir: str,
    boosts: str,
    item_column: str = "item_id",
    boost_column: str = "boost",
    keep: int | None = None,
) -> str:
    """Publishes a version with the boosts of a table, and no others.

    Args:
        model_dir: Folder of all versions of a recommender.
        boosts: Path of the table, `.csv` or `.parquet`; a table without rows
            removes all boosts.
        item_column: Name of the id column.
        boost_column: Name of the column of boosts: a number of standard
            deviations of the scores of a user, `pin` or `bury`.
        keep: Number of models to keep, each in its newest version; None for
            all versions.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If there is no version, the table has an error or only items
            that are not in the catalog, or the results of the new version
            differ in more than boosts.
    """
    rows = read_boost_table(boosts, item_column, boost_column)
    with publishing(model_dir, keep=keep) as publisher:
        served = served_version(model_dir)
        catalog = set(read_catalog(served))
        unknown = [row for row in rows if row.item_id not in catalog]
        if rows and len(unknown) == len(rows):
            raise UserError(
                f"--boosts {boosts} holds no id of the catalog of "
                f"{served.path}, only unknown ids such as "
                f"{unknown[0].item_id!r} in row {unknown[0].row}; check the "
                "file and --item_column"
            )
        known = {
            row.item_id: row.boost for row in rows if row.item_id in catalog
        }
        _log_counts(known.values())
        warn_unknown([f"{row.item_id} (row {row.row})" for row in unknown])
        counts = {"known": len(known), "unknown": len(unknown)}
        entry = {BOOSTS: {"items": boosts, **counts}}
        return publish_copy(publisher, served, entry, boosts=known)


def _log_counts(boosts: Iterable[Boost]) -> None:
    ranks = [boost.rank for boost in boosts]
    _logger.info(
        f"{ranks.count(0)} items are boosted, "
        f"{sum(rank > 0 for rank in ranks)} pinned, "
        f"{sum(rank < 0 for rank in ranks)} buried"
    )
