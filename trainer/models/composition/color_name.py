"""Names of colors, as shops use them."""

import functools

import numpy as np
from keras import ops

from trainer.models.composition.lab_color import lab_to_rgb
from trainer.models.composition.lab_color import rgb_to_lab

COLORS = {
    "black": "#151517",
    "charcoal": "#3b3c40",
    "gray": "#808184",
    "light gray": "#bfc0c2",
    "white": "#f4f4f2",
    "cream": "#efe6cf",
    "beige": "#d4c3a5",
    "stone": "#aca294",
    "taupe": "#796d61",
    "dark taupe": "#554c44",
    "tan": "#b5946b",
    "camel": "#b5804a",
    "light brown": "#93684a",
    "brown": "#6b4a33",
    "dark brown": "#3a2a22",
    "burgundy": "#5e1a2c",
    "berry": "#8a3056",
    "red": "#c2202d",
    "coral": "#ef7663",
    "salmon": "#ea958b",
    "peach": "#f6bd90",
    "orange": "#e67a26",
    "rust": "#a4502c",
    "mustard": "#c9981f",
    "yellow": "#f2d545",
    "olive": "#67683a",
    "khaki": "#9c9470",
    "lime": "#a9cf45",
    "light green": "#b3d7a0",
    "green": "#2f8f4e",
    "forest green": "#33592f",
    "dark green": "#1f4230",
    "gray green": "#5c7364",
    "sage": "#8d9f86",
    "mint": "#9fdcc0",
    "teal": "#1f7d7f",
    "dark teal": "#14464b",
    "petrol": "#1c6680",
    "turquoise": "#3fc3c9",
    "cerulean": "#2390bd",
    "sky blue": "#62aae2",
    "light blue": "#a5c8e4",
    "blue": "#2b62b8",
    "denim": "#4f6b8f",
    "dark denim": "#34465f",
    "slate": "#5f6d7e",
    "blue gray": "#8a99ab",
    "navy": "#1d2745",
    "lavender": "#b9aedb",
    "purple": "#6a3a86",
    "plum": "#5a2a4c",
    "mauve": "#a5808f",
    "dusty pink": "#d8a7a9",
    "light pink": "#f5cfd2",
    "pink": "#f0a3bd",
    "magenta": "#c7297f",
}
"""Named colors as #rrggbb, by name."""


def to_hex(lab: np.ndarray) -> str:
    """Returns a color as #rrggbb.

    Args:
        lab: Lab color, float32 [3].
    """
    rgb = ops.convert_to_numpy(lab_to_rgb(lab))
    levels = np.round((rgb + 1.0) * 127.5).astype(int)
    return "#" + "".join(f"{level:02x}" for level in levels)


def from_hex(code: str) -> np.ndarray:
    """Returns the Lab color of a code, float32 [3].

    Args:
        code: Color as #rrggbb.
    """
    levels = [int(code[start : start + 2], 16) for start in (1, 3, 5)]
    rgb = np.array(levels, np.float32) / 127.5 - 1.0
    lab: np.ndarray = ops.convert_to_numpy(rgb_to_lab(rgb))
    return lab


def color_name(lab: np.ndarray) -> str:
    """Returns the name of the nearest named color.

    Args:
        lab: Lab color, float32 [3].
    """
    distances = np.linalg.norm(palette() - lab, axis=1)
    return list(COLORS)[int(np.argmin(distances))]


@functools.cache
def palette() -> np.ndarray:
    """Returns the Lab colors of `COLORS`, in order, float32 [colors, 3]."""
    return np.stack([from_hex(code) for code in COLORS.values()])
