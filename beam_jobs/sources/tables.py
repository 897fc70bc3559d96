"""`--source tables`: Parquet, CSV or JSON Lines, columns set by flags."""

import dataclasses
import itertools
import re
from collections.abc import Iterator
from typing import ClassVar

from atelier.cli.flags import Options
from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.sources.columns import NULL_VALUES
from beam_jobs.sources.columns import NamedColumns
from beam_jobs.sources.columns import attributes_of
from beam_jobs.sources.columns import check_texts
from beam_jobs.sources.photo_root import photo_root_of
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import DESCRIPTION
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import MASK
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import PRICE
from beam_jobs.sources.source import QUANTITY
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import TITLE
from beam_jobs.sources.source import URL
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.source import WEIGHT
from beam_jobs.sources.source import Source
from beam_jobs.tables.csv_file import QUOTES
from beam_jobs.tables.csv_file import Dialect
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import Table
from beam_jobs.tables.table import open_table

_IDS = (USER_ID, ITEM_ID)
_TEXTS = (TITLE, DESCRIPTION, URL)
_NEGATIVE = re.compile(r"\s*-\d")
_ROWS_EXAMINED = 10_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class TablesOptions(Options):
    """Flags of the paths, the columns and the format of the tables."""

    TITLE = (
        "tables (.parquet, .csv, .tsv, .jsonl, .gz; folders or glob patterns)"
    )
    interactions: str = option(..., "table of interactions")
    items: str | None = option(
        None, "table of items (default: the --interactions table)"
    )
    photos: str | None = option(
        None, "table of images or image paths (default: the --items table)"
    )
    user_column: str = option("user_id", "ids of users")
    item_column: str = option("item_id", "ids of items, in all three tables")
    time_column: str | None = option(
        None, "dates, ISO times or numbers since 1970 (default: no times)"
    )
    time_format: str = option(
        "auto",
        "auto: ISO 8601, UTC if without a zone, or seconds to nanoseconds "
        "since 1970 by their size, ambiguous times are rejected, and the last "
        "lines of the job state what was recognized; or one of seconds, "
        "milliseconds, microseconds, nanoseconds, spreadsheet (days), or a "
        "pattern such as %%d/%%m/%%Y",
    )
    weight_column: str | None = option(
        None, "weights of interactions (default: none)"
    )
    quantity_column: str | None = option(
        None,
        "numbers of pieces; rows with 0 or less are returns and are dropped "
        "(default: none)",
    )
    category_column: str | None = option(
        None, "categories of items (default: none)"
    )
    title_column: str | None = option(
        None, "titles of items, for people to read (default: none)"
    )
    description_column: str | None = option(
        None, "descriptions of items (default: none)"
    )
    price_column: str | None = option(
        None,
        "prices of items, numbers with a decimal point and without a currency "
        "(default: none)",
    )
    url_column: str | None = option(
        None, "links to the pages of items (default: none)"
    )
    group_column: str | None = option(
        None,
        "ids that the variants of a product share, such as its colors "
        "(default: none)",
    )
    attribute_columns: str | None = option(
        None,
        "columns of item attributes, separated by commas; a name with a comma "
        "in double quotes",
    )
    photo_column: str = option(
        "photo", "image bytes, or paths or URIs of images"
    )
    mask_column: str | None = option(
        None,
        "masks of the garments for --background white: image files beside "
        "image bytes, white or opaque where the garment is (default: the "
        "garment is found by a network)",
    )
    photo_root: str | None = option(
        None,
        "folder or URI that relative image paths start from and that holds all "
        "images but those over HTTP, such as gs://bucket (default: folder of "
        "--photos)",
    )
    delimiter: str | None = option(
        None, "field separator of CSV files (default: comma, tab for .tsv)"
    )
    csv_quotes: str = option(
        QUOTES[0],
        "how CSV files write a quote inside quotes: doubled; after a "
        "backslash, as Spark and MySQL do; none: a quote is a character like "
        "others, and a backslash escapes separators, as in tab-separated "
        "files of MySQL",
        choices=QUOTES,
    )
    null_values: str | None = option(
        None,
        "texts that stand for no value, separated by commas (default: "
        f"{','.join(NULL_VALUES)})",
    )


