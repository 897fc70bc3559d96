"""Search space: flags of the recommender to vary, and their values."""

import dataclasses
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.distributions import CategoricalDistribution
from optuna.distributions import FloatDistribution
from optuna.distributions import IntDistribution

from atelier.cli.flags import check_range
from atelier.io.errors import UserError
from trainer.recommender.config import RecommenderConfig

_FORM = (
    "--search is NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A|B|C, separated "
    "by commas"
)

Space = dict[str, BaseDistribution]
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
        space[name] = _parse(_field(name), values)
    return space


def _field(name: str) -> dataclasses.Field:
    fields = {
        field.name: field for field in dataclasses.fields(RecommenderConfig)
    }
    if name not in fields:
        raise UserError(
            f"--search names {name!r}, which `trainer.task recommender` has no "
            "flag for; its --help lists them"
        )
    return fields[name]


def _parse(field: dataclasses.Field, text: str) -> BaseDistribution:
    """Parses the values of a flag; a range includes both ends."""
    type_: Any = type(field.default)
    read: Any = _boolean if type_ is bool else type_
    between, _, scale = text.partition(":")
    choice = "|" in text
    try:
        values = [
            read(value)
            for value in (text.split("|") if choice else between.split(".."))
        ]
    except ValueError as error:
        raise UserError(
            f"{_FORM}, and --{field.name} takes a {type_.__name__}; got "
            f"{text!r}"
        ) from error
    if choice:
        _check(field, values)
        return CategoricalDistribution(values)
    if len(values) != 2 or type_ in (str, bool) or scale not in ("", "log"):
        raise UserError(f"{_FORM}; got {field.name}={text}")
    low, high = values
    if not low < high or (scale and low <= 0):
        raise UserError(
            f"--search {field.name}={text}: the first number must be less than "
            "the second, and positive where :log follows"
        )
    _check(field, values)
    numbers = IntDistribution if type_ is int else FloatDistribution
    return numbers(low, high, log=bool(scale))


def _check(field: dataclasses.Field, values: list[Any]) -> None:
    for value in values:
        check_range(field, value)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"
