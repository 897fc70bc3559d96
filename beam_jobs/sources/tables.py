"""`--source tables`: Parquet, CSV or JSON Lines, columns set by flags."""

import dataclasses
import itertools
import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

import apache_beam as beam

from atelier.cli.flags import Options
from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.sources.columns import NamedColumns
from beam_jobs.sources.fill_rows import fill_from_group
from beam_jobs.sources.fill_rows import fill_from_order
from beam_jobs.sources.item_names import name_items
from beam_jobs.sources.named_options import name_options
from beam_jobs.sources.open_tables import open_tables
from beam_jobs.sources.open_tables import unused_columns
from beam_jobs.sources.photo_root import photo_root_of
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import INTERACTIONS
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import ITEMS
from beam_jobs.sources.source import MASK
from beam_jobs.sources.source import PHOTO
from beam_jobs.sources.source import PHOTOS
from beam_jobs.sources.source import Source
from beam_jobs.sources.table_options import TablesOptions
from beam_jobs.sources.type_weights import parse_type_weights
from beam_jobs.sources.type_weights import weigh_types
from beam_jobs.tables.blocks import Block
from beam_jobs.tables.photo_folder import PhotoFolder
from beam_jobs.tables.photo_folder import is_photo_folder
from beam_jobs.tables.row import Address
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Row
from beam_jobs.tables.table import Table

_NEGATIVE = re.compile(r"\s*-\d")
_ROWS_EXAMINED = 10_000


@dataclasses.dataclass(frozen=True)
class Tables(Source):
    """Tables of interactions, items and images; one file may hold all three.

    Attributes:
        tables: Column mapping of each table, by table name.
        photo_folder: Folder of images named after their items, instead of a
            table of photos; None if there is a table.
        photo_root: Folder that relative image paths start from; None if the
            images are inside the table.
        has_times: Whether interactions have a time column.
        has_weights: Whether interactions have weights, by a column or by
            their type.
        has_masks: Whether the table of the images has a mask column.
        time_format: Format of the times, see `parse_times`.
        notes: Sentences on the data, for the end of the job.
        unused_columns: Columns of the tables that no flag names.
        interactions_hold: Names of the tables that are read from the
            interactions table.
        type_weights: Weight of an interaction by its type; empty if the
            types do not count.
        fills_from_order: Whether rows continue the order of the row before.
        fills_from_group: Whether variants share values of their product.
        names_items: Whether the ids of items are the names of variants.
        merges_variants: Whether variants with the same photo are one item.
        names_options: Whether columns hold the names of attributes.
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
    photo_folder: PhotoFolder | None
    photo_root: str | None
    has_times: bool
    has_weights: bool
    has_masks: bool
    time_format: str
    notes: tuple[str, ...]
    unused_columns: tuple[str, ...]
    interactions_hold: tuple[str, ...]
    type_weights: dict[str, float] = dataclasses.field(default_factory=dict)
    fills_from_order: bool = False
    fills_from_group: bool = False
    names_items: bool = False
    merges_variants: bool = False
    names_options: bool = False

    @classmethod
    def open(cls, args: TablesOptions) -> "Tables":
        """Opens the tables and checks their columns."""
        items = args.items or args.interactions
        photos = args.photos or items
        weights = _type_weights(args)
        tables = open_tables(args, items, photos)
        interactions = tables[INTERACTIONS].table
        return cls(
            tables=tables,
            photo_folder=_photo_folder(photos),
            photo_root=_photo_root(args, photos, tables),
            has_times=args.time_column is not None,
            has_weights=bool(weights or args.weight_column),
            has_masks=_has_masks(args, tables),
            time_format=args.time_format,
            notes=()
            if args.quantity_column
            else _notes_on_returns(interactions),
            unused_columns=unused_columns(tables.values()),
            interactions_hold=tuple(
                name
                for name, pattern in ((ITEMS, items), (PHOTOS, photos))
                if pattern == args.interactions
            ),
            type_weights=weights,
            fills_from_order=args.order_column is not None,
            fills_from_group=args.fill_from_group,
            names_items=args.item_name_columns is not None,
            merges_variants=args.merge_variants,
            names_options=args.option_columns is not None,
        )

    def chunks(self, table: str) -> tuple[Chunk, ...]:
        """Returns the chunks of a table."""
        if table == PHOTOS and self.photo_folder is not None:
            return self.photo_folder.chunks
        return self.tables[table].table.chunks

    def blocks(self, table: str, chunk: Chunk) -> list[Block]:
        """Returns the blocks of a large file, if no row completes another."""
        if table == INTERACTIONS:
            is_filled = self.fills_from_order
        else:
            is_filled = self.fills_from_group
        if is_filled or (table == PHOTOS and self.photo_folder is not None):
            return []
        return self.tables[table].table.blocks(chunk)

    def reader(self, table: str) -> beam.PTransform | None:
        """Returns Beam's reader of interactions in BigQuery."""
        if table == INTERACTIONS and not self.tables[table].table.chunks:
            return self.tables[table].reader()
        return None

    def rows_of(
        self, table: str, record: dict[str, Any]
    ) -> Iterator[Row | BadRow]:
        """Returns the rows of a record of interactions."""
        rows = self.tables[table].rows_of(record)
        if self.type_weights:
            rows = weigh_types(rows, self.type_weights)
        return rows

    def read(self, table: str, chunk: Chunk) -> Iterator[Row | BadRow]:
        """Reads the rows of a chunk, without image bytes."""
        if table == PHOTOS and self.photo_folder is not None:
            return iter(self.photo_folder.read(chunk))
        columns = self.tables[table]
        if table == PHOTOS and self.photo_root is None:
            texts = {
                name: column
                for name, column in columns.columns.items()
                if name not in (PHOTO, MASK)
            }
            columns = dataclasses.replace(columns, columns=texts)
        rows = columns.read(chunk)
        if table == INTERACTIONS and self.fills_from_order:
            rows = fill_from_order(rows)
        if table == INTERACTIONS and self.type_weights:
            rows = weigh_types(rows, self.type_weights)
        if table == ITEMS and self.names_options:
            rows = name_options(rows, shares_names=self.fills_from_group)
        if self.fills_from_group and GROUP_ID in columns.columns:
            rows = fill_from_group(rows)
            if self.names_items:
                rows = name_items(rows)
        return rows

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


