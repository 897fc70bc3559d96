"""Input files and printed output of the client's commands."""

import json
from pathlib import Path
from typing import Any


def print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Prints rows as JSON lines or as a table.

    Args:
        rows: Rows with identical keys.
        as_json: Whether to print JSON lines.
    """
    if as_json:
        for row in rows:
            print_json(row)
    else:
        print_table(rows)


def print_json(record: dict[str, Any]) -> None:
    """Prints a record as one JSON line."""
    print(json.dumps(record, ensure_ascii=False))


def print_table(rows: list[dict[str, Any]]) -> None:
    """Prints rows with identical keys as a table, numbers right-aligned."""
    if not rows:
        print("(no rows)")
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
    """Returns the bytes of an image file.

    Args:
        path: Path of the file.

    Raises:
        ValueError: if the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(
            f"Cannot read the image {path}: {error.strerror}; give the path of "
            "a JPEG or PNG file."
        ) from error
