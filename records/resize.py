"""How a photo becomes a square, in `prepare` and in the serving graph."""

import typing
from typing import Literal

Resize = Literal["pad", "crop"]
"""Scaled to fit and padded with white, or the central square, scaled."""
RESIZES: tuple[Resize, ...] = typing.get_args(Resize)
