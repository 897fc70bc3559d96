"""Reader of feature vectors of items by any other model, from Parquet."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.io import files
from atelier.io.errors import UserError
from atelier.io.errors import reason_of
from atelier.io.parquet import open_parquet
from atelier.io.parquet import pa
from atelier.io.parquet import pc

_ID, _VECTOR = "item_id", "embedding"


def read_vectors(pattern: str, item_ids: Sequence[str], dim: int) -> np.ndarray:
    """Reads the vectors of items, as `beam_jobs.embed` writes them.

    Args:
        pattern: Path or pattern of Parquet files with the columns `item_id`, a
            string, and `embedding`, a list of numbers of one length.
        item_ids: Ids of the items, in item index order.
        dim: Number of values of each vector.

    Returns:
        Vectors, zeros for an item without one, float32 [items, dim].

    Raises:
        UserError: If a file cannot be read or lacks a column, the vectors are
            not `dim` numbers, or no item has a vector.
    """
    index = {item_id: place for place, item_id in enumerate(item_ids)}
    tables = [_read(path) for path in sorted(tf.io.gfile.glob(pattern))]
    tables = [(ids, vectors) for ids, vectors in tables if ids]
    dims = {vectors.shape[1] for _, vectors in tables}
    if dims - {dim}:
        raise UserError(
            f"{pattern} has vectors of {', '.join(map(str, sorted(dims)))} "
            f"values, but `features_dim` is {dim}"
        )
    result = np.zeros((len(item_ids), dim), np.float32)
    for ids, vectors in tables:
        places = np.array([index.get(item_id, -1) for item_id in ids], int)
        result[places[places >= 0]] = vectors[places >= 0]
    if not (result.any() and np.isfinite(result).all()):
        raise UserError(
            f"{pattern} has no vector of any item of the data set, such as "
            f"{item_ids[0]!r}, or one with a value that is no number"
        )
    return result


def _read(path: str) -> tuple[list[str], np.ndarray]:
    """Returns the ids and the vectors of a file, float32 [rows, V]."""
    try:
        parquet = open_parquet(pa.BufferReader(files.read_bytes(path)))
        table = parquet.read([_ID, _VECTOR])
        table = table.filter(pc.is_valid(table[_VECTOR]))
        lengths = np.unique(pc.list_value_length(table[_VECTOR]).to_numpy())
        if len(lengths) > 1:
            raise ValueError("its vectors differ in length")
        values = pc.list_flatten(table[_VECTOR]).cast(pa.float32()).to_numpy()
        ids = table[_ID].cast(pa.string()).to_pylist()
        return ids, values.reshape(len(ids), *lengths)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise UserError(
            f"{path} must be a Parquet file with the columns {_ID!r}, a "
            f"string, and {_VECTOR!r}, a list of numbers: {reason_of(error)}"
        ) from error
