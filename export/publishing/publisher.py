"""Atomic publishing of a SavedModel as a new version."""

import contextlib
import fcntl
import json
import os
import re
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from atelier.io.atomic import durable_rename
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.model_versions import MAX_VERSION
from export.publishing.version import METADATA
from export.publishing.version import ROLLED_BACK
from export.publishing.version import check_model_dir
from export.publishing.version import versions_of

_UNFINISHED = "tmp-"
_LOCK = ".lock"


class Publisher:
    """Publishes versions to a locked folder; see `publishing`.

    Args:
        model_dir: Folder of all versions of the model.
        keep: Number of models to keep, each in its newest version; None for
            all versions.

    Example:
        with publishing("models/recommender", "recommender") as publisher:
            version_dir = publisher.publish(
                lambda path: tf.saved_model.save(module, path),
                {"model": "recommender"},
                check=probe_in_subprocess,
            )
    """

    def __init__(self, model_dir: str, keep: int | None) -> None:
        self._model_dir = model_dir
        self._keep = keep

    def publish(
        self,
        save: Callable[[str], object],
        metadata: dict[str, Any],
        check: Callable[[str], object],
    ) -> str:
        """Writes a version under a temporary name, checks it, and renames it.

        TF Serving polls the folder for children whose name is a number, so it
        sees the version only when it is complete. It survives a power failure.

        Args:
            save: Function that writes the SavedModel into a folder.
            metadata: Metadata on the origin of the version, saved inside it.
            check: Function that raises if the version in a folder must not be
                published.

        Returns:
            Folder of the new version, named after the Unix time.
        """
        temporary = self._unfinished(os.getpid())
        try:
            save(temporary)
            path = paths.join(temporary, METADATA)
            tf.io.gfile.makedirs(path.rpartition("/")[0])
            with tf.io.gfile.GFile(path, "w") as file:
                file.write(json.dumps(metadata, indent=2) + "\n")
            check(temporary)
            final = paths.join(self._model_dir, str(self._next_number()))
            durable_rename(temporary, final)
        except BaseException:
            if tf.io.gfile.exists(temporary):
                tf.io.gfile.rmtree(temporary)
            raise
        if self._keep is not None:
            self._remove_old(self._keep)
        return final

    def _next_number(self) -> int:
        """Returns the Unix time, or the largest version number plus one."""
        names = tf.io.gfile.listdir(self._model_dir)
        numbers = [int(n) for n in names if n.isascii() and n.isdigit()]
        served = [number for number in numbers if number < MAX_VERSION]
        return max([int(time.time()), *(number + 1 for number in served)])

    def _remove_old(self, keep: int) -> None:
        versions = versions_of(self._model_dir)
        newest = sorted({v.origin: v.number for v in versions}.values())
        rolled_back = versions[-1].metadata.get(ROLLED_BACK, {}).get("from")
        for version in versions:
            if version.number not in (*newest[-keep:], rolled_back):
                # A partly removed folder must not look like a version.
                unfinished = self._unfinished(version.number)
                tf.io.gfile.rename(version.path, unfinished)
                tf.io.gfile.rmtree(unfinished)

    def _unfinished(self, number: int) -> str:
        return paths.join(self._model_dir, f"{_UNFINISHED}{number}")


@contextlib.contextmanager
def publishing(
    model_dir: str, model: str | None = None, keep: int | None = None
) -> Iterator[Publisher]:
    """Locks a folder of versions and removes leftovers of killed processes.

    Args:
        model_dir: Folder of all versions; created if `model` is given.
        model: Name of the model to publish; None for copies of versions that
            are there.
        keep: Number of models to keep, each in its newest version; None for
            all versions.

    Yields:
        Publisher of the folder.

    Raises:
        UserError: If another process publishes there, the folder does not exist
            and `model` is None, or `check_model_dir` rejects it.
    """
    check_model_dir(model_dir, model)
    if model:
        os.makedirs(model_dir, exist_ok=True)
    elif not os.path.isdir(model_dir):
        raise UserError(f"{model_dir} holds no version; check --model_dir")
    with open(paths.join(model_dir, _LOCK), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"another export is publishing to {model_dir}; run this again "
                "when it has finished"
            ) from error
        for name in os.listdir(model_dir):
            if re.fullmatch(rf"{_UNFINISHED}\d+", name):
                tf.io.gfile.rmtree(paths.join(model_dir, name))
        yield Publisher(model_dir, keep)
