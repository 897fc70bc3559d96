"""Rollback to an older version.

TF Serving serves the largest version number, so a copy of the older version is
published under a new number. The copy must load and answer; its results are not
compared again, because the older version passed that check.
"""

import logging

import numpy as np

from atelier.io.errors import UserError
from export.availability.availability_variables import copy_version
from export.availability.availability_variables import inherit_availability
from export.availability.availability_variables import read_availability
from export.availability.boost_variables import inherit_boosts
from export.publishing.blessing import probe_in_subprocess
from export.publishing.publisher import publishing
from export.publishing.version import COPY_OF
from export.publishing.version import ROLLED_BACK
from export.publishing.version import Version
from export.publishing.version import served_version
from export.publishing.version import versions_of

_logger = logging.getLogger(__name__)


def roll_back(model_dir: str, to: int | None = None) -> str:
    """Publishes a copy of an older version.

    The copy takes over the availability and the boosts of the served version;
    items that the served version lacks keep the availability of the older
    version. If both versions hold the same model, all items keep what they have
    in the older version.

    Args:
        model_dir: Folder of all versions.
        to: Number of the version to copy; None for the newest version that is
            older than the served model. A version that was rolled back from is
            therefore chosen only by number.

    Returns:
        Folder of the copy.

    Raises:
        UserError: If there is no such version, or it does not load and answer.
    """
    with publishing(model_dir) as publisher:
        served = served_version(model_dir)
        chosen = _choose(model_dir, served, to)
        availability = read_availability(chosen.path)
        metadata = {
            **chosen.metadata,
            COPY_OF: chosen.origin,
            ROLLED_BACK: {"from": served.number, "to": chosen.number},
        }
        available = boosts = None
        if chosen.origin != served.origin:
            inherited, entry = inherit_availability(served, availability)
            metadata |= entry
            if inherited != availability:
                available = np.array(list(inherited.values()))
            boosts, entry = inherit_boosts(served, availability.keys())
            metadata |= entry
        version = publisher.publish(
            lambda path: copy_version(chosen.path, path, available, boosts),
            metadata,
            check=probe_in_subprocess,
        )
    _logger.info(
        f"version {chosen.number} is copied, in place of {served.number}"
    )
    return version


def _choose(model_dir: str, served: Version, to: int | None) -> Version:
    versions = {version.number: version for version in versions_of(model_dir)}
    if to is None:
        older = [number for number in versions if number < served.origin]
        if not older:
            raise UserError(
                f"{model_dir} serves its oldest model, {served.origin}, so "
                "there is no older one to go back to"
            )
        return versions[older[-1]]
    if to not in versions:
        known = ", ".join(map(str, versions))
        raise UserError(
            f"--to {to} is not one of the versions in {model_dir}: {known}"
        )
    if to == served.number:
        raise UserError(
            f"--to {to} is the version that {model_dir} already serves; give "
            "an older one"
        )
    return versions[to]
