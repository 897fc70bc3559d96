"""Shows how many rows a job has done, whichever process does them."""

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from tqdm import tqdm

_SECONDS = 0.5


class CountRows(beam.DoFn):
    """Passes rows on and adds a byte to a file for each.

    Args:
        path: The file that `rows_done` watches. On another machine its
            folder is missing: there nothing is counted.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: Any = None

    def setup(self) -> None:
        """Opens the file; several processes may append to it."""
        with contextlib.suppress(OSError):
            self._file = open(self._path, "ab", buffering=0)  # noqa: SIM115

    def process(self, row: Any) -> Iterator[Any]:
        """Yields the row."""
        yield row
        if self._file:
            self._file.write(b".")

    def teardown(self) -> None:
        """Closes the file."""
        if self._file:
            self._file.close()


@contextlib.contextmanager
def rows_done(description: str, total: int, directory: str) -> Iterator[str]:
    """Shows a bar while the body runs.

    Args:
        description: What the line begins with.
        total: How many rows there are.
        directory: Where the job writes. A remote one shows nothing: its
            runners have consoles.

    Yields:
        The path for `CountRows`.
    """
    done = threading.Event()
    with (
        tempfile.TemporaryDirectory() as folder,
        tqdm(
            desc=description,
            total=total,
            unit=" rows",
            disable="://" in directory,
        ) as bar,
    ):
        path = os.path.join(folder, "rows")
        open(path, "wb").close()

        def show() -> None:
            bar.update(min(os.path.getsize(path), total) - bar.n)
            bar.refresh()  # The clock goes on even where nothing is done.

        def watch() -> None:
            while not done.wait(_SECONDS):
                show()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield path
        finally:
            done.set()
            thread.join()
            show()
