"""Columns of the items: title, category, price and attributes."""

import collections
import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from beam_jobs.init.column_contents import PRODUCT_TYPES
from beam_jobs.init.column_contents import share_of_currencies
from beam_jobs.init.column_contents import share_of_images
from beam_jobs.init.column_contents import share_of_prices
from beam_jobs.init.column_contents import share_of_urls
from beam_jobs.init.column_contents import values_per_item
from beam_jobs.init.item_names import tell_item_names
from beam_jobs.init.joins import Log
from beam_jobs.init.joins import ranked
from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting
from beam_jobs.init.sample import SampledColumn
from beam_jobs.prepare.parse_values import parse_price
from beam_jobs.sources.named_options import NO_OPTION
from beam_jobs.tables.known_names import normalized

SECTION = "Items"
_MOST_ATTRIBUTES = 8
_OPTION_VALUE = re.compile(r"((?:option|attribute_)\d+)_value(?:_s)?")


def add_items(plan: Plan, log: Log) -> None:
    """Adds the settings of the items table to the plan."""
    if log.items is not log.table:
        plan.add(
            SECTION,
            Setting(
                "items", log.items.path, f"{log.items.num_rows:,} rows read"
            ),
        )
    if log.join.other.is_name:
        plan.add(SECTION, tell_item_names(plan, log))
    elif log.join.other.name != log.join.column.name:
        plan.add(
            SECTION,
            Setting(
                "items_item_column",
                log.join.other.name,
                f"{len(log.join.other.distinct):,} different ids",
            ),
        )
    for flag, test in _TESTS.items():
        columns = list(_columns(log, flag, test))
        for column in columns[:1]:
            plan.add(SECTION, Setting(flag, column.name, _evidence(column)))
        for column in columns[1:]:
            plan.add(
                SECTION,
                Setting(flag, column.name, "or this one", is_active=False),
            )
    _add_attributes(plan, log)


def bad_prices(plan: Plan, log: Log) -> float:
    """Returns the share of the items whose price cannot be read."""
    name = plan.value_of("price_column")
    if name is None:
        return 0.0
    column = log.items.columns[str(name)]
    return (1 - _share_read(column)) * column.filled


def _share_read(column: SampledColumn) -> float:
    num_read = 0
    for value, rows in column.distinct.items():
        try:
            parse_price(value)
        except ValueError:
            continue
        num_read += rows
    return num_read / max(1, len(column.given))


def _columns(
    log: Log, flag: str, test: Callable[[SampledColumn], bool]
) -> Iterator[SampledColumn]:
    """Yields the columns for a flag, by name and values, the best first."""
    columns = ranked(log.items, flag)
    if flag == "price_column":
        columns += [
            one
            for one in log.items.columns.values()
            if one not in columns and share_of_currencies(one) >= 0.8
        ]
    for column in columns:
        # In a table of interactions, columns may describe the user or order.
        is_of_item = (
            log.items is not log.table
            or values_per_item(column, log.join.other) <= 1.1
        )
        is_id = column.name in (log.join.other.name, log.user.name)
        if column.given and is_of_item and not is_id and test(column):
            yield column


def _evidence(column: SampledColumn) -> str:
    return (
        f"{column.filled:.0%} of the rows have a value, such as "
        + (" ".join(column.given[0].split())[:40])
    )


def _is_category(column: SampledColumn) -> bool:
    types = {normalized(value) for value in column.distinct}
    return not types <= set(PRODUCT_TYPES) and (
        len(column.distinct) <= max(2, len(column.given) / 2)
    )


_TESTS: dict[str, Callable[[SampledColumn], bool]] = {
    "title_column": lambda one: share_of_urls(one) < 0.5,
    "description_column": lambda one: share_of_urls(one) < 0.5,
    "category_column": _is_category,
    "price_column": lambda one: share_of_prices(one) >= 0.8,
    "url_column": lambda one: (
        share_of_urls(one) >= 0.8 and share_of_images(one) < 0.5
    ),
}
"""Test of the values of each flag's column."""


def _add_attributes(plan: Plan, log: Log) -> None:
    pairs = _option_columns(log)
    columns = [
        one
        for one in _columns(log, "attribute_columns", _is_category)
        if one.filled > 0.05
        and len(one.distinct) > 1
        and one not in pairs.values()
    ]
    if columns:
        listing = _listing(one.name for one in columns[:_MOST_ATTRIBUTES])
        plan.add(
            SECTION, Setting("attribute_columns", listing, "by their names")
        )
    if pairs:
        listing = _listing(
            f"{name}={value.name}" for name, value in pairs.items()
        )
        names = collections.Counter(
            name for column in pairs for name in log.items.columns[column].given
        )
        common = " and ".join(name for name, _ in names.most_common(2))
        plan.add(
            SECTION,
            Setting("option_columns", listing, f"options, such as {common}"),
        )


def _option_columns(log: Log) -> dict[str, SampledColumn]:
    """Returns the columns of options, by the columns of their names.

    Exports of Shopify and WooCommerce have such pairs, "Option2 Name" and
    "Option2 Value".
    """
    by_form = {normalized(one.name): one for one in log.items.columns.values()}
    pairs = {}
    for form, value in by_form.items():
        match = _OPTION_VALUE.fullmatch(form)
        name = by_form.get(f"{match[1]}_name") if match else None
        if name and name.given and set(value.given) - {NO_OPTION}:
            pairs[name.name] = value
    return pairs


def _listing(columns: Iterable[str]) -> str:
    """Returns the columns as a flag takes them, separated by commas."""
    return ",".join(f'"{text}"' if "," in text else text for text in columns)
