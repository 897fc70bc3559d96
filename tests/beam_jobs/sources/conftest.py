"""Opens a source as the job does, and reads all of it."""

import pickle

import pytest

from beam_jobs.tables.row import Row


@pytest.fixture(scope="session")
def opened():
    """Opens a source by its flags; what returns is what a worker gets."""

    def opened(kind, *flags):
        options = kind.options.parse(flags, kind.name, None)
        return pickle.loads(pickle.dumps(kind.open(options)))

    return opened


@pytest.fixture(scope="session")
def rows_of():
    """Reads a table whole: [(number, values)], (number, detail) of bad ones."""

    def rows_of(source, table):
        return [
            (row.address[1], row.values if isinstance(row, Row) else row.detail)
            for chunk in source.chunks(table)
            for row in source.read(table, chunk)
        ]

    return rows_of


@pytest.fixture(scope="session")
def photos_of():
    """Reads all photos that lie inside: [(number, photo)]."""

    def photos_of(source):
        return [
            (address[1], photo)
            for chunk in source.chunks("photos")
            for address, photo in source.read_photos(chunk)
        ]

    return photos_of
