"""Progress display for jobs whose runner has none."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

from tqdm import tqdm

_SECONDS = 0.5
_SECONDS_IN_A_LOG = 30.0


@contextlib.contextmanager
def bytes_written(directory: str, description: str) -> Iterator[None]:
    """Displays the size of a local folder while the body runs.

    Beam's local runner reports nothing until it finishes; the number of bytes
    written is a valid measure with every runner. Nothing is displayed for a
    remote folder, because runners that write to one have consoles.

    A terminal is updated twice a second, a log file every half a minute.

    Args:
        directory: Output folder of the job.
        description: Prefix of the progress line.
    """
    if "://" in directory:
        yield
        return
    done = threading.Event()
    seconds = _SECONDS if sys.stderr.isatty() else _SECONDS_IN_A_LOG
    bar = tqdm(desc=description, unit="B", unit_scale=True, unit_divisor=1024)

    def watch() -> None:
        while not done.wait(seconds):
            bar.update(_size(directory) - bar.n)
            bar.refresh()  # Updates the clock between writes.

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        bar.update(_size(directory) - bar.n)
        bar.close()


def _size(directory: str) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):  # Renamed during the walk.
                total += os.path.getsize(os.path.join(folder, name))
    return total
