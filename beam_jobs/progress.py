"""Progress display for jobs whose runner has none."""

import contextlib
import io
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
    is_terminal = sys.stderr.isatty()
    # In a log the bar stays hidden, and its lines are written one by one.
    bar = tqdm(
        desc=description,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        file=None if is_terminal else io.StringIO(),
    )

    def show() -> None:
        bar.n = _size(directory)
        bar.refresh()  # Also updates the clock.
        if not is_terminal:
            sys.stderr.write(f"{bar}\n")

    def watch() -> None:
        while not done.wait(_SECONDS if is_terminal else _SECONDS_IN_A_LOG):
            show()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        show()
        bar.close()


def _size(directory: str) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):  # Renamed during the walk.
                total += os.path.getsize(os.path.join(folder, name))
    return total
