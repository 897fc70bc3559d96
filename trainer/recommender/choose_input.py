"""Choice between the catalog in memory and a stream of triples."""

import contextlib
import logging
import os
import pathlib
from collections.abc import Collection

from atelier.schema.manifest import Manifest

MEMORY, STREAM = INPUTS = ("memory", "stream")
_BYTES_PER_IMAGE, _BYTES_PER_PIXEL = 1000, 0.25
"""A JPEG of H&M takes 2.5 KB at 128 pixels, of a floor photo 7 KB at 192."""
_COPIES = 2
"""The files that were read, and the tensor that they are copied to."""
_LARGEST_SHARE = 0.5
"""The rest is for decoded images, the model and other processes."""
_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
"""Files with the memory limit of a container, in bytes or `max`."""

_logger = logging.getLogger(__name__)


def choose_input(manifest: Manifest, not_streamed: Collection[str]) -> str:
    """Chooses the input of a run, and says why.

    Args:
        manifest: Manifest of the data set.
        not_streamed: Options of the run that a stream does without.

    Returns:
        One of `INPUTS`.
    """
    size = _BYTES_PER_IMAGE + _BYTES_PER_PIXEL * manifest.image_size**2
    needed = _COPIES * size * manifest.counts["items"]
    available = _machine_memory()
    comparison = (
        f"the images of {manifest.counts['items']:,} items need about "
        f"{needed / 1e9:.1f} of {available / 1e9:.1f} GB of memory"
    )
    if needed <= _LARGEST_SHARE * available:
        _logger.info(f"--input auto chose {MEMORY}: {comparison}")
        return MEMORY
    if not_streamed:
        _logger.warning(
            f"--input auto chose {MEMORY} although {comparison}: a stream does "
            f"without --{', --'.join(not_streamed)}; use a larger machine, or "
            f"--preset laptop --input {STREAM}"
        )
        return MEMORY
    _logger.info(f"--input auto chose {STREAM}: {comparison}")
    return STREAM


def _machine_memory() -> int:
    """Returns the memory of the machine or container, in bytes."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _LIMITS:
        with contextlib.suppress(OSError, ValueError):
            memory = min(memory, int(pathlib.Path(path).read_text()))
    return memory
