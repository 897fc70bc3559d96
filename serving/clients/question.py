"""What a client asks, and how it reads the answer, whatever carries both."""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Generic
from typing import TypeVar

import numpy.typing as npt

Outputs = Mapping[str, npt.NDArray[Any]]
Found = TypeVar("Found")


@dataclasses.dataclass(frozen=True, eq=False)
class Question(Generic[Found]):
    """One call of a signature.

    Attributes:
        signature: What to run.
        inputs: The columns by name; numbers have their dtype.
        outputs: Names of the outputs wanted.
        read: Makes the typed result of these outputs and the version of the
            model that answered.
    """

    signature: str
    inputs: Mapping[str, npt.ArrayLike]
    outputs: Sequence[str]
    read: Callable[[Outputs, int], Found]
