"""Progress bar over the rows that all local worker processes finish."""

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
    """Passes rows through and appends one byte per row to a file.

    Args:
        path: Path of the progress file from `rows_done`. Rows are not counted
            on other machines, where the folder of the file does not exist.

    Example:
        with rows_done("embed", total=100, directory="out") as path:
            _ = rows | beam.ParDo(CountRows(path))
            pipeline.run().wait_until_finish()
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: Any = None

    def setup(self) -> None:
        """Opens the progress file, to which several processes may append."""
        with contextlib.suppress(OSError):
            self._file = open(self._path, "ab", buffering=0)  # noqa: SIM115

    def process(self, row: Any) -> Iterator[Any]:
        """Yields the row and counts it."""
        yield row
        if self._file:
            self._file.write(b".")

    def teardown(self) -> None:
        """Closes the progress file."""
        if self._file:
            self._file.close()


@contextlib.contextmanager
def rows_done(description: str, total: int, directory: str) -> Iterator[str]:
    """Displays a progress bar while the body runs.

    Args:
        description: Prefix of the progress line.
        total: Total number of rows.
        directory: Output folder of the job. No bar is shown for a remote
            folder, because runners that write to one have consoles.

    Yields:
        The path of the progress file for `CountRows`.
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
            bar.refresh()  # Updates the clock between rows.

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
