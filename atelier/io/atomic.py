"""Atomic writes: readers find the old file or the complete new one."""

import contextlib
import errno
import os
from concurrent import futures

_SYNC_THREADS = 16
"""Number of concurrent `fsync` calls, which a file system commits together:
2,000 small files on ext4 took 0.3 s instead of 6 s."""


def atomic_write(path: str, data: str | bytes, mode: int = 0o644) -> None:
    """Writes a file under a temporary name and renames it.

    A local file survives a power failure, the old one or the new one.

    Args:
        path: Path or URI of the file; an existing file is replaced.
        data: Content of the file; text is encoded as UTF-8.
        mode: Permission bits of a local file, before the umask.

    Example:
        atomic_write("runs/x/metrics.json", "{}")
    """
    content = data.encode() if isinstance(data, str) else data
    temporary = f"{path}.tmp"
    if "://" in path:
        # Imported here because clients and the tools of operation do without.
        import tensorflow as tf

        with tf.io.gfile.GFile(temporary, "wb") as file:
            file.write(content)
        tf.io.gfile.rename(temporary, path, overwrite=True)
        return
    with contextlib.suppress(FileNotFoundError):
        os.remove(temporary)  # Of a killed process, perhaps with another mode.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(temporary, flags, mode), "wb") as file:
        file.write(content)
    durable_rename(temporary, path)


def durable_rename(source: str, target: str) -> None:
    """Renames a complete local file or folder, and survives a power failure.

    Without the `fsync` calls, the new name may be on disk before the content.

    Args:
        source: Path of the file or folder.
        target: New path; an existing file is replaced.
    """
    _sync(source)
    content = [
        os.path.join(folder, name)
        for folder, subfolders, names in os.walk(source)
        for name in subfolders + names
    ]
    with futures.ThreadPoolExecutor(_SYNC_THREADS) as pool:
        list(pool.map(_sync, content))  # The list raises what a call raised.
    os.replace(source, target)
    _sync(os.path.dirname(target) or ".")


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot sync folders.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
