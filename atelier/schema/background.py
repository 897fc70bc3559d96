"""Treatments of the background of photos by `prepare`.

A module of its own: command lines that only name it import no TensorFlow.
"""

import typing
from typing import Literal

Background = Literal["keep", "white"]
"""`keep` keeps it; `white` cuts the garment out and centers it on white."""
BACKGROUNDS: tuple[Background, ...] = typing.get_args(Background)
"""All choices."""
