"""Decision on a folder: tables, columns, photos and limits."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator

from atelier.io.errors import UserError
from beam_jobs.init.encodings import add_encoding
from beam_jobs.init.interactions import add_interactions
from beam_jobs.init.item_names import with_item_names
from beam_jobs.init.items import add_items
from beam_jobs.init.joins import Log
from beam_jobs.init.joins import find_log
from beam_jobs.init.joins import ranked
from beam_jobs.init.limits import add_limits
from beam_jobs.init.photos import PhotoGuess
from beam_jobs.init.photos import add_photos
from beam_jobs.init.plan import Plan
from beam_jobs.init.sample import Sample
from beam_jobs.init.sample import SampledTable
from beam_jobs.init.variants import add_group
from beam_jobs.init.variants import add_merging


def decide(sample: Sample) -> Plan:
    """Guesses the flags of `prepare` for a folder.

    Args:
        sample: Tables and photos of the folder.

    Returns:
        The guessed flags.

    Raises:
        UserError: If interactions, items or photos are missing.
    """
    plan = Plan()
    tables = tuple(map(with_item_names, sample.tables))
    sample = dataclasses.replace(sample, tables=tables)
    log = find_log(tables)
    if log is None:
        raise UserError(" ".join(_missing(sample)))
    add_interactions(plan, log)
    add_items(plan, log)
    add_group(plan, log)
    photos = add_photos(plan, log, sample)
    if photos is None:
        told = (
            f"{sample.folder} has no photos of the items: neither a column "
            "with images, paths or URLs of images, nor image files named "
            f"after the values of {log.join.other.name!r} in "
            f"{log.items.path}; add them, such as with an export of the "
            "products"
        )
        problems = [f"{problem}." for problem in sample.problems]
        raise UserError(" ".join([*problems, *_empty_ids(sample.tables), told]))
    add_limits(plan, log, photos)
    used = {plan.value_of(name) for name in ("interactions", "items", "photos")}
    add_encoding(plan, (one for one in sample.tables if one.path in used))
    _describe(plan, log, photos, sample)
    add_merging(plan, log)
    return plan


def _missing(sample: Sample) -> list[str]:
    """Returns a sentence for each thing that is missing."""
    folder, tables = sample.folder, sample.tables
    problems = [f"{problem}." for problem in sample.problems]
    if not tables:
        return [
            *problems,
            f"{folder} holds no table that can be read: add exports as .csv, "
            ".tsv, .jsonl or .parquet.",
        ]
    told = list(_empty_ids(tables))
    if not any(ranked(table, "user_column") for table in tables):
        told.append(
            f"{folder} has no column with the users, such as customer_id or "
            "email: add an export of orders or events with it."
        )
    if not any(ranked(table, "item_column") for table in tables):
        told.append(
            f"{folder} has no column with the items, such as product_id or "
            "sku: add an export of orders or events with it."
        )
    if not told:
        told.append(
            f"No table of {folder} has both users and items that another table "
            "describes: add an export of orders or events with a row for each "
            "item, and ids of the user and the item in it."
        )
    return [*problems, *told]


def _empty_ids(tables: Iterable[SampledTable]) -> Iterator[str]:
    """Yields a sentence for each column of item ids that has no values."""
    for table in tables:
        for column in ranked(table, "item_column"):
            if not column.given:
                yield (
                    f"Column {column.name!r} of {table.path} has no values: "
                    "give the products ids such as SKUs, and export again."
                )


def _describe(plan: Plan, log: Log, photos: PhotoGuess, sample: Sample) -> None:
    table, items = log.table, log.items
    rows = "rows" if table.is_whole else "rows or more"
    plan.found += [
        f"{table.path}: interactions, {table.num_rows:,} {rows}, users in "
        f"{log.user.name!r}, items in {log.join.column.name!r}",
        f"{items.path}: items, {len(log.join.other.distinct):,} ids in "
        f"{log.join.other.name!r}",
    ]
    place = plan.value_of("photos") or items.path
    column = plan.value_of("photo_column")
    named = f"in {column!r}" if column else "files named after the items"
    plan.found.append(f"{place}: photos, {named}")
    if plan.value_of("email_users"):
        plan.found.append(
            f"users in {log.user.name!r} are e-mail addresses: the data set "
            "and the studio get hashes of them, see email_users"
        )
    used = {table.path, items.path, place}
    plan.left_out += [
        f"{other.path}: neither interactions, items nor photos"
        for other in sample.tables
        if other.path not in used
    ]
    plan.left_out += list(sample.problems)
