"""Rollback to an older version.

TF Serving serves the largest version number, so a copy of the older version is
published under a new number. The copy must load and answer; its results are not
compared again, because the older version passed that check.
"""

import numpy as np

from atelier.io.errors import UserError
from export.availability.availability_variables import inherit_availability
from export.availability.availability_variables import read_availability
from export.availability.availability_variables import write_availability
from export.publishing.blessing import probe_in_subprocess
from export.publishing.publisher import copy_version
from export.publishing.publisher import publishing
from export.publishing.version import COPY_OF
from export.publishing.version import ROLLED_BACK
from export.publishing.version import Version
from export.publishing.version import served_version
from export.publishing.version import versions_of


def roll_back(model_dir: str, to: int | None = None) -> str:
    """Publishes a copy of an older version.

    The copy takes over the availability of the served version; items that the
    served version lacks keep the availability of the older version. If both
    versions hold the same model, all items keep that of the older version.

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
        own = read_availability(chosen.path)
        same = chosen.origin == served.origin
        stock, told = (own, {}) if same else inherit_availability(served, own)

        def save(path: str) -> None:
            copy_version(chosen.path, path)
            if stock != own:
                write_availability(path, np.array(list(stock.values())))

        metadata = {
            **chosen.metadata,
            **told,
            COPY_OF: chosen.origin,
            ROLLED_BACK: {"from": served.number, "to": chosen.number},
        }
        version = publisher.publish(save, metadata, check=probe_in_subprocess)
    print(
        f"published {version}, a copy of {chosen.number}, in place of "
        f"{served.number}"
    )
    return version


def _choose(model_dir: str, served: Version, to: int | None) -> Version:
    there = {one.number: one for one in versions_of(model_dir)}
    if to is None:
        earlier = [one for one in there if one < served.origin]
        if not earlier:
            raise UserError(
                f"{model_dir} serves its oldest model, {served.origin}, so "
                "there is no older one to go back to"
            )
        return there[earlier[-1]]
    if to not in there:
        known = ", ".join(map(str, there))
        raise UserError(
            f"--to {to} is not one of the versions in {model_dir}: {known}"
        )
    if to == served.number:
        raise UserError(
            f"--to {to} is the version that {model_dir} already serves; give "
            "an older one"
        )
    return there[to]
