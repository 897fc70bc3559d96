"""Unpacks `data/wardrobes.parquet` to three CSV tables and a photo folder.

    python data/unpack_wardrobes.py --out runs/quickstart/shop

Writes `log.csv` (user_id, item_id), `items.csv` (item_id, category),
`photos.csv` (item_id, photo) and `photos/`: files as a shop may have them.
"""

import csv
import dataclasses
import pathlib

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.parquet import pq

SOURCE = pathlib.Path(__file__).with_name("wardrobes.parquet")


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    source: pathlib.Path = option(
        SOURCE, "Parquet file of the images (default: the included one)"
    )
    out: pathlib.Path = option(..., "folder for the tables and the photos")


def main(argv: list[str] | None = None) -> None:
    """Writes the tables and the photos; see `--help`."""
    args = _Flags.parse(argv, "python data/unpack_wardrobes.py", __doc__)
    rows = pq.read_table(args.source).to_pylist()
    photos = args.out / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(rows):
        row["file"] = f"{number}.jpg"
        (photos / row["file"]).write_bytes(row["photo"])
    for name, columns in (
        ("log", {"user_id": "owner", "item_id": "item_id"}),
        ("items", {"item_id": "item_id", "category": "label"}),
        ("photos", {"item_id": "item_id", "photo": "file"}),
    ):
        with open(
            args.out / f"{name}.csv", "w", newline="", encoding="utf-8"
        ) as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(
                [row[key] for key in columns.values()] for row in rows
            )
    print(f"{len(rows)} images unpacked to {args.out}")


if __name__ == "__main__":
    run_command(main)
