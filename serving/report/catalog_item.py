"""Catalog item of the report; imports no TensorFlow, for `demo.sh`."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class CatalogItem:
    """Catalog item in the report.

    Attributes:
        image: Image as a data URI.
        category: Category of the item.
        title: Title of the item, "" if it has none.
    """

    image: str
    category: str
    title: str = ""
