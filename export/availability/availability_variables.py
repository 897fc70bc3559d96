"""Availability variables of a published version on disk."""

import logging
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

_logger = logging.getLogger(__name__)
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_STOCK = f"_item_filter/_availability{_VALUE}"
_KINDS = f"_item_filter/_category_ids{_VALUE}"
_INDEX = re.compile(rf"(.+/_index)/_partition_of{_VALUE}")


def read_availability(version_dir: str) -> dict[str, bool]:
    """Reads the availability of each item of a version.

    Args:
        version_dir: Folder of the version.

    Returns:
        Availability by item id; empty for a model without availability
        variables: not a recommender, an old one, or an incomplete copy.
    """
    try:
        reader = tf.train.load_checkpoint(_prefix(version_dir))
        if not reader.has_tensor(_STOCK):
            return {}
        there = reader.get_tensor(_STOCK) == 0
        ids = read_vocabulary(paths.join(version_dir, "assets", "items.txt"))
        return dict(zip(ids, there.tolist(), strict=True))
    except (IndexError, OSError, ValueError, UserError, tf.errors.OpError):
        return {}


def inherit_availability(
    before: Version, own: dict[str, bool]
) -> tuple[dict[str, bool], dict[str, Any]]:
    """Carries the availability of a version over to its replacement.

    Args:
        before: Version to replace.
        own: Default availability of the replacement, by item id.

    Returns:
        Availability by item id, that of `before` for the items it has, and the
        metadata entry; `own` and no entry if the availability of `before` was
        never set.
    """
    if "in_stock" in before.metadata:
        raise UserError(
            f"{before.path} was published by another release of Atelier; give "
            "an empty --model_dir, and set the availability there again"
        )
    told = read_availability(before.path) if STOCK in before.metadata else {}
    if not told:
        if STOCK in before.metadata:
            _logger.warning(
                "the availability in %s cannot be read, because files of it "
                "are damaged or missing; run `export.task set-availability`",
                before.path,
            )
        return own, {}
    stock = {one: told.get(one, there) for one, there in own.items()}
    known = {"known": sum(stock.values())}
    return stock, {STOCK: {**before.metadata[STOCK], **known}}


def write_availability(version_dir: str, there: np.ndarray) -> None:
    """Overwrites the availability variables of a version.

    Args:
        version_dir: Folder of a version that has availability variables and is
            not served yet.
        there: Availability of each item, bool [items].

    Raises:
        UserError: If the index of the version is in an older format.
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
                f"the IVF index of {version_dir} was written by an "
                "older Atelier, which stored availability in another format; "
                "export the model again"
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
    # The fingerprint is that of the old variables, and TF Serving does not
    # need one.
    fingerprint = paths.join(version_dir, "fingerprint.pb")
    if tf.io.gfile.exists(fingerprint):
        tf.io.gfile.remove(fingerprint)


def _prefix(version_dir: str) -> str:
    return paths.join(version_dir, "variables", "variables")