@dataclasses.dataclass(frozen=True)
class Tables(Source):
    """Tables of interactions, items and images; one file may hold all three.

    Attributes:
        tables: Column mapping of each table, by table name.
        photo_root: Folder that relative image paths start from; None if the
            images are inside the table.
        has_times: Whether interactions have a time column.
        has_weights: Whether interactions have a weight column.
        has_masks: Whether the table of the images has a mask column.
        time_format: Format of the times, see `parse_times`.
        notes: Sentences on the data, for the end of the job.
        interactions_hold: Names of the tables that are read from the
            interactions table.
    """

    name: ClassVar[str] = "tables"
    options: ClassVar[type[Options]] = TablesOptions
    path_flags: ClassVar[tuple[str, ...]] = (
        "interactions",
        "items",
        "photos",
        "photo_root",
    )
    tables: dict[str, NamedColumns]
    photo_root: str | None
    has_times: bool
    has_weights: bool
    has_masks: bool
    time_format: str
    notes: tuple[str, ...]
    interactions_hold: tuple[str, ...]

    @classmethod
    def open(cls, args: TablesOptions) -> "Tables":
        """Opens the tables and checks their columns."""
        items = args.items or args.interactions
        photos = args.photos or items
        tables = {
            INTERACTIONS: _open(
                args,
                args.interactions,
                {
                    USER_ID: "user_column",
                    ITEM_ID: "item_column",
                    TIME: "time_column",
                    WEIGHT: "weight_column",
                    QUANTITY: "quantity_column",
                },
            ),
            ITEMS: _open(
                args,
                items,
                {
                    ITEM_ID: "item_column",
                    CATEGORY: "category_column",
                    TITLE: "title_column",
                    DESCRIPTION: "description_column",
                    PRICE: "price_column",
                    URL: "url_column",
                    GROUP_ID: "group_column",
                },
                attributes_of(args.attribute_columns),
            ),
            PHOTOS: _open(
                args,
                photos,
                {
                    ITEM_ID: "item_column",
                    PHOTO: "photo_column",
                    MASK: "mask_column",
                },
            ),
        }
        return cls(
            tables=tables,
            photo_root=_photo_root(args, photos, tables[PHOTOS].table),
            has_times=args.time_column is not None,
            has_weights=args.weight_column is not None,
            has_masks=_has_masks(args, tables[PHOTOS].table),
            time_format=args.time_format,
            notes=()
            if args.quantity_column
            else _notes_on_returns(tables[INTERACTIONS].table),
            interactions_hold=tuple(
                name
                for name, pattern in ((ITEMS, items), (PHOTOS, photos))
                if pattern == args.interactions
            ),
        )

    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns the chunks of a table."""
        return self.tables[table].table.chunks

    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads the rows of a chunk, without image bytes."""
        columns = self.tables[table]
        if table == PHOTOS and self.photo_root is None:
            columns = dataclasses.replace(
                columns, columns={ITEM_ID: columns.columns[ITEM_ID]}
            )
        return columns.read(chunk)

    def read_photos(self, chunk: Chunk) -> Iterator[tuple[Address, object]]:
        """Reads the image column of a chunk."""
        return self._read_bytes(chunk, PHOTO)

    def read_masks(self, chunk: Chunk) -> Iterator[tuple[Address, object]]:
        """Reads the mask column of a chunk."""
        return self._read_bytes(chunk, MASK)

    def _read_bytes(
        self, chunk: Chunk, name: str
    ) -> Iterator[tuple[Address, object]]:
        column = str(self.tables[PHOTOS].columns[name])
        for row in self.tables[PHOTOS].table.read(chunk, [column]):
            if isinstance(row, Row):
                yield row.address, row.values[column]


def _open(
    args: TablesOptions,
    pattern: str,
    flags: dict[str, str],
    attributes: tuple[str, ...] = (),
) -> NamedColumns:
    """Opens a table and checks the columns of ids, texts and attributes.

    Args:
        args: Parsed flags.
        pattern: Path or glob pattern of the files.
        flags: Flag that sets the column, by column name of `Source`.
        attributes: Further columns, the item attributes.
    """
    columns = {name: getattr(args, flag) for name, flag in flags.items()}
    flag_of = {
        **{one: f"--{flags[name]}" for name, one in columns.items() if one},
        **dict.fromkeys(attributes, "--attribute_columns"),
    }
    table = open_table(
        pattern,
        flag_of,
        Dialect(args.delimiter, args.csv_quotes),
        sparse={
            *attributes,
            *(columns[name] for name in columns if name not in _IDS),
        },
    )
    for name in _IDS:
        if name in columns:
            _check_ids(table, columns[name])
    texts = {*attributes, *(columns.get(name) for name in _TEXTS)}
    check_texts(
        table, {one: flag for one, flag in flag_of.items() if one in texts}
    )
    null_values = tuple(listed(args.null_values or "")) or NULL_VALUES
    return NamedColumns(table, columns, attributes, null_values)


def _notes_on_returns(table: Table) -> tuple[str, ...]:
    """Returns a note if the first rows have negative quantities."""
    for name in table.column_names:
        if name.lower() in ("quantity", "qty"):
            rows = table.read(table.chunks[0], [name])
            for row in itertools.islice(rows, _ROWS_EXAMINED):
                if isinstance(row, Row) and _NEGATIVE.match(
                    str(row.values[name])
                ):
                    return (
                        f"note: column {name!r} of {table.pattern} has negative"
                        " numbers; such rows count as interactions, drop them "
                        f"with --quantity_column={name}",
                    )
    return ()


def _check_ids(table: Table, column: str) -> None:
    """Rejects id types that are neither text nor numbers, such as dates."""
    kind = table.types[column]
    if not (
        kind is None
        or kind in (pa.string(), pa.binary())
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
    ):
        raise UserError(
            f"column {column!r} of {table.pattern} holds {kind}; ids are "
            "strings or integers; convert the column"
        )


def _photo_root(args: TablesOptions, photos: str, table: Table) -> str | None:
    if not _holds_photos(table, args.photo_column):
        return photo_root_of(args.photo_root, photos)
    if args.photo_root is not None:
        raise UserError(
            f"--photo_root has no effect if column {args.photo_column!r} of "
            f"{photos} holds image bytes; leave it out"
        )
    return None


def _has_masks(args: TablesOptions, photos: Table) -> bool:
    if args.mask_column is None:
        return False
    for flag in ("photo_column", "mask_column"):
        column = getattr(args, flag)
        kind = photos.types[column]
        if kind != pa.binary():
            raise UserError(
                f"--mask_column needs image bytes, but --{flag} {column!r} of "
                f"{photos.pattern} holds {kind or 'text'}; write images and "
                "masks to binary columns of a Parquet file"
            )
    return True


def _holds_photos(table: Table, column: str) -> bool:
    kind = table.types[column]
    if kind is None or kind == pa.string():
        return False
    if kind == pa.binary():
        return True
    raise UserError(
        f"column {column!r} of {table.pattern} holds {kind}; images are bytes, "
        "or strings with their path"
    )
