"""Tests of values: what a column holds, whatever its name is."""

import functools
import itertools
import re
from collections.abc import Callable
from collections.abc import Iterable
from typing import NamedTuple

from beam_jobs.init.sample import SampledColumn
from beam_jobs.prepare.parse_times import AUTO
from beam_jobs.prepare.parse_times import SPREADSHEET
from beam_jobs.prepare.parse_times import parse_time
from beam_jobs.prepare.parse_values import parse_number
from beam_jobs.prepare.parse_values import parse_price
from beam_jobs.tables.known_names import normalized
from beam_jobs.tables.photo_folder import IMAGE_ENDINGS

PURCHASE = 5
"""Weight of the events after which a user owns an item."""
EVENT_WEIGHTS = {
    **dict.fromkeys(
        ("purchase", "order", "buy", "transaction", "bought"), PURCHASE
    ),
    **dict.fromkeys(("add_to_cart", "cart", "addtocart", "begin_checkout"), 3),
    **dict.fromkeys(("add_to_wishlist", "wishlist", "like", "favorite"), 3),
    **dict.fromkeys(("view_item", "view", "product_view", "click"), 1),
    "select_item": 1,
}
"""Weights of events, by normalized name."""
ORDER_STATUSES = (
    *("paid", "partially_paid", "authorized", "pending", "partially_refunded"),
    *("completed", "complete", "processing", "on_hold", "shipped"),
    *("delivered", "fulfilled", "abgeschlossen", "in_bearbeitung", "bezahlt"),
    *("versendet", "versandt", "geliefert"),
)
"""Statuses of orders that are interactions, normalized, without `wc-`."""
DROPPED_STATUSES = (
    *("refunded", "voided", "cancelled", "canceled", "failed", "expired"),
    *("returned", "draft", "trash", "remove_from_cart", "storniert"),
    *("erstattet", "fehlgeschlagen", "retourniert"),
)
"""Statuses and events that are no interactions, normalized."""
PRODUCT_TYPES = ("simple", "variable", "variation", "grouped", "external")
"""Types of products in WooCommerce, which are not categories of items."""

_TESTED = 500
"""Values of a column that are parsed."""
_DATES = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%y", "%d %b %Y"),
    *("%B %d, %Y", "%b %d, %Y", "%Y.%m.%d"),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", ", %H:%M", ", %I:%M %p")
_IMAGE = re.compile(
    rf"[^?#]*({'|'.join(map(re.escape, IMAGE_ENDINGS))})([?#,;|\s].*)?",
    re.IGNORECASE | re.DOTALL,
)
_CURRENCY = re.compile(r"[$€£¥₽₹₩₺]|\b[A-Z]{3}\b")
_URL = re.compile(r"(https?:/)?/\S*", re.IGNORECASE)


class TimeFormat(NamedTuple):
    """Format of the times of a column.

    Attributes:
        name: Value of `--time_format`.
        share: Share of the values that it reads, from 0 to 1.
        others: Other formats that read as many values.
    """

    name: str
    share: float
    others: tuple[str, ...]


def time_format_of(column: SampledColumn) -> TimeFormat:
    """Returns the format that reads the most values; `auto` if it reads 95 %.

    Args:
        column: Column of any values.
    """
    values = list(column.distinct)[:_TESTED]
    share = _share(values, parse_time)
    if share >= 0.95:
        return TimeFormat(AUTO, share, ())
    shares = {AUTO: share, SPREADSHEET: _share(values, _spreadsheet_year)}
    for date, clock in itertools.product(_DATES, _CLOCKS):
        parse = functools.partial(parse_time, time_format=f"{date}{clock}")
        if _share(values[:5], parse):
            shares[f"{date}{clock}"] = _share(values, parse)
    best = max(shares, key=lambda name: shares[name])
    others = [
        name
        for name, other in shares.items()
        if name != best and other == shares[best]
    ]
    return TimeFormat(best, shares[best], tuple(others))


def holds_times(column: SampledColumn) -> bool:
    """Returns whether the values are times, and not only numbers."""
    is_number = share_of_numbers(column) >= 0.5
    return not is_number and time_format_of(column).share >= 0.95


def share_of_numbers(column: SampledColumn) -> float:
    """Returns the share of the values that are numbers, from 0 to 1."""
    return _share(column.given[:_TESTED], parse_number)


def share_of_prices(column: SampledColumn) -> float:
    """Returns the share of the values that are prices, from 0 to 1."""
    return _share(column.given[:_TESTED], parse_price)


def share_of_currencies(column: SampledColumn) -> float:
    """Returns the share of the values that are prices with a currency."""
    values = [one if _CURRENCY.search(one) else "x" for one in column.given]
    return _share(values[:_TESTED], parse_price)


def share_of_images(column: SampledColumn) -> float:
    """Returns the share of the values that are paths or URLs of images."""
    values = column.given[:_TESTED]
    return sum(map(bool, map(_IMAGE.fullmatch, values))) / max(1, len(values))


def share_of_urls(column: SampledColumn) -> float:
    """Returns the share of the values that are URLs or paths of pages."""
    values = column.given[:_TESTED]
    return sum(map(bool, map(_URL.fullmatch, values))) / max(1, len(values))


def share_in(column: SampledColumn, ids: Iterable[str]) -> float:
    """Returns the share of the values that are among ids, from 0 to 1."""
    known = set(ids)
    rows = sum(n for value, n in column.distinct.items() if value in known)
    return rows / max(1, len(column.given))


def is_id_like(column: SampledColumn) -> bool:
    """Returns whether the values may be ids: short, and at least three."""
    values = column.given[:_TESTED]
    return len(column.distinct) >= 3 and max(map(len, values)) <= 100


def values_per_item(column: SampledColumn, item: SampledColumn) -> float:
    """Returns the mean number of different values that an item has.

    Args:
        column: Column of the table.
        item: Column of the item ids in the same table.
    """
    pairs = {
        (one, value)
        for one, value in zip(item.values, column.values, strict=False)
        if one is not None and value is not None
    }
    return len(pairs) / max(1, len({one for one, _ in pairs}))


def type_weights_of(column: SampledColumn) -> dict[str, float]:
    """Returns the weight of each known event or status, 0 for a dropped one.

    Args:
        column: Column of events or statuses.
    """
    weights: dict[str, float] = {}
    for value in column.distinct:
        name = normalized(value).removeprefix("wc_")
        if name in EVENT_WEIGHTS:
            weights[value] = EVENT_WEIGHTS[name]
        elif name in ORDER_STATUSES:
            weights[value] = 1
        elif name in DROPPED_STATUSES:
            weights[value] = 0
    return weights


def _spreadsheet_year(text: str) -> int | None:
    """Returns the year of a spreadsheet's day, None outside 1980 to 2099."""
    time = parse_time(text, SPREADSHEET)
    return time.year if time and 1980 <= time.year < 2100 else None


def _share(values: list[str], parse: Callable[[str], object]) -> float:
    num_read = 0
    for value in values:
        try:
            num_read += parse(value) is not None
        except ValueError:
            continue
    return num_read / max(1, len(values))
