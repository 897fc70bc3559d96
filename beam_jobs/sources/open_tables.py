"""Opens the three tables of `--source tables` and checks their columns."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from atelier.cli.flags import listed
from atelier.io.errors import UserError
from atelier.io.parquet import pa
from beam_jobs.sources.columns import NULL_VALUES
from beam_jobs.sources.columns import NamedColumns
from beam_jobs.sources.columns import attributes_of
from beam_jobs.sources.columns import check_texts
from beam_jobs.sources.fill_rows import ORDER_ID
from beam_jobs.sources.fill_rows import PRODUCT_ID
from beam_jobs.sources.fill_rows import VARIANT_PHOTO
from beam_jobs.sources.item_names import name_columns
from beam_jobs.sources.named_options import option_columns
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
from beam_jobs.sources.table_options import TablesOptions
from beam_jobs.sources.type_weights import TYPE
from beam_jobs.tables.bigquery_table import is_bigquery
from beam_jobs.tables.csv_file import Dialect
from beam_jobs.tables.nested import parents_of
from beam_jobs.tables.photo_folder import is_photo_folder
from beam_jobs.tables.table import MissingColumnsError
from beam_jobs.tables.table import Table
from beam_jobs.tables.table import open_table

_IDS = (USER_ID, ITEM_ID)
_NAMES = "item_name_columns"
_OPTIONS = "option_columns"
_TEXTS = (TITLE, DESCRIPTION, URL)
_INTERACTION_FLAGS = {
    USER_ID: "user_column",
    ITEM_ID: "item_column",
    TIME: "time_column",
    WEIGHT: "weight_column",
    TYPE: "type_column",
    ORDER_ID: "order_column",
    QUANTITY: "quantity_column",
}
_ITEM_FLAGS = {
    CATEGORY: "category_column",
    TITLE: "title_column",
    DESCRIPTION: "description_column",
    PRICE: "price_column",
    URL: "url_column",
    GROUP_ID: "group_column",
    PRODUCT_ID: "product_id_column",
}
_FILLED_PHOTO_FLAGS = {
    GROUP_ID: "group_column",
    PRODUCT_ID: "product_id_column",
    VARIANT_PHOTO: "variant_photo_column",
}
"""Flags of the columns, by column name of `Source`."""


def open_tables(
    args: TablesOptions, items: str, photos: str
) -> dict[str, NamedColumns]:
    """Opens the tables by name, without a folder of photos.

    Raises:
        MissingColumnsError: If any of them lacks columns; all are named.
        UserError: If a table is invalid.
    """
    _check_group_flags(args, items, photos)
    _check_bigquery(args, items, photos)
    patterns = {INTERACTIONS: args.interactions, ITEMS: items, PHOTOS: photos}
    flags = _column_flags(args, items, photos)
    if is_photo_folder(photos):
        del patterns[PHOTOS]
    tables, missing = {}, []
    for name, pattern in patterns.items():
        attributes = args.attribute_columns if name == ITEMS else None
        try:
            tables[name] = _open(
                args, pattern, flags[name], attributes_of(attributes)
            )
        except MissingColumnsError as error:
            missing.append(str(error))
    if missing:
        raise MissingColumnsError("; ".join(dict.fromkeys(missing)))
    if args.fill_from_group:
        _require_whole_files(tables[ITEMS].table, "fill_from_group")
    if args.order_column is not None:
        _require_whole_files(tables[INTERACTIONS].table, "order_column")
    if args.item_name_columns is not None:
        _require_one_file(tables[ITEMS].table)
    return tables


def _column_flags(
    args: TablesOptions, items: str, photos: str
) -> dict[str, dict[str, str]]:
    """Returns the flag of each column name of `Source`, by table."""
    items_item = _item_flag(args, "items_item_column")
    photos_item = _item_flag(args, "photos_item_column")
    if args.photos_item_column is None and photos == items:
        photos_item = items_item
    names = name_columns(args.item_name_columns or "")
    options = option_columns(args.option_columns or "")
    fills = args.fill_from_group and photos == items
    name_flags = {name: _NAMES for name in names if name != ITEM_ID}
    option_flags = dict.fromkeys(options, _OPTIONS)
    return {
        INTERACTIONS: _INTERACTION_FLAGS,
        ITEMS: {
            ITEM_ID: items_item,
            **_ITEM_FLAGS,
            **name_flags,
            **option_flags,
        },
        PHOTOS: {
            ITEM_ID: photos_item,
            PHOTO: "photo_column",
            MASK: "mask_column",
            **({**_FILLED_PHOTO_FLAGS, **name_flags} if fills else {}),
        },
    }


def _item_flag(args: TablesOptions, name: str) -> str:
    """Returns the name of the flag with the item ids of a table."""
    if name == "items_item_column" and args.item_name_columns is not None:
        return _NAMES
    return "item_column" if getattr(args, name) is None else name


def _check_group_flags(args: TablesOptions, items: str, photos: str) -> None:
    """Requires the flags that others depend on.

    Raises:
        UserError: If one is missing.
    """
    for flag in ("fill_from_group", "merge_variants"):
        if getattr(args, flag) and args.group_column is None:
            raise UserError(
                f"--{flag} needs --group_column, the ids that the variants of "
                "a product share"
            )
    for flag in ("product_id_column", "variant_photo_column", _NAMES):
        if getattr(args, flag) is not None and not args.fill_from_group:
            raise UserError(f"--{flag} needs --fill_from_group; give both")
    if args.item_name_columns is not None:
        _check_name_columns(args)
    if args.variant_photo_column is not None and photos != items:
        raise UserError(
            "--variant_photo_column needs photos in the --items table, got "
            f"--photos {photos}; leave one out"
        )


def _check_bigquery(args: TablesOptions, items: str, photos: str) -> None:
    """Requires files for items and photos, and rows that stand alone.

    Raises:
        UserError: If another table than that of interactions is in BigQuery,
            or its rows, which have no order, would continue an order.
    """
    for flag, pattern in (("items", items), ("photos", photos)):
        if is_bigquery(pattern):
            raise UserError(
                f"--{flag} must be a file, got {pattern}; only --interactions "
                "is read from BigQuery, export the other tables"
            )
    if is_bigquery(args.interactions) and args.order_column is not None:
        raise UserError(
            "--order_column needs rows in order, which a table of BigQuery "
            "has not; leave it out, or export the table"
        )


def _check_name_columns(args: TablesOptions) -> None:
    """Requires names of columns, and no other flag for the ids of items.

    Raises:
        UserError: If a name is empty, or there is such a flag.
    """
    if not all(listed(args.item_name_columns or "") or [""]):
        raise UserError(
            "--item_name_columns must be the names of columns, separated by "
            f"commas, got {args.item_name_columns!r}"
        )
    for flag in ("items_item_column", "photos_item_column"):
        if getattr(args, flag):
            raise UserError(
                f"--item_name_columns and --{flag} both set the ids of items; "
                "leave one out"
            )


def _require_one_file(items: Table) -> None:
    """Requires that the names of all products are compared."""
    if len(items.chunks) > 1:
        raise UserError(
            "--item_name_columns compares the names of all products, but "
            f"{items.pattern} has {len(items.chunks)} files or parts; write "
            "it as one file"
        )


def _require_whole_files(table: Table, flag: str) -> None:
    """Requires that rows of a group or of an order are read together."""
    if len({chunk.path for chunk in table.chunks}) < len(table.chunks):
        raise UserError(
            f"--{flag} reads a file in one piece, but {table.pattern} has "
            "several row groups; write it with one, or as CSV"
        )


def _open(
    args: TablesOptions,
    pattern: str,
    flags: dict[str, str],
    attributes: Mapping[str, str],
) -> NamedColumns:
    """Opens a table and checks the columns of ids, texts and attributes.

    Args:
        args: Parsed flags.
        pattern: Path or glob pattern of the files.
        flags: Flag that sets the column, by column name of `Source`.
        attributes: Further columns, by item attribute.
    """
    columns = _columns(args, flags)
    flag_of = {
        **{one: f"--{flags[name]}" for name, one in columns.items() if one},
        **dict.fromkeys(attributes.values(), "--attribute_columns"),
    }
    table = open_table(
        pattern,
        flag_of,
        Dialect(args.delimiter, args.csv_quotes, args.csv_encoding),
        sparse={
            *attributes.values(),
            *(
                one
                for name, one in columns.items()
                # Events without items come before those with items.
                if one and (name not in _IDS or "." in one)
            ),
        },
    )
    for name in _IDS:
        if name in columns:
            _check_ids(table, columns[name])
    texts = {
        *attributes.values(),
        *(
            columns[name]
            for name, flag in flags.items()
            if name in _TEXTS or flag == _OPTIONS
        ),
    }
    check_texts(
        table, {one: flag for one, flag in flag_of.items() if one in texts}
    )
    null_values = tuple(listed(args.null_values or "")) or NULL_VALUES
    return NamedColumns(table, columns, attributes, null_values)


def _columns(args: TablesOptions, flags: Mapping[str, str]) -> dict[str, Any]:
    """Returns the column of each name in a row; some flags list several."""
    listed_by = {
        _NAMES: name_columns(args.item_name_columns or ""),
        _OPTIONS: option_columns(args.option_columns or ""),
    }
    return {
        name: listed_by[flag][name]
        if flag in listed_by
        else getattr(args, flag)
        for name, flag in flags.items()
    }


def unused_columns(tables: Iterable[NamedColumns]) -> tuple[str, ...]:
    """Returns the names of top-level columns that no table is read for."""
    known: dict[str, None] = {}
    used = set()
    for named in tables:
        table = named.table
        for column in table.column_names:
            if column not in table.nested:
                known[column] = None
        given = [one for one in named.columns.values() if one]
        used.update(
            parents_of([*given, *named.attributes.values()], table.nested)
        )
    return tuple(column for column in known if column not in used)


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
