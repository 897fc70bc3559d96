"""Reader of JSON Lines files, with one object per line."""

import itertools
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from beam_jobs.tables.blocks import Block
from beam_jobs.tables.blocks import Syntax
from beam_jobs.tables.blocks import blocks_of
from beam_jobs.tables.nested import names_of
from beam_jobs.tables.row import CUT_SHORT
from beam_jobs.tables.row import MALFORMED
from beam_jobs.tables.row import BadRow
from beam_jobs.tables.row import Chunk
from beam_jobs.tables.row import Column
from beam_jobs.tables.row import Row
from beam_jobs.tables.text import READ_ERRORS
from beam_jobs.tables.text import open_text
from beam_jobs.tables.text import utf_8_start

Parse = Callable[[str], Any]
"""Parser of a line; returns a dictionary or raises ValueError."""

_SAMPLE = 100


def inspect(path: str, parse: Parse) -> tuple[list[Column], list[Chunk]]:
    """Returns the keys of the first rows, and a chunk unless it is empty.

    Raises:
        OSError, EOFError, zlib.error, ValueError: If the first rows cannot be
            read, or if none of them is an object.
    """
    rows = list(itertools.islice(read(Chunk(path), None, parse), _SAMPLE))
    objects = [row for row in rows if isinstance(row, Row)]
    bad = [row for row in rows if isinstance(row, BadRow)]
    if bad and (not objects or bad[-1].reason == CUT_SHORT):
        worst = bad[-1] if objects else bad[0]
        raise ValueError(
            f"row {worst.address[1]} is not a JSON object on a single line: "
            f"{worst.detail}"
        )
    keys = {key for row in objects for key in row.values}
    names = dict.fromkeys(
        one for row in objects for one in names_of(row.values)
    )
    columns = [Column(name, None, name not in keys) for name in names]
    return columns, [Chunk(path)] * bool(rows)


def blocks(path: str) -> list[Block]:
    """Returns the blocks of a large file, none if one worker must read it."""
    return blocks_of(path, _syntax)


def _syntax(path: str) -> Syntax | None:
    start = utf_8_start(path)
    return None if start is None else Syntax(start, None, is_json=True)


def missing_keys(paths: list[str], keys: set[str], parse: Parse) -> set[str]:
    """Returns the keys that no row of the files has; reads until all occur.

    Exports of BigQuery leave out the keys without a value, so a key may first
    occur after the rows that `inspect` reads.
    """
    missing = set(keys)
    for path in paths:
        for row in read(Chunk(path), None, parse):
            if isinstance(row, Row):
                missing.difference_update(names_of(row.values))
            if not missing:
                return missing
    return missing


def read(
    chunk: Chunk, columns: list[str] | None, parse: Parse
) -> Iterator[Row | BadRow]:
    """Reads keys of each object of a file, or of a block of it.

    Args:
        chunk: Chunk of the file.
        columns: Keys to read; all keys if None.
        parse: Parser of a line.

    Yields:
        The rows in order, without blank lines. Missing keys are None.
    """
    with open_text(chunk.path, start=chunk.start, end=chunk.end) as file:
        for number, line in enumerate(_lines(file), chunk.first_row):
            address = (chunk.path, number)
            if isinstance(line, Exception):
                detail = f"unreadable from this row on: {line}"
                yield BadRow(address, CUT_SHORT, detail)
                return
            try:
                values = parse(line)
            except (ValueError, RecursionError) as error:
                yield BadRow(address, MALFORMED, f"invalid JSON: {error}")
                continue
            if not isinstance(values, dict):
                kind = type(values).__name__
                detail = f"it holds a {kind}, expected an object"
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
