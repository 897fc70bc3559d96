"""A request whose right answer the trainer knows."""

import dataclasses

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True)
class Example:
    """One request of a servable: it warms the model up, and must be answered.

    Attributes:
        signature: Which is asked.
        inputs: By name, of one row each; bytes as objects.
        outputs: What the trainer says that the answer is, float32, by name;
            outputs that are not among them only have to be there.
    """

    signature: str
    inputs: dict[str, npt.NDArray[np.object_]]
    outputs: dict[str, npt.NDArray[np.float32]] = dataclasses.field(
        default_factory=dict
    )
