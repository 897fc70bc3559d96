"""Availability variables of a published version on disk."""

import logging
import re
import shutil
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.io.files import link_or_copy
from atelier.schema import paths
from atelier.schema.catalog_files import CATALOG
from atelier.schema.vocabulary import read_vocabulary
from export.availability.boost_variables import write_boosts
from export.availability.version_variables import VALUE
from export.availability.version_variables import read_variables
from export.availability.version_variables import write_variables
from export.index.boosts import Boost
from export.index.ivf_layout import count_available
from export.index.ivf_layout import mask_empty
from export.publishing.version import STOCK
from export.publishing.version import Version
from export.servables.item_filter import availability_vector

_logger = logging.getLogger(__name__)
_AVAILABILITY = f"_item_filter/_availability{VALUE}"
_CATEGORY_IDS = f"_item_filter/_category_ids{VALUE}"
_INDEX = re.compile(rf"(.+/_index)/_partition_of{VALUE}")


def read_availability(version_dir: str) -> dict[str, bool]:
    """Reads the availability of each item of a version.

    Args:
        version_dir: Folder of the version.

    Returns:
        Availability by item id; empty for a model without availability
        variables: not a recommender, an old one, or an incomplete copy.
    """
    try:
        values = read_variables(version_dir, _AVAILABILITY)
        if not values:
            return {}
        available = values[_AVAILABILITY] == 0
        ids = read_vocabulary(paths.join(version_dir, "assets", "items.txt"))
        return dict(zip(ids, available.tolist(), strict=True))
    except (IndexError, OSError, ValueError, UserError, tf.errors.OpError):
        return {}


def inherit_availability(
    before: Version, default: dict[str, bool]
) -> tuple[dict[str, bool], dict[str, Any]]:
    """Carries the availability of a version over to its replacement.

    Args:
        before: Version to replace.
        default: Default availability of the replacement, by item id.

    Returns:
        Availability by item id, that of `before` for the items it has, and the
        metadata entry; `default` and no entry if the availability of `before`
        was never set.

    Raises:
        UserError: If another release of Atelier published `before`.
    """
    if "in_stock" in before.metadata:
        raise UserError(
            f"{before.path} was published by another release of Atelier; give "
            "an empty --model_dir, and set the availability there again"
        )
    if STOCK not in before.metadata:
        return default, {}
    previous = read_availability(before.path)
    if not previous:
        _logger.warning(
            "the availability in %s cannot be read, because files of it are "
            "damaged or missing; run `export.task set-availability`",
            before.path,
        )
        return default, {}
    available = default | {
        item_id: previous[item_id] for item_id in default.keys() & previous
    }
    known = {"known": sum(available.values())}
    return available, {STOCK: {**before.metadata[STOCK], **known}}


def copy_version(
    source: str,
    target: str,
    available: np.ndarray | None = None,
    boosts: Mapping[str, Boost] | None = None,
) -> None:
    """Copies a version, with other availability or boosts.

    The copy shares the files of the catalog folder by hard links, where the
    file system has them: none is ever changed, and nothing in it depends on
    availability or boosts.

    Args:
        source: Folder of the version.
        target: Folder of the copy.
        available: Availability of each item, bool [items]; None for that of
            the version.
        boosts: Boosts by item id; None for those of the version.

    Raises:
        UserError: If the version is in an older format.
    """
    catalog = paths.join(source, CATALOG, "")

    def copy(path: str, new_path: str) -> object:
        is_shared = path.startswith(catalog)
        return (link_or_copy if is_shared else shutil.copyfile)(path, new_path)

    shutil.copytree(source, target, copy_function=copy)
    if available is not None:
        write_availability(target, available)
    if boosts is not None:
        write_boosts(target, boosts)


def write_availability(version_dir: str, available: np.ndarray) -> None:
    """Overwrites the availability variables of a version.

    Args:
        version_dir: Folder of a version that has availability variables and is
            not served yet.
        available: Availability of each item, bool [items].

    Raises:
        UserError: If the index of the version is in an older format.
    """
    values = read_variables(version_dir)
    values[_AVAILABILITY] = availability_vector(available)
    for match in filter(None, map(_INDEX.fullmatch, list(values))):
        held, by_category, summaries = (
            f"{match[1]}/{name}{VALUE}"
            for name in ("_held", "_held_by_category", "_summaries")
        )
        if by_category not in values:
            raise UserError(
                f"the IVF index of {version_dir} was written by an "
                "older Atelier, which stored availability in another format; "
                "export the model again"
            )
        counts = count_available(
            values[_CATEGORY_IDS], values[match[0]], available
        )
        values[held], values[by_category] = counts[0], counts[1:]
        values[summaries] = mask_empty(values[summaries], counts[0])
    write_variables(version_dir, values)
