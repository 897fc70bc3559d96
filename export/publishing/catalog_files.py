"""Writers of the catalog folder of a version, for pages that show the model."""

import json
import logging
import os
import time
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
from trainer.data.catalog_images import CatalogImages
from trainer.data.thumbnails import encode_jpeg
from trainer.data.thumbnails import scale_jpeg

_logger = logging.getLogger(__name__)


def write_catalog(
    version_dir: str,
    summary: dict[str, Any],
    items: list[Item],
    images: CatalogImages | None,
) -> None:
    """Writes the catalog folder of a recommender.

    Args:
        version_dir: Folder of a version that is not served yet.
        summary: JSON fields of `catalog.json`.
        items: Items without images, in item index order.
        images: Images of the items; None to write no thumbnails.
    """
    start = time.monotonic()
    write_summary(version_dir, summary)
    folder = paths.join(version_dir, CATALOG)
    thumbnails: list[str | None] = [None] * len(items)
    if images:
        item_ids = [item.item_id for item in items]
        thumbnails = write_thumbnails(
            paths.join(folder, THUMBNAILS), item_ids, images
        )
    with open(paths.join(folder, ITEMS), "w", encoding="utf-8") as file:
        for item, thumbnail in zip(items, thumbnails, strict=True):
            row = {**_describe(item), "thumbnail": thumbnail}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    _logger.info(
        f"catalog folder: {len(items)} items, "
        f"{sum(map(bool, thumbnails))} thumbnails, "
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


def write_thumbnails(
    folder: str, item_ids: list[str], images: CatalogImages
) -> list[str | None]:
    """Writes a thumbnail of each item.

    Args:
        folder: Folder to create.
        item_ids: Item ids, in item index order.
        images: Images of the items.

    Returns:
        File name for each item, None if the id is too long for one.
    """
    os.makedirs(folder)
    is_large = images.image_size > THUMBNAIL_SIZE
    names = list(map(thumbnail_name, item_ids))
    for items, jpegs in images.blocks():
        for item, jpeg in zip(items, jpegs.numpy(), strict=True):
            if not (name := names[item]):
                continue
            if is_large:
                jpeg = encode_jpeg(scale_jpeg(jpeg, THUMBNAIL_SIZE))
            with open(paths.join(folder, name), "wb") as file:
                file.write(jpeg)
    return names


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
