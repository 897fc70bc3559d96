"""A golden request: a request with its expected result."""

import dataclasses
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from atelier.schema.signatures import Signature

Answer = Mapping[str, npt.NDArray[Any]]
Outputs = dict[str, npt.NDArray[Any]]
Judged = dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]
"""Pairs of returned and expected values, by name of the checked value."""


@dataclasses.dataclass(frozen=True)
class Example:
    """A request of a servable, for warm-up and validation.

    Attributes:
        signature: Name of the signature.
        inputs: Input values of one row, by name; strings as objects of bytes.
        outputs: Expected outputs by name, of the dtype of the output; for PNG
            outputs the pixels, 0..255. Other outputs are not compared.
        judge: Function of a result that returns further pairs of returned and
            expected values, for outputs that depend on rounding.
        tolerance: Maximum error relative to the largest expected value, or to
            1 for the pairs of `judge` if all are smaller.
    """

    signature: str
    inputs: dict[str, npt.NDArray[Any]]
    outputs: Outputs = dataclasses.field(default_factory=dict)
    judge: Callable[[Answer], Judged] = lambda _: {}
    tolerance: float = 1e-3


def golden_inputs(
    signature: Signature, samples: Mapping[str, Any]
) -> dict[str, npt.NDArray[Any]]:
    """Returns the inputs of a request of one row.

    Args:
        signature: Signature of the request.
        samples: Value of each input by name; an input without one gets "" or 0.
    """
    return {
        tensor.name: np.full(
            [1] * len(tensor.shape),
            samples.get(tensor.name, "" if tensor.dtype == "string" else 0),
            object if tensor.dtype == "string" else tensor.dtype,
        )
        for tensor in signature.inputs
    }


def find_items(
    item_ids: Sequence[str], wanted: Collection[str]
) -> dict[str, int]:
    """Returns the indices of a few items of a catalog, by id.

    Args:
        item_ids: Ids of the catalog items.
        wanted: Ids of the items to find; those of no item are left out.
    """
    # A table of all ids, kept with each request until it is checked, would be
    # larger than the scores.
    return {
        item_id: item
        for item, item_id in enumerate(item_ids)
        if item_id in wanted
    }
