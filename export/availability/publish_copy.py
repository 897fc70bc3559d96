"""Publishes a copy of the served version with other availability or boosts.

Nothing is trained or embedded: the weights are copied and a few variables are
overwritten.
"""

import logging
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from atelier.io.errors import UserError
from export.availability.availability_variables import copy_version
from export.availability.availability_variables import read_availability
from export.availability.bless_copy import bless_copy
from export.availability.boost_variables import read_boosts
from export.index.boosts import Boost
from export.publishing.publisher import Publisher
from export.publishing.version import COPY_OF
from export.publishing.version import Version

_logger = logging.getLogger(__name__)

_NUM_NAMED = 5
"""Maximum number of unknown ids in the log."""


def publish_copy(
    publisher: Publisher,
    served: Version,
    entry: dict[str, Any],
    *,
    in_stock: set[str] | None = None,
    boosts: Mapping[str, Boost] | None = None,
) -> str:
    """Publishes a copy of the served version.

    Args:
        publisher: Publisher of the model.
        served: Served version.
        entry: Metadata of the change.
        in_stock: Ids of the items in stock; None for those of the version.
        boosts: Boosts by item id; None for those of the version.

    Returns:
        Folder of the new version.

    Raises:
        UserError: If the results of the copy differ in anything else.
    """
    before = read_availability(served.path)
    available = None
    expected = {item_id for item_id, there in before.items() if there}
    if in_stock is not None:
        available = np.array([item_id in in_stock for item_id in before])
        expected = in_stock
    ranked = read_boosts(served.path) if boosts is None else boosts
    version = publisher.publish(
        lambda path: copy_version(served.path, path, available, boosts),
        {**served.metadata, COPY_OF: served.origin, **entry},
        check=lambda path: bless_copy(path, served, expected, ranked),
    )
    _logger.info(f"version {served.number} is replaced")
    return version


def read_catalog(served: Version) -> list[str]:
    """Reads the item ids of a recommender.

    Args:
        served: Served version.

    Raises:
        UserError: If it has no availability variables.
    """
    availability = read_availability(served.path)
    if not availability:
        raise UserError(
            f"{served.path} has no availability variables: it is not a "
            "recommender, an old one, or an incomplete copy; publish one with "
            "`python -m export.task recommender` first"
        )
    return list(availability)


def warn_unknown(unknown: Sequence[str]) -> None:
    """Logs the first ids that are not in the catalog, if any.

    Args:
        unknown: Descriptions of the ids.
    """
    if unknown:
        more = ", ..." if len(unknown) > _NUM_NAMED else ""
        _logger.warning(
            f"ignored: {len(unknown)} ids that are not in the catalog: "
            f"{', '.join(unknown[:_NUM_NAMED])}{more}"
        )
