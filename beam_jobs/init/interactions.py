"""Columns of the interactions: time, weight, type, order and quantity."""

from beam_jobs.init.column_contents import PURCHASE
from beam_jobs.init.column_contents import holds_times
from beam_jobs.init.column_contents import share_of_numbers
from beam_jobs.init.column_contents import time_format_of
from beam_jobs.init.column_contents import type_weights_of
from beam_jobs.init.joins import Join
from beam_jobs.init.joins import Log
from beam_jobs.init.joins import joins_of
from beam_jobs.init.joins import ranked
from beam_jobs.init.plan import Plan
from beam_jobs.init.plan import Setting
from beam_jobs.init.sample import SampledColumn
from beam_jobs.prepare.parse_times import AUTO
from beam_jobs.prepare.pseudonyms import holds_email
from beam_jobs.tables.known_names import rank_of

SECTION = "Interactions"
_MOST_EVENTS = 60
_MOST_EMAILS = 0.5
"""Share of the users from which on they are called e-mail addresses."""


def add_interactions(plan: Plan, log: Log) -> None:
    """Adds the settings of the interactions table to the plan."""
    table, join = log.table, log.join
    by = "by its name" if log.is_user_known else "by its values only"
    is_joined = log.items is not table
    item_evidence = _shared(join, log) if is_joined else "by its name"
    plan.add(
        SECTION,
        Setting("interactions", table.path, f"{table.num_rows:,} rows read"),
        Setting(
            "user_column",
            log.user.name,
            f"{by}; {len(log.user.distinct):,} users, {_missing(log.user)}",
        ),
        *_alternatives("user_column", log, log.user),
        *_emails(log.user),
        Setting("item_column", join.column.name, item_evidence),
        *_other_items(log),
    )
    if not log.is_user_known:
        plan.unsure.append(f"whether {log.user.name!r} holds the users")
    time = _add_time(plan, log)
    type_column = _add_type(plan, log)
    _add_order(plan, log, [one for one in (log.user, time, type_column) if one])
    _add_weight(plan, log)


def _missing(column: SampledColumn) -> str:
    rows = len(column.values) - len(column.given)
    return f"missing in {rows:,} rows" if rows else "missing nowhere"


def _emails(user: SampledColumn) -> list[Setting]:
    """Returns the setting of users that are e-mail addresses."""
    if sum(map(holds_email, user.given)) < _MOST_EMAILS * len(user.given):
        return []
    return [
        Setting(
            "email_users",
            "hash",
            "the users are e-mail addresses; keep stores and shows them",
        )
    ]


def _shared(join: Join, log: Log) -> str:
    return (
        f"{join.share:.0%} of its values are in {log.items.path}, column "
        f"{join.other.name}"
    )


def _other_items(log: Log) -> list[Setting]:
    """Returns the other columns that may hold the ids of the items."""
    chosen = log.join.column
    if log.items is log.table:
        return _alternatives("item_column", log, chosen)
    best: dict[str, Join] = {}
    for join in joins_of(log.table, log.items):
        if rank_of(join.column.name, "item_column") is not None:
            best.setdefault(join.column.name, join)
    return [
        Setting(
            "item_column", name, f"or this one, {_shared(join, log)}", False
        )
        for name, join in best.items()
        if name != chosen.name
    ]


def _alternatives(flag: str, log: Log, chosen: SampledColumn) -> list[Setting]:
    return [
        Setting(
            flag,
            one.name,
            f"or this one, {one.filled:.0%} of the rows have a value",
            is_active=False,
        )
        for one in ranked(log.table, flag)
        if one is not chosen and one.given
    ]


