"""Published versions of a model and their metadata."""

import dataclasses
import functools
import json
from typing import Any

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.model_versions import find_versions

METADATA = "assets.extra/atelier.json"
COPY_OF = "copy_of"
"""Metadata key of a copy: number of the version with the same model, from which
the copy differs at most in availability."""
STOCK = "availability"
"""Metadata key of a version with a list of items in stock: path of the list,
`items`, and its number of ids in the catalog, `known`, and others, `unknown`.
"""
ROLLED_BACK = "rolled_back"
"""Metadata key of a rollback: number of the version that it replaced, `from`,
and of the version that it is a copy of, `to`."""


@dataclasses.dataclass(frozen=True)
class Version:
    """A version on disk.

    Attributes:
        number: Version number.
        path: Folder of the version.
    """

    number: int
    path: str

    @functools.cached_property
    def metadata(self) -> dict[str, Any]:
        """Metadata on the origin of the version; empty if unreadable.

        A rollback from an incomplete copy of a version is therefore possible.
        """
        path = paths.join(self.path, METADATA)
        if not tf.io.gfile.exists(path):
            return {}
        with tf.io.gfile.GFile(path, "rb") as file:
            try:
                found = json.loads(file.read())
            except ValueError:
                return {}
        return found if isinstance(found, dict) else {}

    @property
    def origin(self) -> int:
        """Number of the version that this is a copy of, or its own."""
        return int(self.metadata.get(COPY_OF, self.number))


def versions_of(model_dir: str) -> list[Version]:
    """Returns the versions of a model, in ascending order.

    Args:
        model_dir: Folder of all versions.
    """
    return [Version(*found) for found in find_versions(model_dir).items()]


def newest_version(model_dir: str) -> Version | None:
    """Returns the version that is served, the newest; None without versions.

    Args:
        model_dir: Folder of all versions.
    """
    return next(reversed(versions_of(model_dir)), None)


def served_version(model_dir: str) -> Version:
    """Returns the version that is served, the newest.

    Args:
        model_dir: Folder of all versions.

    Raises:
        UserError: If the folder holds no version.
    """
    newest = newest_version(model_dir)
    if newest is None:
        raise UserError(f"{model_dir} holds no version; check --model_dir")
    return newest
