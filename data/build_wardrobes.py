r"""Builds `data/wardrobes.parquet` from a copy of the clothing dataset.

    python data/build_wardrobes.py --source DIR --saliency runs/saliency \
      --out data/wardrobes.parquet

`DIR` is a clone of github.com/alexeygrigorev/clothing-dataset or a copy with
smaller images. It holds `images.csv` (image, sender_id, label, kids) and
`images/`. The saliency of each photo, about 0.4 CPU seconds, is kept in a
folder, from which an interrupted run continues. Rows are sorted by item id, so
that the output does not depend on the machine.
"""

import csv
import dataclasses
import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image
from tqdm import tqdm

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.parquet import pa
from atelier.io.parquet import pq
from atelier.segmentation.cut_out import keep_reason
from atelier.segmentation.garment_cutter import GarmentCutter
from atelier.segmentation.garment_cutter import opacity
from beam_jobs.prepare.cut_photos import encode_mask
from beam_jobs.prepare.image_codec import decode_photo
from beam_jobs.prepare.image_codec import encode_jpeg

SCHEMA = pa.schema(
    [
        ("item_id", pa.string()),
        ("label", pa.string()),
        ("owner", pa.string()),
        ("kids", pa.bool_()),
        ("photo", pa.binary()),
        ("mask", pa.binary()),
    ]
)
QUALITY = 80  # Gives a file of 34 MB.
ROWS_PER_GROUP = 512  # A row group is the unit of parallel reading.


class Masks:
    """Masks of photos, whose saliency is kept in a folder.

    Args:
        folder: Folder of gray PNG files, one per photo.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._saliency = tf.function(
            GarmentCutter().saliency,
            input_signature=[tf.TensorSpec([None, None, 3], tf.uint8)],
        )
        self._opacity = tf.function(opacity)

    def __call__(self, item_id: str, photo: Image.Image) -> np.ndarray | None:
        """Returns the garment, bool [320, 320]; None if it is not cut out."""
        path = self._folder / f"{item_id}.png"
        if not path.exists():
            saliency = self._saliency(tf.constant(np.asarray(photo)))
            gray = np.round(saliency.numpy() * 255).astype(np.uint8)
            part = path.with_suffix(".part")
            Image.fromarray(gray).save(part, format="PNG")
            os.replace(part, path)
        saliency = np.asarray(Image.open(path), np.float32) / 255
        alpha, torn = self._opacity(tf.constant(saliency))
        if keep_reason(alpha, torn) != "":
            return None
        return alpha.numpy() > 0.5


def to_row(
    label: dict[str, str], photo: Image.Image, masks: Masks, size: int
) -> dict[str, Any]:
    """Returns a row of the table.

    Args:
        label: Row of `images.csv`.
        photo: Photo as it was sent.
        masks: Masks of photos.
        size: Maximum side of the stored photo, in pixels.
    """
    garment = masks(label["image"], photo)
    photo.thumbnail((size, size), Image.Resampling.BILINEAR)
    mask = None
    if garment is not None:
        gray = Image.fromarray(garment.astype(np.uint8) * 255)
        scaled = gray.resize(photo.size, Image.Resampling.BILINEAR)
        mask = encode_mask(np.asarray(scaled) > 127)
    return {
        "item_id": label["image"],
        "label": label["label"],
        "owner": label["sender_id"],
        "kids": label["kids"] == "True",
        "photo": encode_jpeg(photo, QUALITY),
        "mask": mask,
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    source: pathlib.Path = option(
        ..., "folder of the data set, with images.csv and images/"
    )
    saliency: pathlib.Path = option(
        ..., "folder that keeps the saliency of each photo"
    )
    out: pathlib.Path = option(..., ".parquet file to write")
    size: int = option(192, "longest side of the images in pixels")


def main(argv: list[str] | None = None) -> None:
    """Reads every labeled image and writes one Parquet file."""
    args = _Flags.parse(argv, "python data/build_wardrobes.py", __doc__)
    with open(args.source / "images.csv", newline="", encoding="utf-8") as file:
        labels = sorted(csv.DictReader(file), key=lambda row: row["image"])
    masks = Masks(args.saliency)
    rows = []
    for label in tqdm(labels, unit="image"):
        path = args.source / "images" / f"{label['image']}.jpg"
        photo = decode_photo(path.read_bytes(), args.size)
        rows.append(to_row(label, photo, masks, args.size))
    pq.write_table(
        pa.Table.from_pylist(rows, schema=SCHEMA),
        args.out,
        row_group_size=ROWS_PER_GROUP,
        compression="NONE",  # Compression does not reduce JPEGs further.
    )
    num_masks = sum(row["mask"] is not None for row in rows)
    print(f"{len(rows)} images, {num_masks} masks written to {args.out}")


if __name__ == "__main__":
    run_command(main)
