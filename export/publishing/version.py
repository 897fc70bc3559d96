"""Published versions of a model and their metadata."""

import dataclasses
import functools
import json
import os
from typing import Any

from atelier.io import files
from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.model_versions import SAVED_MODEL
from atelier.schema.model_versions import find_versions

METADATA = "assets.extra/atelier.json"
COPY_OF = "copy_of"
"""Metadata key of a copy: number of the version with the same model, from which
the copy differs at most in availability and boosts."""
STOCK = "availability"
"""Metadata key of a version with a list of items in stock: path of the list,
`items`, and its number of ids in the catalog, `known`, and others, `unknown`.
"""
BOOSTS = "boosts"
"""Metadata key of a version with a table of boosts: path of the table, `items`,
and its number of ids in the catalog, `known`, and others, `unknown`."""
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
        if not files.exists(path):
            return {}
        try:
            metadata = json.loads(files.read_bytes(path))
        except ValueError:
            return {}
        return metadata if isinstance(metadata, dict) else {}

    @property
    def origin(self) -> int:
        """Number of the version that this is a copy of, or its own."""
        return int(self.metadata.get(COPY_OF, self.number))


def versions_of(model_dir: str) -> list[Version]:
    """Returns the versions of a model, in ascending order.

    Args:
        model_dir: Folder of all versions.
    """
    return [Version(*version) for version in find_versions(model_dir).items()]


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


def check_model_dir(model_dir: str, model: str | None = None) -> None:
    """Checks that versions can be published to a folder.

    Args:
        model_dir: Folder of all versions.
        model: Name of the model to publish; None for copies of versions that
            are there.

    Raises:
        UserError: If the folder is an object store, a file, a version, or holds
            versions of another model.
    """
    if "://" in model_dir:
        raise UserError(
            f"--model_dir {model_dir} must be a local folder, where a version "
            "appears atomically; publish to one and copy the version from "
            f"there, {SAVED_MODEL} last"
        )
    if os.path.isfile(model_dir):
        raise UserError(f"--model_dir {model_dir} is a file; give a folder")
    if os.path.exists(paths.join(model_dir, SAVED_MODEL)):
        raise UserError(
            f"--model_dir {model_dir} is one version of a model; give its "
            "parent folder"
        )
    served = newest_version(model_dir)
    other = served and served.metadata.get("model")
    if model and other and other != model:
        raise UserError(
            f"--model_dir {model_dir} holds versions of the {other}; give the "
            f"{model} a folder of its own"
        )
