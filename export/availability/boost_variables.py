"""Boost variables of a published version on disk."""

import logging
from collections.abc import Mapping
from collections.abc import Set
from typing import Any

import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.vocabulary import read_vocabulary
from export.availability.version_variables import VALUE
from export.availability.version_variables import read_variables
from export.availability.version_variables import write_variables
from export.index.boosts import Boost
from export.index.boosts import boost_arrays
from export.publishing.version import BOOSTS
from export.publishing.version import Version

_logger = logging.getLogger(__name__)
_NAMES = {name: f"boosts/{name}{VALUE}" for name in boost_arrays({})}


def read_boosts(version_dir: str) -> dict[str, Boost]:
    """Reads the boosts of a version.

    Args:
        version_dir: Folder of the version.

    Returns:
        Boosts by item id; empty for a version without boost variables.

    Raises:
        OSError, ValueError, UserError, tf.errors.OpError: If files of the
            version are damaged or missing.
    """
    values = read_variables(version_dir, "boosts/")
    if not values:
        return {}
    ids = _item_ids(version_dir)
    items, amounts, ranks = (values[name].tolist() for name in _NAMES.values())
    return {
        ids[item]: Boost(amount, rank)
        for item, amount, rank in zip(items, amounts, ranks, strict=True)
    }


def inherit_boosts(
    before: Version, item_ids: Set[str]
) -> tuple[dict[str, Boost] | None, dict[str, Any]]:
    """Carries the boosts of a version over to its replacement.

    Args:
        before: Version to replace.
        item_ids: Item ids of the catalog of the replacement.

    Returns:
        Boosts of items of the catalog, by item id, and the metadata entry; None
        and no entry if the boosts of `before` were never set.
    """
    if BOOSTS not in before.metadata:
        return None, {}
    try:
        previous = read_boosts(before.path)
    except (IndexError, OSError, ValueError, UserError, tf.errors.OpError):
        _logger.warning(
            "the boosts in %s cannot be read, because files of it are damaged "
            "or missing; run `export.task set-boosts`",
            before.path,
        )
        return None, {}
    boosts = {
        item_id: previous[item_id] for item_id in item_ids & previous.keys()
    }
    known = {"known": len(boosts)}
    return boosts, {BOOSTS: {**before.metadata[BOOSTS], **known}}


def write_boosts(version_dir: str, boosts: Mapping[str, Boost]) -> None:
    """Overwrites the boost variables of a version.

    Args:
        version_dir: Folder of a version that is not served yet.
        boosts: Boosts by item id, of items of its catalog.

    Raises:
        UserError: If the version has no boost variables.
    """
    values = read_variables(version_dir)
    if not values.keys() >= set(_NAMES.values()):
        raise UserError(
            f"{version_dir} was exported by an older Atelier, without boosts; "
            "export the model again"
        )
    index = {item_id: i for i, item_id in enumerate(_item_ids(version_dir))}
    arrays = boost_arrays({index[one]: boosts[one] for one in boosts})
    write_variables(
        version_dir, values | {_NAMES[name]: arrays[name] for name in arrays}
    )


def _item_ids(version_dir: str) -> list[str]:
    return read_vocabulary(paths.join(version_dir, "assets", "items.txt"))
