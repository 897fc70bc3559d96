"""Names of the variants of products, as a column that orders may join."""

import dataclasses
import re

from beam_jobs.init.joins import Log
from beam_jobs.init.joins import ranked
from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting
from beam_jobs.init.sample import SampledColumn
from beam_jobs.init.sample import SampledTable
from beam_jobs.sources.fill_rows import fill_from_group
from beam_jobs.sources.item_names import name_columns
from beam_jobs.sources.item_names import name_items
from beam_jobs.sources.source import GROUP_ID
from beam_jobs.sources.source import ITEM_ID
from beam_jobs.tables.known_names import normalized
from beam_jobs.tables.row import Row

_OPTION_VALUE = re.compile(r"option\d+_value")


def with_item_names(table: SampledTable) -> SampledTable:
    """Adds the names of the variants to a table of products of Shopify.

    The column is called as `--item_name_columns` would be set.

    Args:
        table: Table of any kind, returned unchanged if it is another one.
    """
    titles = ranked(table, "title_column")
    groups = ranked(table, "group_column")
    options = [
        column.name
        for column in table.columns.values()
        if _OPTION_VALUE.fullmatch(normalized(column.name)) and column.given
    ]
    if not (titles and groups and options):
        return table
    flag = ",".join([titles[0].name, *options])
    columns = {**name_columns(flag), GROUP_ID: groups[0].name}
    values = zip(
        *(table.columns[name].values for name in columns.values()), strict=True
    )
    rows = (
        Row((table.path, number), dict(zip(columns, row, strict=True)))
        for number, row in enumerate(values)
    )
    names = tuple(
        row.values[ITEM_ID]
        for row in name_items(fill_from_group(rows))
        if isinstance(row, Row)
    )
    if len(names) < table.num_rows:
        return table
    named = SampledColumn(flag, names, is_name=True)
    return dataclasses.replace(table, columns={**table.columns, flag: named})


def tell_item_names(plan: Plan, log: Log) -> Setting:
    """Returns the setting of the names, and adds sentences on them.

    Args:
        plan: Plan to add sentences to.
        log: Interactions whose items are known by their names.
    """
    names = log.join.other
    group = ranked(log.items, "group_column")[0]
    shared = {
        product
        for name, product in zip(names.values, group.values, strict=True)
        if name and product and name.endswith(f" ({product})")
    }
    plan.unsure.append(
        f"the items: the orders give no SKUs, so items are known by name; "
        f"{log.join.share:.0%} of the values of {log.join.column.name!r} name "
        "one, and orders of before a renaming are lost"
    )
    if shared:
        plan.unsure.append(
            f"{len(shared):,} products have the name of another one, such as "
            f"{min(shared)}: orders do not say which is meant and do not count"
        )
    return Setting(
        "item_name_columns",
        names.name,
        f"{len(names.distinct):,} different names, written as in the orders, "
        f"such as {names.given[0]}",
    )
