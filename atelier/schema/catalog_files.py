"""Names and format of the catalog folder of a version, for pages that show it.

`export` writes the folder into each version, and a server of the studio reads
it; TF Serving ignores it. Plain Python, because servers run without TensorFlow.
"""

import urllib.parse

CATALOG = "assets.extra/catalog"
"""Folder in a version."""
FORMAT_VERSION = 1
SUMMARY = "catalog.json"
"""Summary of the model and its catalog, a JSON object."""
ITEMS = "items.jsonl"
"""Data of each item, one JSON object per line."""
THUMBNAILS = "thumbnails"
"""Folder of the thumbnails of the items, JPEG files."""
THUMBNAIL_SIZE = 256
"""Maximum side of a thumbnail, in pixels."""
_MAX_QUOTED = 200
"""Maximum length of a quoted id; file systems allow names of 255 bytes."""


def thumbnail_name(item_id: str) -> str | None:
    """Returns the file name of the thumbnail of an item.

    It is `encodeURIComponent(id)` of JavaScript with `.jpg`.

    Args:
        item_id: Item id.

    Returns:
        File name in `THUMBNAILS`; None if the id is too long for one.
    """
    quoted = urllib.parse.quote(item_id, safe="!~*'()")
    return f"{quoted}.jpg" if len(quoted) <= _MAX_QUOTED else None