def _add_time(plan: Plan, log: Log) -> SampledColumn | None:
    named = [one for one in ranked(log.table, "time_column") if one.given]
    for column in (*named, *_unnamed_times(log)):
        found = time_format_of(column)
        if found.share < 0.8:
            continue
        plan.add(
            SECTION,
            Setting(
                "time_column",
                column.name,
                f"{found.share:.0%} of its values are times, such as "
                f"{column.given[0]}",
            ),
        )
        if found.name != AUTO:
            plan.add(
                SECTION,
                Setting("time_format", found.name, "not ISO 8601"),
                *(
                    Setting("time_format", other, "fits as well", False)
                    for other in found.others
                ),
            )
        if found.others:
            plan.unsure.append(
                f"the format of {column.name!r}: {found.name} or "
                f"{', '.join(found.others)}"
            )
        return column
    for column in named[:1]:
        plan.left_out.append(
            f"times: no known format fits {column.name!r}, such as "
            f"{column.given[0]!r}; name it with time_column and time_format"
        )
    return None


def _unnamed_times(log: Log) -> list[SampledColumn]:
    """Returns the columns without a usual name whose values are times."""
    return [
        one
        for one in log.table.columns.values()
        if one.filled > 0.9 and holds_times(one)
    ]


def _add_type(plan: Plan, log: Log) -> SampledColumn | None:
    for column in ranked(log.table, "type_column"):
        weights = type_weights_of(column)
        positive = {name: n for name, n in weights.items() if n > 0}
        unknown = [name for name in column.distinct if name not in weights]
        if not positive or len(column.distinct) > _MOST_EVENTS:
            continue
        if not unknown and set(weights.values()) == {1}:
            continue  # All rows count the same.
        listed = ",".join(f"{name}={n:g}" for name, n in positive.items())
        dropped = [name for name in column.distinct if name not in positive]
        rows = sum(column.distinct[name] for name in dropped)
        plan.add(
            SECTION,
            Setting("type_column", column.name, "its values are known"),
            Setting("type_weights", listed, "change the weights as you like"),
        )
        if 0 < min(positive.values()) < PURCHASE <= max(positive.values()):
            evidence = "the weight of purchases: other items are not owned"
            plan.add(SECTION, Setting("owned_weight", PURCHASE, evidence))
        if dropped:
            plan.left_out.append(
                f"{rows:,} rows whose {column.name} is {', '.join(dropped)}"
            )
        return column
    return None


def _add_order(plan: Plan, log: Log, shared: list[SampledColumn]) -> None:
    """Adds the order if rows lack what the row before them has."""
    for column in ranked(log.table, "order_column"):
        orders = column.values
        continued = [
            row
            for row in range(1, len(orders))
            if orders[row] is not None and orders[row] == orders[row - 1]
        ]
        lacking = [
            row
            for row in continued
            if any(one.values[row] is None for one in shared)
        ]
        if lacking:
            plan.add(
                SECTION,
                Setting(
                    "order_column",
                    column.name,
                    f"{len(lacking):,} rows continue the order of the row "
                    "before and lack what it states",
                ),
            )
            return


def _add_weight(plan: Plan, log: Log) -> None:
    weighted = plan.value_of("type_weights") is not None
    for column in ranked(log.table, "weight_column"):
        if share_of_numbers(column) >= 0.9 and not weighted:
            evidence = f"{share_of_numbers(column):.0%} numbers"
            plan.add(SECTION, Setting("weight_column", column.name, evidence))
            weighted = True
            break
    for column in ranked(log.table, "quantity_column"):
        if not column.given or share_of_numbers(column) < 0.9:
            continue
        returns = sum(
            n for value, n in column.distinct.items() if _is_return(value)
        )
        if returns:
            evidence = f"{returns:,} rows have 0 or less: returns, dropped"
            plan.add(SECTION, Setting("quantity_column", column.name, evidence))
            plan.left_out.append(
                f"{returns:,} returns, rows with {column.name} of 0 or less"
            )
        else:
            evidence = f"pieces count: use {column.name} as weight"
            plan.add(
                SECTION, Setting("weight_column", column.name, evidence, False)
            )
            plan.left_out.append(
                f"{column.name}: use it as weight with weight_column"
            )
        return


def _is_return(value: str) -> bool:
    try:
        return float(value) <= 0
    except ValueError:
        return False
