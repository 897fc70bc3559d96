"""What a search varies: flags of the recommender, and the values of each."""

import dataclasses
from typing import Any

from atelier.cli.flags import check_range
from atelier.io.errors import UserError
from trainer.recommender.config import RecommenderConfig

Value = float | int | str
_FORM = (
    "--search is NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A|B|C, with commas "
    "between flags"
)


@dataclasses.dataclass(frozen=True)
class Range:
    """All numbers from one to another, both included.

    Attributes:
        low: The least; whole numbers are drawn if it is one.
        high: The largest.
        log: Whether each order of magnitude is as likely as another.
    """

    low: float
    high: float
    log: bool

    @property
    def ends(self) -> tuple[Value, ...]:
        """What is drawn is right if these are."""
        return self.low, self.high


@dataclasses.dataclass(frozen=True)
class Choice:
    """Some values, of no order.

    Attributes:
        values: The values.
    """

    values: tuple[Value, ...]

    @property
    def ends(self) -> tuple[Value, ...]:
        """What is drawn is right if these are."""
        return self.values


Space = dict[str, Range | Choice]
"""The values of each flag that is varied, by its name."""


def parse_space(text: str) -> Space:
    """Reads `learning_rate=1e-4..1e-2:log,embedding_dim=32|64`.

    Raises:
        UserError: If it is not of that form, or no flag takes such values.
    """
    space: Space = {}
    for part in text.split(","):
        name, equals, values = part.partition("=")
        if not equals or not values:
            raise UserError(f"{_FORM}; got {part!r}")
        if name in space:
            raise UserError(f"--search names {name} twice; name it once")
        field = _field(name)
        space[name] = _parse(field, values)
        for value in space[name].ends:
            check_range(field, value)
    return space


def _field(name: str) -> dataclasses.Field:
    fields = {one.name: one for one in dataclasses.fields(RecommenderConfig)}
    if name not in fields:
        raise UserError(
            f"--search names {name!r}, which `trainer.task recommender` has no "
            "flag for; its --help lists them"
        )
    return fields[name]


def _parse(field: dataclasses.Field, text: str) -> Range | Choice:
    """Reads the values of a flag."""
    kind: Any = type(field.default)
    try:
        if "|" in text:
            return Choice(tuple(kind(one) for one in text.split("|")))
        between, _, scale = text.partition(":")
        low, high = map(kind, between.split(".."))
    except ValueError as error:
        raise UserError(
            f"{_FORM}, and --{field.name} takes a {kind.__name__}; got {text!r}"
        ) from error
    if kind is str or scale not in ("", "log"):
        raise UserError(f"{_FORM}; got {field.name}={text}")
    if not low < high or (scale and low <= 0):
        raise UserError(
            f"--search {field.name}={text}: the first number must be less than "
            "the second, and positive where :log follows"
        )
    return Range(low, high, bool(scale))
