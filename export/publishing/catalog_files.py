"""Writers of the catalog folder of a version, for pages that show the model."""

import json
import logging
import os
import time
from collections.abc import Iterable
from typing import Any

import numpy as np

from atelier.schema import paths
from atelier.schema.catalog_files import CATALOG
from atelier.schema.catalog_files import ITEMS
from atelier.schema.catalog_files import SUMMARY
from atelier.schema.catalog_files import THUMBNAIL_SIZE
from atelier.schema.catalog_files import THUMBNAILS
from atelier.schema.catalog_files import thumbnail_name
from atelier.schema.item import Item
from export.servables.attribute_values import attributes_of
from export.servables.product_data import TEXTS
from trainer.data.thumbnails import encode_jpeg
from trainer.data.thumbnails import scale_jpeg

_logger = logging.getLogger(__name__)


def write_catalog(
    version_dir: str,
    summary: dict[str, Any],
    items: Iterable[Item],
    thumbnail_size: int | None,
) -> None:
    """Writes the catalog folder of a recommender, item by item.

    Args:
        version_dir: Folder of a version that is not served yet.
        summary: JSON fields of `catalog.json`.
        items: Items with images, in any order; none of them is kept.
        thumbnail_size: Side of the square images in pixels, of which larger
            ones are scaled; None to write no thumbnails.
    """
    start = time.monotonic()
    write_summary(version_dir, summary)
    folder = paths.join(version_dir, CATALOG)
    thumbnails = paths.join(folder, THUMBNAILS)
    num_items = num_thumbnails = 0
    if thumbnail_size:
        os.makedirs(thumbnails)
    with open(paths.join(folder, ITEMS), "w", encoding="utf-8") as file:
        for item in items:
            name = None
            if thumbnail_size:
                name = _write_thumbnail(thumbnails, item, thumbnail_size)
            row = {**_describe(item), "thumbnail": name}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            num_items += 1
            num_thumbnails += bool(name)
    _logger.info(
        f"catalog folder: {num_items} items, {num_thumbnails} thumbnails, "
        f"{time.monotonic() - start:.1f} s"
    )


def write_summary(version_dir: str, summary: dict[str, Any]) -> None:
    """Writes the summary of a model, and creates the catalog folder for it.

    Args:
        version_dir: Folder of a version that is not served yet.
        summary: JSON fields of `catalog.json`.
    """
    folder = paths.join(version_dir, CATALOG)
    os.makedirs(folder)
    with open(paths.join(folder, SUMMARY), "w", encoding="utf-8") as file:
        # NaN and infinity are no JSON, and a page could not read the file.
        json.dump(summary, file, ensure_ascii=False, indent=1, allow_nan=False)


def _write_thumbnail(folder: str, item: Item, image_size: int) -> str | None:
    """Writes a thumbnail; returns its name, None if the id is too long."""
    if name := thumbnail_name(item.item_id):
        jpeg = item.image
        if image_size > THUMBNAIL_SIZE:
            jpeg = encode_jpeg(scale_jpeg(jpeg, THUMBNAIL_SIZE))
        with open(paths.join(folder, name), "wb") as file:
            file.write(jpeg)
    return name


def _describe(item: Item) -> dict[str, Any]:
    """Returns the known fields of an item, as `item_info` returns them."""
    fields = {
        "item_id": item.item_id,
        **{name: getattr(item, name) for name in ("category", *TEXTS)},
        "attributes": dict(text.split("=", 1) for text in attributes_of(item)),
    }
    known = {name: value for name, value in fields.items() if value}
    if item.price is not None:
        known["price"] = shortest_price(item.price)
    return known


def shortest_price(price: float) -> float:
    """Returns the shortest decimal that is the same price in float32.

    Args:
        price: Price that was stored in single precision.
    """
    return float(str(np.float32(price)))
