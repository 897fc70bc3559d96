"""Reads JSON lines: one object a line."""

import itertools
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row
from beam_jobs.tables.text import READ_ERRORS
from beam_jobs.tables.text import open_text

Parse = Callable[[str], Any]
"""Turns a line into a dictionary; raises ValueError if it cannot."""

_SAMPLE = 100


def inspect(path: str, parse: Parse) -> tuple[list[Column], list[Chunk]]:
    """Returns the keys that the first rows have, and the chunk, if any row.

    Raises:
        OSError, EOFError, zlib.error, ValueError: If the first rows cannot be
            read, or none of them is an object.
    """
    rows = list(itertools.islice(read(Chunk(path), None, parse), _SAMPLE))
    objects = [row for row in rows if isinstance(row, Row)]
    bad = [row for row in rows if isinstance(row, BadRow)]
    if bad and (not objects or bad[-1].reason == CUT_SHORT):
        worst = bad[-1] if objects else bad[0]
        raise ValueError(
            f"row {worst.address[1]} is no JSON object on a line of its own, "
            f"{worst.detail}"
        )
    keys = dict.fromkeys(key for row in objects for key in row.values)
    return [Column(key, None) for key in keys], [Chunk(path)] * bool(rows)


def read(
    chunk: Chunk, columns: list[str] | None, parse: Parse
) -> Iterator[Row | BadRow]:
    """Reads some keys of each object.

    Args:
        chunk: The whole of the file.
        columns: The keys; all of them if None.
        parse: Reads a line.

    Yields:
        The rows in order, blank lines left out; keys that an object lacks
        are None.
    """
    with open_text(chunk.path) as file:
        for number, line in enumerate(_lines(file), chunk.first_row):
            address = (chunk.path, number)
            if isinstance(line, Exception):
                detail = f"here the file ends or breaks: {line}"
                yield BadRow(address, CUT_SHORT, detail)
                return
            try:
                values = parse(line)
            except (ValueError, RecursionError) as error:
                yield BadRow(address, MALFORMED, f"it is no JSON: {error}")
                continue
            if not isinstance(values, dict):
                kind = type(values).__name__
                detail = f"it holds a {kind} where an object was expected"
                yield BadRow(address, MALFORMED, detail)
            elif columns is None:
                yield Row(address, values)
            else:
                yield Row(address, {one: values.get(one) for one in columns})


def _lines(file: Any) -> Iterator[str | Exception]:
    try:
        for line in file:
            if line.strip():
                yield line
    except READ_ERRORS as error:
        yield error
