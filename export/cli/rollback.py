"""Makes an older version the one that is served.

TF Serving serves the largest number, so the older version is published again
under a new one: a copy, file by file. Its answers are not judged again, for
they were when it was made; that it loads and answers is made sure of.
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
    """Publishes an older version again.

    What could be bought until now can be bought from the copy, too; only what
    the version before did not have is in stock as it was in the older one. A
    copy of the same model with another stock gets that stock.

    Args:
        model_dir: Folder of all versions.
        to: Which; None for the model before that which is served. What was
            rolled back from is not gone back to unless it is named.

    Returns:
        The folder of the copy.

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
                "there is none to go back to"
            )
        return there[earlier[-1]]
    if to not in there:
        known = ", ".join(map(str, there))
        raise UserError(
            f"--to {to} is none of the versions in {model_dir}: {known}"
        )
    if to == served.number:
        raise UserError(f"--to {to} is what {model_dir} serves already")
    return there[to]
