"""Files that a test writes in a line, and all rows of them."""

import gzip

import pytest

from beam_jobs.tables.row import Row
from beam_jobs.tables.table import open_table


@pytest.fixture(scope="session")
def write(tmp_path_factory):
    """Writes one file into a folder of its own; `.gz` is packed."""
    folder = tmp_path_factory.mktemp("tables")

    def write(name, data):
        path = folder / name
        data = data.encode() if isinstance(data, str) else data
        path.write_bytes(gzip.compress(data, 1) if name[-3:] == ".gz" else data)
        return str(path)

    return write


@pytest.fixture(scope="session")
def read():
    """Reads a table whole: rows and bad rows."""

    def read(pattern, columns, **options):
        table = open_table(
            pattern, dict.fromkeys(columns, "--the_flag"), **options
        )
        return [
            row for chunk in table.chunks for row in table.read(chunk, columns)
        ]

    return read


@pytest.fixture(scope="session")
def plain():
    """Turns rows into (number, *values), bad ones into (number, reason)."""

    def plain(rows):
        return [
            (row.address[1], *row.values.values())
            if isinstance(row, Row)
            else (row.address[1], row.reason)
            for row in rows
        ]

    return plain
