"""A published version: where it is, and what made it."""

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
"""In the metadata of a version: the one that it is a copy of, at most with
another stock."""
STOCK = "availability"
"""In that of one that was told what is in stock: the list, `items`, how many of
the catalogue it held, `known`, and how many others, `unknown`."""
ROLLED_BACK = "rolled_back"
"""In that of one that was rolled back to: the version whose place it took,
`from`, and the one that was copied, `to`."""


@dataclasses.dataclass(frozen=True)
class Version:
    """A version on disk.

    Attributes:
        number: Its name.
        path: Its folder.
    """

    number: int
    path: str

    @functools.cached_property
    def metadata(self) -> dict[str, Any]:
        """What made it; nothing where that is missing or no JSON.

        So a version that somebody copied here in part can be rolled back from.
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
        """The number of the version that it is a copy of, or its own."""
        return int(self.metadata.get(COPY_OF, self.number))


def versions_of(model_dir: str) -> list[Version]:
    """Returns the versions of a model, ascending."""
    return [Version(*found) for found in find_versions(model_dir).items()]


def newest_version(model_dir: str) -> Version | None:
    """Returns the version of a model that is served, if there is one."""
    return next(reversed(versions_of(model_dir)), None)


def served_version(model_dir: str) -> Version:
    """Returns the version of a model that is served.

    Raises:
        UserError: If there is none.
    """
    newest = newest_version(model_dir)
    if newest is None:
        raise UserError(f"{model_dir} holds no version; check --model_dir")
    return newest
