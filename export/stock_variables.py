"""What is in stock, among the variables of a version on disk."""

import re

import numpy as np
import tensorflow as tf

from export.on_offer import stock_of
from export.partitioned import count_held
from records import layout
from records.errors import UserError

_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_STOCK = f"_on_offer/_stock{_VALUE}"
_KINDS = f"_on_offer/_kinds{_VALUE}"
_INDEX = re.compile(rf"(.+/_index)/_held{_VALUE}")


def write_stock(version_dir: str, there: np.ndarray) -> None:
    """Writes the variables of a version anew; all others stay as they are.

    Args:
        version_dir: A version of the recommender that nobody serves yet.
        there: Whether each item can be bought, bool [items].

    Raises:
        UserError: If the version knows of no stock.
    """
    prefix = layout.join(version_dir, "variables", "variables")
    reader = tf.train.load_checkpoint(prefix)
    values = {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
    }
    if _STOCK not in values:
        raise UserError(
            "the version that is served knows of no stock, it is no "
            "recommender or an old one; publish one with `python -m "
            "export.task recommender` first"
        )
    values[_STOCK] = stock_of(there)
    for match in filter(None, map(_INDEX.fullmatch, list(values))):
        index, held = match[1], match[0]
        values[held] = count_held(
            values[_KINDS],
            values[f"{index}/_partition_of{_VALUE}"],
            values[held].shape,
            there,
        )
    names = list(values)
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(values[name]) for name in names],
    )
