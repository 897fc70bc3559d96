"""Shows that a job is alive where its runner does not."""

import contextlib
import os
import threading
from collections.abc import Iterator

from tqdm import tqdm

_SECONDS = 0.5


@contextlib.contextmanager
def bytes_written(directory: str, description: str) -> Iterator[None]:
    """Shows the bytes below a local folder while the body runs.

    Beam's local runner says nothing before it is done; what has been written
    is true of every runner. Remote folders show nothing: their runners have
    consoles.

    Args:
        directory: The folder that the job fills.
        description: What the line begins with.
    """
    if "://" in directory:
        yield
        return
    done = threading.Event()
    bar = tqdm(desc=description, unit="B", unit_scale=True, unit_divisor=1024)

    def watch() -> None:
        while not done.wait(_SECONDS):
            bar.update(_size(directory) - bar.n)
            bar.refresh()  # The clock goes on even where nothing is written.

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
            with contextlib.suppress(OSError):  # Renamed while we looked.
                total += os.path.getsize(os.path.join(folder, name))
    return total
