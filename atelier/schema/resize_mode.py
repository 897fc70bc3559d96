"""How images become squares, in `prepare` and in the serving graph.

A module of its own: workers that only decode images import no TensorFlow.
"""

import typing
from typing import Literal

Resize = Literal["pad", "crop"]
"""`pad` scales to fit and pads with white; `crop` scales the central square."""
RESIZES: tuple[Resize, ...] = typing.get_args(Resize)
"""All modes."""
