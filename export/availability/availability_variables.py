"""What is in stock, among the variables of a version on disk."""

import re
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from atelier.schema import paths
from atelier.schema.vocabulary import read_vocabulary
from export.index.ivf_layout import barred
from export.index.ivf_layout import count_held
from export.publishing.version import STOCK
from export.publishing.version import Version
from export.servables.item_filter import stock_of

_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_STOCK = f"_on_offer/_stock{_VALUE}"
_KINDS = f"_on_offer/_kinds{_VALUE}"
_INDEX = re.compile(rf"(.+/_index)/_partition_of{_VALUE}")


def read_availability(version_dir: str) -> dict[str, bool]:
    """Returns whether each item of a version can be bought, by id.

    Of what knows of no stock that is nothing: it is no recommender, an old one,
    or was copied here in part.
    """
    try:
        reader = tf.train.load_checkpoint(_prefix(version_dir))
        if not reader.has_tensor(_STOCK):
            return {}
        there = reader.get_tensor(_STOCK) == 0
        ids = read_vocabulary(paths.join(version_dir, "assets", "items.txt"))
        return dict(zip(ids, there.tolist(), strict=True))
    except (IndexError, ValueError, tf.errors.OpError):
        return {}


def inherit_availability(
    before: Version, own: dict[str, bool]
) -> tuple[dict[str, bool], dict[str, Any]]:
    """Returns what can be bought of a version that takes the place of another.

    Args:
        before: The other one.
        own: What could be bought if nobody knew better.

    Returns:
        The same with what the version before was told, and the metadata that
        says so.
    """
    told = read_availability(before.path) if STOCK in before.metadata else {}
    if not told:
        return own, {}
    stock = {one: told.get(one, there) for one, there in own.items()}
    known = {"known": sum(stock.values())}
    return stock, {STOCK: {**before.metadata[STOCK], **known}}


def write_availability(version_dir: str, there: np.ndarray) -> None:
    """Writes the variables of a version anew; all others stay as they are.

    Args:
        version_dir: A version that knows of a stock and that nobody serves yet.
        there: Whether each item can be bought, bool [items].

    Raises:
        UserError: If the version was made before its index was what it is.
    """
    reader = tf.train.load_checkpoint(_prefix(version_dir))
    values = {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
    }
    values[_STOCK] = stock_of(there)
    for match in filter(None, map(_INDEX.fullmatch, list(values))):
        held, by_kind, summaries = (
            f"{match[1]}/{name}{_VALUE}"
            for name in ("_held", "_held_by_kind", "_summaries")
        )
        if by_kind not in values:
            raise UserError(
                f"the partitioned index of {version_dir} is of an older "
                "Atelier, which knew of stock in another way; export the model "
                "once more"
            )
        counts = count_held(values[_KINDS], values[match[0]], there)
        values[held], values[by_kind] = counts[0], counts[1:]
        values[summaries] = barred(values[summaries], counts[0])
    names = list(values)
    tf.raw_ops.SaveV2(
        prefix=_prefix(version_dir),
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(values[name]) for name in names],
    )
    # It names the variables that were there before; TF Serving can do without.
    fingerprint = paths.join(version_dir, "fingerprint.pb")
    if tf.io.gfile.exists(fingerprint):
        tf.io.gfile.remove(fingerprint)


def _prefix(version_dir: str) -> str:
    return paths.join(version_dir, "variables", "variables")
