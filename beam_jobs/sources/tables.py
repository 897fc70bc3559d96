"""`--source tables`: Parquet, CSV or JSON Lines, columns set by flags."""

import argparse
import dataclasses
from collections.abc import Iterator
from typing import ClassVar

from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.sources.columns import NamedColumns
from beam_jobs.sources.columns import attributes_of
from beam_jobs.sources.columns import check_attributes
from beam_jobs.sources.photo_root import photo_root_of
from beam_jobs.sources.source import CATEGORY
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import TIME
from beam_jobs.sources.source import USER_ID
from beam_jobs.sources.source import WEIGHT
from beam_jobs.sources.source import Source
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import Table
from beam_jobs.tables.table import open_table


@dataclasses.dataclass(frozen=True)
class Tables(Source):
    """Tables of interactions, items and images; one file may hold all three.

    Attributes:
        tables: Column mapping of each table, by table name.
        photo_root: Folder that relative image paths start from; None if the
            images are inside the table.
        has_times: Whether interactions have a time column.
        has_weights: Whether interactions have a weight column.
        interactions_hold: Names of the tables that are read from the
            interactions table.
    """

    name: ClassVar[str] = "tables"
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
    interactions_hold: tuple[str, ...]

    @classmethod
    def add_flags(cls, parser: argparse.ArgumentParser) -> None:
        """Adds the flags of the paths, the columns and the delimiter."""
        group = parser.add_argument_group(
            "tables (.parquet, .csv or .jsonl, the last two also as .gz; glob "
            "patterns allowed)"
        )
        group.add_argument(
            "--interactions", required=True, help="table of interactions"
        )
        group.add_argument(
            "--items", help="table of items (default: the --interactions table)"
        )
        group.add_argument(
            "--photos",
            help="table of images or image paths (default: the --items table)",
        )
        group.add_argument("--user_column", default="user_id")
        group.add_argument("--item_column", default="item_id")
        group.add_argument(
            "--time_column",
            help="dates, ISO times or seconds since 1970 (default: no times)",
        )
        group.add_argument(
            "--weight_column", help="weights of interactions (default: none)"
        )
        group.add_argument(
            "--category_column", help="categories of items (default: none)"
        )
        group.add_argument(
            "--attribute_columns",
            help="columns of item attributes, separated by commas",
        )
        group.add_argument(
            "--photo_column",
            default="photo",
            help="image bytes, or paths or URIs of images (default: photo)",
        )
        group.add_argument(
            "--photo_root",
            help="folder that relative image paths start from (default: folder "
            "of --photos)",
        )
        group.add_argument(
            "--delimiter",
            default=",",
            help="field separator of CSV files (default: comma)",
        )

    @classmethod
    def open(cls, args: argparse.Namespace) -> "Tables":
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
                },
            ),
            ITEMS: _open(
                args,
                items,
                {ITEM_ID: "item_column", CATEGORY: "category_column"},
                attributes_of(args),
            ),
            PHOTOS: _open(
                args, photos, {ITEM_ID: "item_column", PHOTO: "photo_column"}
            ),
        }
        return cls(
            tables=tables,
            photo_root=_photo_root(args, photos, tables[PHOTOS].table),
            has_times=args.time_column is not None,
            has_weights=args.weight_column is not None,
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
        column = str(self.tables[PHOTOS].columns[PHOTO])
        for row in self.tables[PHOTOS].table.read(chunk, [column]):
            if isinstance(row, Row):
                yield row.address, row.values[column]


def _open(
    args: argparse.Namespace,
    pattern: str,
    flags: dict[str, str],
    attributes: tuple[str, ...] = (),
) -> NamedColumns:
    """Opens a table and checks the columns of ids and attributes.

    Args:
        args: Parsed flags.
        pattern: Path or glob pattern of the files.
        flags: Flag that sets the column, by column name of `Source`.
        attributes: Further columns, the item attributes.
    """
    columns = {name: getattr(args, flag) for name, flag in flags.items()}
    table = open_table(
        pattern,
        {
            **{one: f"--{flags[name]}" for name, one in columns.items() if one},
            **dict.fromkeys(attributes, "--attribute_columns"),
        },
        args.delimiter,
    )
    for name in (USER_ID, ITEM_ID):
        if name in columns:
            _check_ids(table, columns[name])
    check_attributes(table, attributes)
    return NamedColumns(table, columns, attributes)


def _check_ids(table: Table, column: str) -> None:
    """Rejects id types without a unique text, such as floats: 1.0 or 1."""
    kind = table.types[column]
    if kind is not None and pa.types.is_dictionary(kind):
        kind = kind.value_type
    if not (kind is None or _is_text(kind) or pa.types.is_integer(kind)):
        raise UserError(
            f"column {column!r} of {table.pattern} holds {kind}; ids are "
            "strings or integers"
        )


def _photo_root(
    args: argparse.Namespace, photos: str, table: Table
) -> str | None:
    if not _holds_photos(table, args.photo_column):
        return photo_root_of(args, photos)
    if args.photo_root is not None:
        raise UserError(
            f"--photo_root has no effect if column {args.photo_column!r} of "
            f"{photos} holds image bytes; leave it out"
        )
    return None


def _holds_photos(table: Table, column: str) -> bool:
    kind = table.types[column]
    if kind is None or _is_text(kind):
        return False
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return True
    raise UserError(
        f"column {column!r} of {table.pattern} holds {kind}; images are bytes, "
        "or strings with their path"
    )


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
