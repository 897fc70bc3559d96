"""Makes an older version the one that is served.

TF Serving serves the largest number, so the older version is published again
under a new one: a copy, file by file. It is not asked again, for it was blessed
when it was made, and whoever rolls back is in a hurry; should it fail to load,
TF Serving goes on with the version that it has.
"""

from typing import Any

from export.publish import copy_version
from export.publish import publish
from export.publish import read_metadata
from export.publish import versions
from records import layout
from records.errors import UserError

TRAIL = "rolled_back"
"""In the metadata of a copy: the version it takes the place of, `from`, and
the one that it is a copy of, `to`."""


def roll_back(model_dir: str, to: int | None = None) -> str:
    """Publishes an older version again.

    Args:
        model_dir: Folder of all versions.
        to: Which; None for the one before that which is served. What was
            rolled back from is not gone back to unless it is named.

    Returns:
        The folder of the copy.

    Raises:
        UserError: If there is no such version.
    """
    there = versions(model_dir)
    if not there:
        raise UserError(f"{model_dir} holds no version; check --model_dir")
    served = there[-1]
    made_as = _made_as(model_dir, served)
    if to is None:
        earlier = [one for one in there if one < made_as]
        if not earlier:
            raise UserError(
                f"{model_dir} serves its oldest version, {made_as}, so there "
                "is none to go back to"
            )
        to = earlier[-1]
    if to not in there:
        known = ", ".join(str(one) for one in there)
        raise UserError(
            f"--to {to} is none of the versions in {model_dir}: {known}"
        )
    origin = _made_as(model_dir, to)
    if origin == made_as:
        raise UserError(f"--to {to} is what {model_dir} serves already")
    metadata: dict[str, Any] = {
        **read_metadata(model_dir, to),
        TRAIL: {"from": served, "to": origin},
    }
    version = publish(
        model_dir,
        lambda path: copy_version(layout.join(model_dir, str(to)), path),
        metadata,
        check=lambda _: None,
    )
    print(f"published {version}, a copy of {origin}, in place of {served}")
    return version


def _made_as(model_dir: str, version: int) -> int:
    """Returns the version that one is a copy of, or itself."""
    trail = read_metadata(model_dir, version).get(TRAIL)
    return int(trail["to"]) if trail else version
