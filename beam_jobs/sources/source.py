"""The one interface of all sources of raw data."""

import abc
import argparse
from collections.abc import Iterator
from typing import ClassVar

from beam_jobs.tables.row import Address
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row

INTERACTIONS = "interactions"
ITEMS = "items"
PHOTOS = "photos"

USER_ID = "user_id"
ITEM_ID = "item_id"
TIME = "time"
WEIGHT = "weight"
CATEGORY = "category"
ATTRIBUTES = "attributes"
PHOTO = "photo"


class Source(abc.ABC):
    """Three tables in one form, whatever the files are.

    A source is opened by the launcher, pickled, and read by the workers.
    Values are passed on as they are found; the job checks them. Rows have

    - `INTERACTIONS`: `USER_ID`, `ITEM_ID`, `TIME` (seconds since 1970, a date
      or ISO text; None if unknown) and `WEIGHT` (a number or None);
    - `ITEMS`: `ITEM_ID`, `CATEGORY` (None if it has none) and `ATTRIBUTES`
      ({name: value});
    - `PHOTOS`: `ITEM_ID` and `PHOTO`, a path or URI, None if it is missing.

    Attributes:
        name: Value of `--source`.
        path_flags: Names of the flags that are paths.
        photo_root: Where relative paths of photos start; None where the
            photos lie inside the chunks.
        has_times: Whether interactions may have a time.
        has_weights: Whether interactions may have a weight.
        interactions_hold: `ITEMS` and `PHOTOS` where they are the interactions
            table as well, in which an item stands once for each who took it.
    """

    name: ClassVar[str]
    path_flags: ClassVar[tuple[str, ...]]
    photo_root: str | None
    has_times: bool = True
    has_weights: bool = True
    interactions_hold: tuple[str, ...] = ()

    @classmethod
    @abc.abstractmethod
    def add_flags(cls, parser: argparse.ArgumentParser) -> None:
        """Adds the flags that say where the files are."""

    @classmethod
    @abc.abstractmethod
    def open(cls, args: argparse.Namespace) -> "Source":
        """Finds and checks the files before any job starts.

        Raises:
            UserError: If a file is missing or is not what it should be.
        """

    @abc.abstractmethod
    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns the parts of a table, which workers read in parallel."""

    @abc.abstractmethod
    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads one of the three tables, without photos that lie inside."""

    def read_photos(self, chunk: Chunk) -> Iterator[tuple[Address, object]]:
        """Reads photos that lie inside a chunk of `PHOTOS`.

        Yields:
            The address of each row that `read` yields, and its photo: bytes,
            or something else where it has none.
        """
        raise NotImplementedError
