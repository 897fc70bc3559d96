"""Assignment of users to the version labels of an A/B experiment.

The label of a user is a function of the user id and the experiment alone, so
every server and client computes the same one, and nothing is stored.
"""

import bisect
import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from itertools import accumulate

from atelier.io import files
from atelier.io.errors import UserError

_FIELDS = ("name", "salt", "labels")
_BITS = 52
"""A double holds integers of 52 bits exactly, in any language."""


@dataclasses.dataclass(frozen=True)
class Experiment:
    """An A/B experiment over version labels of a served model.

    Attributes:
        name: Name of the experiment.
        salt: Random text of this experiment. Two experiments with the same
            salt split the users in the same way, so give each its own.
        labels: Share of the users of each label, which add up to 1. The first
            label is the reference that the others are compared with.

    Example:
        experiment = Experiment("ease", "7f3a", {"stable": 0.5, "canary": 0.5})
        clients = {
            label: RecommenderClient("localhost:8500", version_label=label)
            for label in experiment.labels
        }
        result = clients[assign("u17", experiment)].recommend(["u17"])
    """

    name: str
    salt: str
    labels: Mapping[str, float]

    def __post_init__(self) -> None:
        """Validates the experiment.

        Raises:
            ValueError: If a text is missing, or the labels are not two or more
                with positive shares that add up to 1.
        """
        for field in ("name", "salt"):
            text = getattr(self, field)
            if not isinstance(text, str) or not text:
                raise ValueError(f"{field} must be a text, got {text!r}")
        if not isinstance(self.labels, Mapping) or len(self.labels) < 2:
            raise ValueError(
                "labels must be an object of two or more labels with their "
                f"shares, got {self.labels!r}"
            )
        for label, share in self.labels.items():
            is_number = isinstance(share, int | float)
            if not label or not is_number or not 0 < share < 1:
                raise ValueError(
                    "each label needs a name and a share above 0 and below 1, "
                    f"got {label!r}: {share!r}"
                )
        total = math.fsum(self.labels.values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares must add up to 1, got {total:g}")


def load_experiment(path: str) -> Experiment:
    """Reads an experiment from a JSON file.

    Args:
        path: Path or URI of a file such as `{"name": "ease", "salt": "7f3a",
            "labels": {"stable": 0.5, "canary": 0.5}}`.

    Raises:
        UserError: If the file is missing or holds no valid experiment.
    """
    if not files.exists(path):
        raise UserError(f"there is no experiment file {path}; check the path")
    try:
        values = json.loads(files.read_bytes(path))
        if not isinstance(values, dict) or values.keys() != set(_FIELDS):
            raise ValueError(
                f"it must be an object with the keys {', '.join(_FIELDS)}"
            )
        return Experiment(**values)
    except ValueError as error:
        raise UserError(f"experiment file {path}: {error}") from error


def assign(user_id: str, experiment: Experiment) -> str:
    """Returns the version label of a user.

    The first 52 bits of SHA-256(salt, line feed, user id; as UTF-8), divided
    by 2^52, are a number from 0 to 1 that is uniform over user ids. The labels,
    sorted by name, divide this range by their shares. If the share of one of
    two labels grows, its users keep their label.

    Args:
        user_id: User id; for a visitor without one, the id of the session.
        experiment: Experiment that divides the users.
    """
    text = f"{experiment.salt}\n{user_id}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    position = int(digest[: _BITS // 4], 16) / 2**_BITS
    labels, shares = zip(*sorted(experiment.labels.items()), strict=True)
    # The last label also takes what rounding leaves of 1.
    return str(labels[bisect.bisect(list(accumulate(shares[:-1])), position)])
