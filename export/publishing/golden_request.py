"""A request whose right answer the trainer knows."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

Answer = Mapping[str, npt.NDArray[Any]]
Outputs = dict[str, npt.NDArray[Any]]
Judged = dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]
"""By name of what is judged: what an answer has, and what would be right."""


@dataclasses.dataclass(frozen=True)
class Example:
    """One request of a servable: it warms the model up, and must be answered.

    Attributes:
        signature: Which is asked.
        inputs: By name, of one row each; bytes as objects.
        outputs: What the trainer says that the answer is, by name, of the same
            dtype; of a PNG the pixels, 0..255. Outputs that are not among them
            are not compared.
        judge: Where an answer has a part that hangs on how numbers are rounded,
            what the trainer says of it.
        tolerance: How far an answer may be off, relative to the largest number
            of the output; of what was judged, to 1 if that is more.
    """

    signature: str
    inputs: dict[str, npt.NDArray[Any]]
    outputs: Outputs = dataclasses.field(default_factory=dict)
    judge: Callable[[Answer], Judged] = lambda _: {}
    tolerance: float = 1e-3
