"""Publishes a copy of the served version with other items in stock."""

import logging

from atelier.io.errors import UserError
from export.availability.publish_copy import publish_copy
from export.availability.publish_copy import read_catalog
from export.availability.publish_copy import warn_unknown
from export.availability.read_item_ids import read_item_list
from export.publishing.publisher import publishing
from export.publishing.version import STOCK
from export.publishing.version import Version
from export.publishing.version import served_version

_logger = logging.getLogger(__name__)


def publish_in_stock(
    model_dir: str,
    items: str,
    column: str = "item_id",
    max_drop: float = 0.5,
    keep: int | None = None,
) -> str:
    """Publishes a version that lists only the items in stock.

    Args:
        model_dir: Folder of all versions of a recommender.
        items: Path of the list of items in stock, `.txt`, `.csv` or `.parquet`.
        column: Name of the id column of a table.
        max_drop: Maximum fraction by which the number of items in stock may
            drop; 1 turns the check off.
        keep: Number of models to keep, each in its newest version; None for
            all versions.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If there is no version, no item of the catalog is in stock,
            the number of items in stock drops too far, or the results of the
            new version differ in more than availability.
    """
    ids = read_item_list(items, column)
    with publishing(model_dir, keep=keep) as publisher:
        served = served_version(model_dir)
        catalog = read_catalog(served)
        in_stock = set(ids) & set(catalog)
        unknown = [item_id for item_id in ids if item_id not in in_stock]
        _check_list(items, served, len(in_stock), unknown, max_drop)
        _logger.info(
            f"in stock: {len(in_stock)} of the {len(catalog)} items of the "
            "catalog"
        )
        warn_unknown(sorted(unknown))
        counts = {"known": len(in_stock), "unknown": len(unknown)}
        entry = {STOCK: {"items": items, **counts}}
        return publish_copy(publisher, served, entry, in_stock=in_stock)


def _check_list(
    items: str, served: Version, known: int, unknown: list[str], max_drop: float
) -> None:
    """Rejects lists without a known item, and lists that seem truncated."""
    if not known:
        raise UserError(
            f"--items {items} holds no id of the catalog of {served.path}, "
            f"only unknown ids such as {unknown[0]!r}, so nothing would be "
            "recommended; check the file and --item_column"
        )
    before = served.metadata.get(STOCK, {"known": 0})["known"]
    if not known >= (1 - max_drop) * before:
        raise UserError(
            f"--items {items} leaves {known} items in stock, of {before} "
            "before, so it may be truncated; check it, or give a larger "
            f"--max_drop than {max_drop}"
        )
