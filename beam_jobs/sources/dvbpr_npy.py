"""`--source dvbpr_npy`: the data files released by the DVBPR authors."""

import dataclasses
import functools
import threading
from collections.abc import Iterator
from collections.abc import Sequence
from typing import ClassVar

from atelier.cli.flags import Options
from atelier.cli.flags import option
from beam_jobs.sources.dvbpr_records import Content
from beam_jobs.sources.dvbpr_records import Interaction
from beam_jobs.sources.dvbpr_records import Product
from beam_jobs.sources.dvbpr_records import content_of
from beam_jobs.sources.safe_npy import load_objects
from beam_jobs.sources.source import ATTRIBUTES
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row

_CHUNK_ROWS = 4096
_ONE_AT_A_TIME = threading.Lock()


@dataclasses.dataclass(frozen=True, kw_only=True)
class DvbprNpyOptions(Options):
    """Flag of the file."""

    TITLE = "data released by the DVBPR authors"
    npy: str = option(
        ...,
        "file such as AmazonFashion6ImgPartitioned.npy; needs more memory than "
        "the file size; its train, validation and test lists are merged, and "
        "--split makes new ones",
    )


@dataclasses.dataclass(frozen=True)
class DvbprNpy(Source):
    """Files such as `AmazonFashion6ImgPartitioned.npy`, with images inside.

    Users and items are identified by their index in the file. The train,
    validation and test interactions are merged, because the job makes its own
    split. Each process that reads the file unpickles all of it, which needs
    more memory than the size of the file, and then keeps the required part,
    mostly the images.

    Attributes:
        path: Path of the `.npy` file.
        has_times: Whether any interaction has a time.
        photo_root: None, because the images are inside the chunks.
        has_weights: False; interactions have no weights.
        time_format: Format of the times.
    """

    name: ClassVar[str] = "dvbpr_npy"
    options: ClassVar[type[Options]] = DvbprNpyOptions
    path_flags: ClassVar[tuple[str, ...]] = ("npy",)
    path: str
    has_times: bool
    photo_root: None = None
    has_weights: bool = False
    time_format: str = "seconds"

    @classmethod
    def open(cls, args: DvbprNpyOptions) -> "DvbprNpy":
        """Loads the file, once per process."""
        interactions = _load(args.npy).interactions
        return cls(
            path=args.npy,
            has_times=any(
                isinstance(one, Interaction) and one.time is not None
                for one in interactions
            ),
        )

    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns ranges of rows; each worker process loads the whole file."""
        return tuple(
            Chunk(self.path, part, first)
            for part, first in enumerate(
                range(1, len(_entries(self.path, table)) + 1, _CHUNK_ROWS)
            )
        )

    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads the rows of a chunk, in the order of the file."""
        for address, entry in _rows(table, chunk):
            if isinstance(entry, str):
                yield BadRow(address, MALFORMED, entry)
            elif isinstance(entry, Interaction):
                yield Row(
                    address,
                    {
                        USER_ID: entry.user_id,
                        ITEM_ID: entry.item_id,
                        TIME: entry.time,
                    },
                )
            elif table == ITEMS:
                yield Row(
                    address,
                    {
                        ITEM_ID: entry.item_id,
                        CATEGORY: entry.category,
                        ATTRIBUTES: {"asin": entry.asin},
                    },
                )
            else:
                yield Row(address, {ITEM_ID: entry.item_id})

    def read_photos(self, chunk: Chunk) -> Iterator[tuple[Address, object]]:
        """Reads the images undecoded, mostly JPEG, a few PNG."""
        for address, entry in _rows(PHOTOS, chunk):
            if isinstance(entry, Product):
                yield address, entry.photo


def _rows(
    table: str, chunk: Chunk
) -> Iterator[tuple[Address, Interaction | Product | str]]:
    start = chunk.first_row - 1
    entries = _entries(chunk.path, table)[start : start + _CHUNK_ROWS]
    for number, entry in enumerate(entries, chunk.first_row):
        yield (chunk.path, number), entry


def _entries(path: str, table: str) -> Sequence[Interaction | Product | str]:
    content = _load(path)
    return content.interactions if table == INTERACTIONS else content.products


def _load(path: str) -> Content:
    with _ONE_AT_A_TIME:  # `lru_cache` may load it twice.
        return _cached(path)


@functools.lru_cache(maxsize=1)
def _cached(path: str) -> Content:
    return content_of(path, load_objects(path, 6))
