"""Weights of interactions by their kind: `--event_weights purchase=5,view=1`.

The kind is a name of an event, or the status of an order. Other kinds, such as
cancelled orders, are no interactions.
"""

import dataclasses
import math
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from atelier.cli.flags import listed
from atelier.io.errors import UserError
from beam_jobs.sources.source import WEIGHT
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Row

EVENT = "event"
"""Name of the kind of an interaction among the values of a row."""
OTHER_EVENT = "other_event"
"""Rejection code of interactions of a kind without a weight."""


def parse_event_weights(text: str) -> dict[str, float]:
    """Parses `--event_weights`.

    Args:
        text: `kind=weight` pairs, separated by commas.

    Raises:
        UserError: If there is no pair, or a weight is not a finite number.
    """
    weights = {}
    for pair in listed(text):
        kind, _, number = pair.rpartition("=")
        try:
            weights[kind.strip()] = float(number)
        except ValueError:
            weights[kind.strip()] = math.nan
        if not kind.strip() or not math.isfinite(weights[kind.strip()]):
            raise UserError(
                "--event_weights must be pairs such as purchase=5,view=1, got "
                f"{pair!r}"
            )
    return weights


def weigh_events(
    rows: Iterable[Row | BadRow], weights: Mapping[str, float]
) -> Iterator[Row | BadRow]:
    """Sets the weight of each interaction; rejects kinds without a weight.

    Args:
        rows: Rows with the kind of the interaction as `EVENT`.
        weights: Weight by kind.
    """
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        kind = str(row.values[EVENT])
        if kind in weights:
            values = {**row.values, WEIGHT: weights[kind]}
            yield dataclasses.replace(row, values=values)
        else:
            detail = f"the event {kind[:80]!r} has no weight"
            yield BadRow(row.address, OTHER_EVENT, detail)
