"""Common interface of all sources of raw data."""

import abc
from collections.abc import Iterator
from typing import Any
from typing import ClassVar

import apache_beam as beam

from atelier.cli.flags import Options
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.text import file_size

INTERACTIONS = "interactions"
ITEMS = "items"
PHOTOS = "photos"

USER_ID = "user_id"
ITEM_ID = "item_id"
TIME = "time"
WEIGHT = "weight"
QUANTITY = "quantity"
CATEGORY = "category"
TITLE = "title"
DESCRIPTION = "description"
PRICE = "price"
URL = "url"
GROUP_ID = "group_id"
ATTRIBUTES = "attributes"
PHOTO = "photo"
MASK = "mask"


class Source(abc.ABC):
    """Raw data as three tables of a uniform format.

    The launcher opens and pickles a source, and the workers read it. Values
    are passed on unchanged; the job validates them. The columns are

    - `INTERACTIONS`: `USER_ID`, `ITEM_ID`, `TIME` (in `time_format`; None if
      unknown), `WEIGHT` (a number or None) and `QUANTITY` (a number, at most 0
      for a return, or None);
    - `ITEMS`: `ITEM_ID`, `ATTRIBUTES` ({name: value}), and `CATEGORY`,
      `TITLE`, `DESCRIPTION`, `PRICE` (a number), `URL` and `GROUP_ID`, each
      None if missing;
    - `PHOTOS`: `ITEM_ID` and `PHOTO`, a path or URI, None if missing.

    Attributes:
        name: Value of `--source`.
        options: Flags of the source.
        path_flags: Names of the flags that hold paths.
        photo_root: Folder that relative image paths start from; None if the
            images are inside the chunks.
        has_times: Whether interactions may have a time.
        has_weights: Whether interactions may have a weight.
        has_masks: Whether the chunks of `PHOTOS` hold masks of the garments.
        time_format: Format of the times, see `parse_times`.
        notes: Sentences on the data, for the end of the job.
        unused_columns: Columns of the tables that are not read.
        merges_variants: Whether items of one group with the same path of the
            photo are one item.
        interactions_hold: Names, `ITEMS` or `PHOTOS`, of the tables that are
            read from the interactions table, where an item has one row per
            interaction.

    Example:
        source = SOURCES[args.source].open(args.of_source)
        for chunk in source.chunks(ITEMS):
            rows = list(source.read(ITEMS, chunk))
    """

    name: ClassVar[str]
    options: ClassVar[type[Options]]
    path_flags: ClassVar[tuple[str, ...]]
    photo_root: str | None
    has_times: bool = True
    has_weights: bool = True
    has_masks: bool = False
    time_format: str = "auto"
    notes: tuple[str, ...] = ()
    unused_columns: tuple[str, ...] = ()
    merges_variants: bool = False
    interactions_hold: tuple[str, ...] = ()

    @classmethod
    @abc.abstractmethod
    def open(cls, args: Any) -> "Source":
        """Finds and checks the files before the job starts.

        Args:
            args: Values of the flags, an instance of `options`.

        Raises:
            UserError: If a file is missing or invalid.
        """

    @abc.abstractmethod
    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns the chunks of a table, which workers read in parallel."""

    def blocks(self, table: str, chunk: Chunk) -> list[Block]:
        """Returns the blocks of a large file that many workers may read.

        Args:
            table: Name of the table.
            chunk: Chunk of the whole file.

        Returns:
            An empty list, the default, if a worker reads the chunk as a unit.
        """
        return []

    def is_larger(self, table: str, size: int) -> bool:
        """Returns whether a table has more bytes than a size, or may have."""
        if self.reader(table) is not None:
            return True
        total = 0
        for path in {chunk.path for chunk in self.chunks(table)}:
            total += file_size(path)
            if total > size:
                return True
        return False

    def reader(self, table: str) -> beam.PTransform | None:
        """Returns the transform that reads records of a table without chunks.

        Returns:
            None, the default, if the table has chunks.
        """
        return None

    def rows_of(
        self, table: str, record: dict[str, Any]
    ) -> Iterator[Row | BadRow]:
        """Returns the rows of a record of `reader`."""
        raise NotImplementedError

    @abc.abstractmethod
    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads a chunk of a table, without image bytes."""

    def read_photos(self, chunk: Chunk) -> Iterator[tuple[Address, object]]:
        """Reads the images inside a chunk of `PHOTOS`.

        Yields:
            (address, image) of each row that `read` yields; the image is
            bytes, or any other object if the row has none.
        """
        raise NotImplementedError

    def read_masks(self, chunk: Chunk) -> Iterator[tuple[Address, object]]:
        """Reads the masks of the garments inside a chunk of `PHOTOS`.

        Yields:
            As `read_photos`.
        """
        raise NotImplementedError
