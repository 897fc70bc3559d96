"""Publishes a SavedModel as a new version: whole or not at all."""

import json
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from records import layout

METADATA = "assets.extra/atelier.json"
_UNFINISHED = "tmp-"


def publish(
    model_dir: str,
    save: Callable[[str], None],
    metadata: dict[str, Any],
    check: Callable[[str], None],
) -> str:
    """Writes a version under a temporary name and renames it last.

    TF Serving polls `model_dir` and takes children whose name is a number, so
    it sees the version only when it is complete. What a process that was killed
    left there is removed first, so publish to a folder from one process at a
    time. (An object store has no folders to rename: there, publish to a disk
    and copy `saved_model.pb` last.)

    Args:
        model_dir: Folder of all versions of the model.
        save: Writes the SavedModel into the folder it is given.
        metadata: What made this version; kept inside it.
        check: Raises if the version in the folder it is given must not be
            published.

    Returns:
        The folder of the new version, named after the Unix time.
    """
    _remove_leftovers(model_dir)
    version = _next_version(model_dir)
    temporary = layout.join(model_dir, f"{_UNFINISHED}{version}")
    try:
        save(temporary)
        path = layout.join(temporary, METADATA)
        tf.io.gfile.makedirs(path.rpartition("/")[0])
        with tf.io.gfile.GFile(path, "w") as file:
            file.write(json.dumps(metadata, indent=2) + "\n")
        check(temporary)
        final = layout.join(model_dir, str(version))
        tf.io.gfile.rename(temporary, final)
    except BaseException:
        if tf.io.gfile.exists(temporary):
            tf.io.gfile.rmtree(temporary)
        raise
    return final


def versions(model_dir: str) -> list[int]:
    """Returns the versions of a model, ascending."""
    return sorted(int(name) for name in _children(model_dir) if name.isdigit())


def read_metadata(model_dir: str, version: int) -> dict[str, Any]:
    """Returns what made a version."""
    path = layout.join(model_dir, str(version), METADATA)
    with tf.io.gfile.GFile(path) as file:
        metadata: dict[str, Any] = json.loads(file.read())
    return metadata


def newest_metadata(model_dir: str) -> dict[str, Any] | None:
    """Returns what made the newest version; None if there is none."""
    there = versions(model_dir)
    return read_metadata(model_dir, there[-1]) if there else None


def copy_version(source: str, target: str) -> None:
    """Copies a version, file by file.

    Args:
        source: Its folder.
        target: The folder of the copy.
    """
    for folder, _, names in tf.io.gfile.walk(source):
        inside = layout.join(target, folder.removeprefix(source).strip("/"))
        tf.io.gfile.makedirs(inside)
        for name in names:
            tf.io.gfile.copy(
                layout.join(folder, name), layout.join(inside, name)
            )


def _next_version(model_dir: str) -> int:
    """Returns the Unix time, or one more than the newest version."""
    return max([int(time.time()), *(one + 1 for one in versions(model_dir))])


def _remove_leftovers(model_dir: str) -> None:
    for name in _children(model_dir):
        if name.startswith(_UNFINISHED):
            tf.io.gfile.rmtree(layout.join(model_dir, name))


def _children(model_dir: str) -> list[str]:
    if not tf.io.gfile.exists(model_dir):
        return []
    return [name.strip("/") for name in tf.io.gfile.listdir(model_dir)]
