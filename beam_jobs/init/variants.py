"""Variants of a product: what their rows share, and which are one item."""

from collections.abc import Iterable
from collections.abc import Iterator

from beam_jobs.init.column_contents import share_in
from beam_jobs.init.joins import Log
from beam_jobs.init.joins import ranked
from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting
from beam_jobs.init.sample import SampledColumn
from beam_jobs.prepare.image_paths import first_photo
from beam_jobs.sources.fill_rows import BY_ID
from beam_jobs.sources.fill_rows import PRODUCT_ID
from beam_jobs.sources.fill_rows import VARIANT_PHOTO
from beam_jobs.sources.fill_rows import fill_from_group
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.sources.source import PHOTO
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row

SECTION = "Variants"
_SHARED = ("title_column", "category_column", "description_column")


def add_group(plan: Plan, log: Log) -> None:
    """Adds the column that variants share, and what they lack.

    Args:
        plan: Plan with the settings of the items.
        log: Interactions and items.
    """
    item = log.join.other
    for column in ranked(log.items, "group_column"):
        ids = {value.removeprefix(BY_ID) for value in column.distinct}
        repeats = len(column.distinct) < len(column.given)
        if column is item or not column.given or not repeats:
            continue
        evidence = (
            f"{len(column.distinct):,} products in {len(column.given):,} rows"
        )
        plan.add(SECTION, Setting("group_column", column.name, evidence))
        shared = [
            log.items.columns[str(name)]
            for flag in _SHARED
            if (name := plan.value_of(flag)) is not None
        ]
        shared += ranked(log.items, "photo_column")[:1]
        refers = share_in(item, ids) > 0
        if refers or any(one.filled < 0.99 for one in shared):
            evidence = "rows of a product lack what its first row states"
            plan.add(SECTION, Setting("fill_from_group", True, evidence))
            _add_product_id(plan, log, column)
        return


def add_merging(plan: Plan, log: Log) -> None:
    """Adds the photos of variants, and whether those with one photo are merged.

    Args:
        plan: Plan with the settings of the items, the group and the photos.
        log: Interactions and items.
    """
    if plan.value_of("group_column") is None or plan.value_of("photos"):
        return
    if plan.value_of("fill_from_group"):
        for column in ranked(log.items, "variant_photo_column"):
            if column.name != plan.value_of("photo_column"):
                evidence = "pictures of a product stand beside its variants"
                setting = Setting("variant_photo_column", column.name, evidence)
                plan.add(SECTION, setting)
                break
    products = list(_products(plan, log))
    num_merged = len(set(products))
    if num_merged < len(products):
        evidence = (
            f"{len(products):,} ids, such as sizes, have {num_merged:,} photos"
        )
        plan.add(SECTION, Setting("merge_variants", True, evidence))
        plan.found.append(
            f"{log.items.path}: {evidence}; those with one photo are one item"
        )


def _add_product_id(plan: Plan, log: Log, group: SampledColumn) -> None:
    """Adds the column by which the group names products without an item id."""
    named = {
        value.removeprefix(BY_ID)
        for value in group.distinct
        if value.startswith(BY_ID)
    }
    for column in log.items.columns.values():
        is_id = len(column.distinct) == len(column.values)
        is_named = len(named & column.distinct.keys()) > len(named) / 2
        if is_id and is_named and column is not log.join.other:
            evidence = f"{group.name} names {len(named):,} products by it"
            setting = Setting("product_id_column", column.name, evidence)
            plan.add(SECTION, setting)
            return


def _products(plan: Plan, log: Log) -> Iterator[tuple[str, str | None]]:
    """Yields (product, photo) of each item id; (item, None) without a photo."""
    columns = {
        ITEM_ID: log.join.other.name,
        GROUP_ID: plan.value_of("group_column"),
        PHOTO: plan.value_of("photo_column"),
        PRODUCT_ID: plan.value_of("product_id_column"),
        VARIANT_PHOTO: plan.value_of("variant_photo_column"),
    }
    given = {
        name: log.items.columns[str(column)].values
        for name, column in columns.items()
        if column is not None
    }
    rows: Iterable[Row | BadRow] = (
        Row(("", row), dict(zip(given, values, strict=True)))
        for row, values in enumerate(zip(*given.values(), strict=True))
    )
    if plan.value_of("fill_from_group"):
        rows = fill_from_group(rows)
    seen = {None}
    for row in rows:
        if isinstance(row, Row) and row.values[ITEM_ID] not in seen:
            item, photo = row.values[ITEM_ID], row.values[PHOTO]
            seen.add(item)
            if photo is None:
                yield item, None
            else:
                product = row.values[GROUP_ID] or item
                yield product.removeprefix(BY_ID), first_photo(photo)