def _type_weights(args: TablesOptions) -> dict[str, float]:
    """Returns the weights by type, empty without `--type_column`.

    Raises:
        UserError: If one of the two flags is missing, or a weight is invalid.
    """
    if (args.type_column is None) != (args.type_weights is None):
        raise UserError(
            "--type_column and --type_weights go together; give both, such "
            "as --type_column=event_name --type_weights=purchase=5,view=1"
        )
    if args.type_weights is None:
        return {}
    if args.weight_column is not None:
        raise UserError(
            "--type_weights and --weight_column both set the weights; leave "
            "one out"
        )
    return parse_type_weights(args.type_weights)


def _photo_folder(photos: str) -> PhotoFolder | None:
    return (
        PhotoFolder(photos, ITEM_ID, PHOTO) if is_photo_folder(photos) else None
    )


def _notes_on_returns(table: Table) -> tuple[str, ...]:
    """Returns a note if the first rows have negative quantities."""
    for name in table.column_names:
        if table.chunks and name.lower() in ("quantity", "qty"):
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


def _photo_root(
    args: TablesOptions, photos: str, tables: Mapping[str, NamedColumns]
) -> str | None:
    if PHOTOS not in tables:
        if args.photo_root is not None:
            raise UserError(
                f"--photo_root has no effect if --photos {photos} is a folder "
                "of images; leave it out"
            )
        return photos
    if not _holds_photos(tables[PHOTOS].table, args.photo_column):
        return photo_root_of(args.photo_root, photos)
    if args.photo_root is not None:
        raise UserError(
            f"--photo_root has no effect if column {args.photo_column!r} of "
            f"{photos} holds image bytes; leave it out"
        )
    return None


def _has_masks(args: TablesOptions, tables: Mapping[str, NamedColumns]) -> bool:
    if args.mask_column is None:
        return False
    if PHOTOS not in tables:
        raise UserError(
            "--mask_column needs image bytes in a Parquet file, but --photos "
            "is a folder of images; leave it out"
        )
    photos = tables[PHOTOS].table
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
