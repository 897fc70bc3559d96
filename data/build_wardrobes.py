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
import pathlib

from tqdm import tqdm

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.parquet import pa
from atelier.io.parquet import pq
from beam_jobs.prepare.image_codec import decode_photo

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
QUALITY = 80  # Gives a file of 30 MB.
ROWS_PER_GROUP = 512  # A row group is the unit of parallel reading.


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    source: pathlib.Path = option(
        ..., "folder of the data set, with images.csv and images/"
    )
    out: pathlib.Path = option(..., ".parquet file to write")
    size: int = option(128, "side of the images in pixels")


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
