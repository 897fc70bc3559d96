"""Builds `data/wardrobes.parquet` from a copy of the clothing dataset.

    python data/build_wardrobes.py --source DIR --out data/wardrobes.parquet

`DIR` is a clone of github.com/alexeygrigorev/clothing-dataset or a copy with
smaller images. It holds `images.csv` (image, sender_id, label, kids) and
`images/`. Rows are sorted by item id, so that the output does not depend on the
machine.
"""

import argparse
import csv
import pathlib

from tqdm import tqdm

from atelier.io.parquet import pa
from atelier.io.parquet import pq
from beam_jobs.prepare.image_codec import to_training_jpeg

SCHEMA = pa.schema(
    [
        ("item_id", pa.string()),
        ("label", pa.string()),
        ("owner", pa.string()),
        ("kids", pa.bool_()),
        ("photo", pa.binary()),
    ]
)
ROWS_PER_GROUP = 512  # A row group is the unit of parallel reading.


def main() -> None:
    """Reads every labeled image and writes one Parquet file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument(
        "--size",
        type=int,
        default=128,
        help="side of the images in pixels (default: 128)",
    )
    args = parser.parse_args()
    with open(args.source / "images.csv", newline="", encoding="utf-8") as file:
        labels = sorted(csv.DictReader(file), key=lambda row: row["image"])
    rows = [
        {
            "item_id": label["image"],
            "label": label["label"],
            "owner": label["sender_id"],
            "kids": label["kids"] == "True",
            "photo": to_training_jpeg(
                (args.source / "images" / f"{label['image']}.jpg").read_bytes(),
                args.size,
            ),
        }
        for label in tqdm(labels, unit="image")
    ]
    pq.write_table(
        pa.Table.from_pylist(rows, schema=SCHEMA),
        args.out,
        row_group_size=ROWS_PER_GROUP,
        compression="NONE",  # Compression does not reduce JPEGs further.
    )
    print(f"{len(rows)} images written to {args.out}")


if __name__ == "__main__":
    main()
