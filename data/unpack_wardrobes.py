"""Unpacks `data/wardrobes.parquet` to three CSV tables and a photo folder.

    python data/unpack_wardrobes.py --out runs/quickstart/shop

Writes `log.csv` (user_id, item_id), `items.csv` (item_id, category),
`photos.csv` (item_id, photo) and `photos/`: files as a shop may have them.
"""

import argparse
import csv
import pathlib

from atelier.io.parquet import pq

SOURCE = pathlib.Path(__file__).with_name("wardrobes.parquet")


def main(argv: list[str] | None = None) -> None:
    """Writes the tables and the photos; see `--help`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--source", type=pathlib.Path, default=SOURCE)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args(argv)
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
    main()
