"""Contact sheet: rows of captioned images in one image."""

import dataclasses

import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

from trainer.gan.sample_grid import grid

SIDE = 128
_GAP, _LINE, _MARGIN, _HEAD = 10, 18, 14, 26
_TEXT, _PALE = "#222222", "#777777"


@dataclasses.dataclass(frozen=True)
class Picture:
    """An image with a caption.

    Attributes:
        image: RGB image, float32 [size, size, 3] in [-1, 1].
        text: Caption below the image.
    """

    image: np.ndarray
    text: str = ""


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of images with a title.

    Attributes:
        title: Title above the row; "" for a row without a title line.
        pictures: Images from left to right.
    """

    title: str
    pictures: list[Picture]


def draw_sheet(title: str, rows: list[Row]) -> Image.Image:
    """Renders a contact sheet.

    Args:
        title: Title of the sheet.
        rows: Rows from top to bottom, at least one.

    Returns:
        An RGB image with images of `SIDE` pixels.
    """
    columns = max(len(row.pictures) for row in rows)
    heights = [SIDE + _LINE + _GAP + bool(row.title) * _HEAD for row in rows]
    titles = [title, *(row.title for row in rows)]
    width = max(
        columns * (SIDE + _GAP) - _GAP,
        *(round(_font(15).getlength(text)) for text in titles),
    )
    size = (width + 2 * _MARGIN, sum(heights) + _HEAD + 2 * _MARGIN)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN), title, _TEXT, _font(15))
    top = _MARGIN + _HEAD
    for row, height in zip(rows, heights, strict=True):
        _draw_row(sheet, draw, row, top)
        top += height
    return sheet


def _draw_row(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, row: Row, top: int
) -> None:
    if row.title:
        draw.text((_MARGIN, top + 4), row.title, _PALE, _font(15))
        top += _HEAD
    for column, picture in enumerate(row.pictures):
        left = _MARGIN + column * (SIDE + _GAP)
        shown = Image.fromarray(grid(picture.image[None], columns=1))
        sheet.paste(
            shown.resize((SIDE, SIDE), Image.Resampling.BICUBIC), (left, top)
        )
        draw.text((left, top + SIDE + 2), _cut(picture.text), _TEXT, _font(12))


def _cut(text: str) -> str:
    """Truncates a text to the width of an image, with "..." at its end."""
    shown = text
    while _font(12).getlength(shown) > SIDE:
        text = text[:-1]
        shown = f"{text}..."
    return shown


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
