"""Local and remote files; only remote ones need TensorFlow.

TensorFlow takes seconds to import. A command can therefore check its arguments
and the manifest, run and settings that they name before it imports TensorFlow.
"""

import os
import pathlib
import shutil
from typing import Any


def exists(path: str) -> bool:
    """Returns whether there is a file or folder.

    Args:
        path: Path or URI.
    """
    if _is_remote(path):
        return bool(_gfile().exists(path))
    return os.path.exists(path)


def list_names(path: str) -> list[str]:
    """Returns the names in a folder; none if there is no such folder.

    Args:
        path: Path or URI.
    """
    if not _is_remote(path):
        return os.listdir(path) if os.path.isdir(path) else []
    gfile = _gfile()
    names = gfile.listdir(path) if gfile.isdir(path) else []
    # Object stores list folders with a trailing slash.
    return [name.rstrip("/") for name in names]


def read_bytes(path: str) -> bytes:
    """Reads a file.

    Args:
        path: Path or URI.

    Raises:
        OSError, tf.errors.OpError: If the file cannot be read.
    """
    if _is_remote(path):
        with _gfile().GFile(path, "rb") as file:
            content: bytes = file.read()
        return content
    return pathlib.Path(path).read_bytes()


def remove(path: str) -> None:
    """Removes a file.

    Args:
        path: Path or URI of an existing file.
    """
    if _is_remote(path):
        _gfile().remove(path)
    else:
        os.remove(path)


def make_folders(path: str) -> None:
    """Creates a folder and its parents, unless they exist.

    Args:
        path: Path or URI.
    """
    if _is_remote(path):
        _gfile().makedirs(path)
    else:
        os.makedirs(path, exist_ok=True)


def link_or_copy(source: str, target: str) -> None:
    """Gives a local file a second name, or copies it.

    Args:
        source: Path of the file, which must not be changed afterwards.
        target: Path of the new name.
    """
    try:
        os.link(source, target)
    except OSError:  # Not all file systems have hard links, or enough of them.
        shutil.copyfile(source, target)


def _is_remote(path: str) -> bool:
    return "://" in path


def _gfile() -> Any:
    import tensorflow as tf

    return tf.io.gfile
