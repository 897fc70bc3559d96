"""What the commands of the client read and print."""

import argparse
import json
from pathlib import Path
from typing import Any


def print_rows(rows: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Prints rows with the same keys as JSON lines, or as a table.

    Args:
        rows: The rows.
        options: The command line's `json`.
    """
    if options.json:
        for row in rows:
            print_json(row)
    else:
        print_table(rows)


def print_json(record: dict[str, Any]) -> None:
    """Prints one JSON line."""
    print(json.dumps(record, ensure_ascii=False))


def print_table(rows: list[dict[str, Any]]) -> None:
    """Prints rows with the same keys: numbers to the right."""
    if not rows:
        print("(nothing)")
        return
    lines = [list(rows[0])]
    for row in rows:
        lines.append(
            [
                f"{v:.4f}" if isinstance(v, float) else str(v)
                for v in row.values()
            ]
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    to_right = [isinstance(value, int | float) for value in rows[0].values()]
    for line in lines:
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, to_right, strict=True)
        ]
        print("  ".join(cells).rstrip())


def read_image(path: Path) -> bytes:
    """Returns the bytes of a file.

    Args:
        path: The file.

    Raises:
        ValueError: if it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"Cannot read the image {path}: {error.strerror}; give the path of "
            "a JPEG or PNG file."
        ) from error
