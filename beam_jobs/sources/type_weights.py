"""Weights of interactions by their type: `--type_weights purchase=5,view=1`.

The type is the name of an event, or the status of an order. Other types, such
as cancelled orders, are no interactions.
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

TYPE = "type"
"""Name of the type of an interaction among the values of a row."""
OTHER_TYPE = "other_type"
"""Rejection code of interactions of a type without a weight."""


def parse_type_weights(text: str) -> dict[str, float]:
    """Parses `--type_weights`.

    Args:
        text: `type=weight` pairs, separated by commas.

    Raises:
        UserError: If a pair has no name, or a weight is not a finite number.
    """
    weights = {}
    for pair in listed(text):
        name, _, number = pair.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not name.strip() or not math.isfinite(weight):
            raise UserError(
                "--type_weights must be pairs such as purchase=5,view=1, got "
                f"{pair!r}"
            )
        weights[name.strip()] = weight
    return weights


def weigh_types(
    rows: Iterable[Row | BadRow], weights: Mapping[str, float]
) -> Iterator[Row | BadRow]:
    """Sets the weight of each interaction; rejects types without a weight.

    Args:
        rows: Rows with the type of the interaction as `TYPE`.
        weights: Weight by type.
    """
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        name = str(row.values[TYPE])
        if name in weights:
            values = {**row.values, WEIGHT: weights[name]}
            yield dataclasses.replace(row, values=values)
        else:
            detail = f"the type {name[:80]!r} has no weight"
            yield BadRow(row.address, OTHER_TYPE, detail)
