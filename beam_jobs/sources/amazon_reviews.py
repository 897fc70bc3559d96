"""`--source amazon_reviews`: McAuley's Amazon reviews and metadata."""

import ast
import dataclasses
import html
import json
from collections.abc import Iterator
from typing import Any
from typing import ClassVar

from atelier.cli.flags import Options
from atelier.cli.flags import option
from beam_jobs.sources.columns import NamedColumns
from beam_jobs.sources.columns import attributes_of
from beam_jobs.sources.photo_root import photo_root_of
from beam_jobs.sources.source import ATTRIBUTES
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.source import WEIGHT
from beam_jobs.sources.source import Source
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import Table
from beam_jobs.tables.table import open_table

_ASIN = "asin"
_RELEASED = "(a file of McAuley's 2014 or 2018 release)"
_PHOTOS = ("imageURLHighRes", "imageURL", "image", "imUrl")
"""Keys of image URLs, best first: three of 2018, the last of 2014."""
_NO_PHOTO = "/no-img"
"""Part of the URL of Amazon's placeholder for a missing image."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AmazonReviewsOptions(Options):
    """Flags of the two tables and of the metadata keys."""

    TITLE = "Amazon reviews of 2014 or 2018 (.json, .jsonl, .gz; glob patterns)"
    reviews: str = option(..., "reviews, one interaction per review")
    metadata: str = option(..., "metadata of the items")
    category_depth: int = option(
        3, "levels of the category path to keep", least=1
    )
    attribute_columns: str | None = option(
        None,
        "metadata keys that become item attributes, separated by commas, for "
        "example brand",
    )
    photo_root: str | None = option(
        None,
        "folder with images named <asin>.jpg (default: download the images "
        "that the metadata link to)",
    )


@dataclasses.dataclass(frozen=True)
class AmazonReviews(Source):
    """Amazon reviews and metadata of 2014 or 2018, one JSON object per line.

    A review is an interaction, weighted by its stars. The review's text and
    the reviewer's name are not read.

    Attributes:
        photo_root: Folder that relative image paths start from.
        reviews: Table of the reviews.
        metadata: Table of the items.
        attributes: Metadata keys that become item attributes, by attribute.
        category_depth: Number of levels of a category path to keep.
        local_photos: Whether images are local files named after the item.
        time_format: Format of the times.
    """

    name: ClassVar[str] = "amazon_reviews"
    options: ClassVar[type[Options]] = AmazonReviewsOptions
    path_flags: ClassVar[tuple[str, ...]] = (
        "reviews",
        "metadata",
        "photo_root",
    )
    photo_root: str
    reviews: NamedColumns
    metadata: Table
    attributes: dict[str, str]
    category_depth: int
    local_photos: bool
    time_format: str = "seconds"

    @classmethod
    def open(cls, args: AmazonReviewsOptions) -> "AmazonReviews":
        """Opens the two tables and checks their keys."""
        attributes = attributes_of(args.attribute_columns)
        columns = {
            USER_ID: "reviewerID",
            ITEM_ID: _ASIN,
            TIME: "unixReviewTime",
            WEIGHT: "overall",
        }
        reviews = open_table(
            args.reviews,
            dict.fromkeys(columns.values(), f"--reviews {_RELEASED}"),
            parse=_parse,
        )
        metadata = open_table(
            args.metadata,
            {
                _ASIN: f"--metadata {_RELEASED}",
                **dict.fromkeys(attributes.values(), "--attribute_columns"),
            },
            parse=_parse,
            sparse=[*attributes.values()],
        )
        return cls(
            photo_root=photo_root_of(args.photo_root, args.metadata),
            reviews=NamedColumns(reviews, columns),
            metadata=metadata,
            attributes=attributes,
            category_depth=args.category_depth,
            local_photos=bool(args.photo_root),
        )

    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns the chunks of a table; images are listed with their items."""
        if table == INTERACTIONS:
            return self.reviews.table.chunks
        return self.metadata.chunks

    def blocks(self, table: str, chunk: Chunk) -> list[Block]:
        """Returns the blocks of a large file."""
        if table == INTERACTIONS:
            return self.reviews.table.blocks(chunk)
        return self.metadata.blocks(chunk)

    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads the rows of a chunk."""
        if table == INTERACTIONS:
            yield from self.reviews.read(chunk)
            return
        values_of = self._item if table == ITEMS else self._photo
        columns = [
            _ASIN,
            "categories",
            "category",
            *_PHOTOS,
            *self.attributes.values(),
        ]
        for row in self.metadata.read(chunk, columns):
            if isinstance(row, Row):
                row = Row(row.address, values_of(row.values))
            yield row

    def _item(self, found: dict[str, Any]) -> dict[str, Any]:
        return {
            ITEM_ID: found[_ASIN],
            CATEGORY: _category(found, self.category_depth),
            ATTRIBUTES: {
                name: found[key] for name, key in self.attributes.items()
            },
        }

    def _photo(self, found: dict[str, Any]) -> dict[str, Any]:
        photo = f"{found[_ASIN]}.jpg" if self.local_photos else _url(found)
        return {ITEM_ID: found[_ASIN], PHOTO: photo}


def _parse(line: str) -> Any:
    """Parses a line: JSON, or a Python literal as in the 2014 metadata."""
    try:
        return json.loads(line)
    except ValueError:
        try:
            return ast.literal_eval(line)
        except (ValueError, TypeError, SyntaxError, MemoryError) as error:
            # The original messages may quote the line.
            raise ValueError("not a Python dictionary either") from error


def _category(found: dict[str, Any], depth: int) -> str | None:
    """Joins the first levels of the first path, up to any HTML debris."""
    paths = found["categories"]  # 2014: list of paths. 2018: path.
    path = paths[0] if isinstance(paths, list) and paths else found["category"]
    steps: list[str] = []
    for step in path[:depth] if isinstance(path, list) else ():
        text = html.unescape(step) if isinstance(step, str) else ""
        if not text.strip() or "<" in text:
            break
        steps.append(" ".join(text.split()))
    return " > ".join(steps) or None


def _url(found: dict[str, Any]) -> str | None:
    """Returns the first image URL, in the order of `_PHOTOS`."""
    for name in _PHOTOS:
        value = found[name]
        for url in value if isinstance(value, list) else [value]:
            # Local paths from an untrusted file are not read.
            if (
                isinstance(url, str)
                and url.startswith(("http://", "https://"))
                and _NO_PHOTO not in url
            ):
                return url
    return None
