"""Search space: flags of the recommender to vary, and their values."""

import dataclasses
from typing import Any

from atelier.cli.flags import check_range
from atelier.io.errors import UserError
from trainer.recommender.config import RecommenderConfig

Value = bool | float | int | str
_FORM = (
    "--search is NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A|B|C, separated "
    "by commas"
)


@dataclasses.dataclass(frozen=True)
class Range:
    """A range of numbers, both ends included.

    Attributes:
        low: Minimum; an int makes all sampled values integers.
        high: Maximum.
        log: Whether values are sampled on a logarithmic scale.
    """

    low: float
    high: float
    log: bool

    @property
    def ends(self) -> tuple[Value, ...]:
        """Values to check: all others are valid if these are."""
        return self.low, self.high


@dataclasses.dataclass(frozen=True)
class Choice:
    """A set of values without an order.

    Attributes:
        values: The values to choose from.
    """

    values: tuple[Value, ...]

    @property
    def ends(self) -> tuple[Value, ...]:
        """Values to check: all of them."""
        return self.values


Space = dict[str, Range | Choice]
"""Values of the varied flags, by flag name."""


def parse_space(text: str) -> Space:
    """Parses a search space, the value of `--search`.

    Args:
        text: Search space, such as
            `learning_rate=1e-4..1e-2:log,embedding_dim=32|64`.

    Raises:
        UserError: If the text does not have that form, or a flag is unknown or
            does not accept the values.
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
    """Parses the values of a flag."""
    kind: Any = type(field.default)
    read: Any = _boolean if kind is bool else kind
    try:
        if "|" in text:
            return Choice(tuple(read(value) for value in text.split("|")))
        between, _, scale = text.partition(":")
        low, high = map(read, between.split(".."))
    except ValueError as error:
        raise UserError(
            f"{_FORM}, and --{field.name} takes a {kind.__name__}; got {text!r}"
        ) from error
    if kind in (str, bool) or scale not in ("", "log"):
        raise UserError(f"{_FORM}; got {field.name}={text}")
    if not low < high or (scale and low <= 0):
        raise UserError(
            f"--search {field.name}={text}: the first number must be less than "
            "the second, and positive where :log follows"
        )
    return Range(low, high, bool(scale))


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"
