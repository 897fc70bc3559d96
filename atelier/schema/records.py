"""Reader of the TFRecord shards of a prepared data set."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING

from atelier.io import files
from atelier.io.errors import UserError
from atelier.io.errors import reason_of

if TYPE_CHECKING:
    import tensorflow as tf

_READ_BATCH = 256
_READ_BUFFER = 256 * 1024


def list_shards(pattern: str) -> list[str]:
    """Returns the paths of shards, sorted.

    Args:
        pattern: Path of the shards with wildcards in the file name, such as
            `paths.items(data_dir)`.
    """
    folder, _, names = pattern.rpartition("/")
    # Not `glob`: the path of the folder may hold brackets.
    matching = sorted(fnmatch.filter(files.list_names(folder), names))
    return [f"{folder}/{name}" for name in matching]


def read_records(pattern: str) -> Iterator[tf.Tensor]:
    """Yields serialized records in batches, in the order of the shard names.

    Args:
        pattern: Path of the shards with wildcards in the file name, such as
            `paths.items(data_dir)`.

    Yields:
        Records, string [batch]; batch is 256, less at the end of a shard.

    Raises:
        UserError: If a shard is damaged.
    """
    import tensorflow as tf

    for path in list_shards(pattern):
        try:
            yield from open_shard(path, _READ_BATCH)
        except (tf.errors.DataLossError, tf.errors.InvalidArgumentError) as e:
            raise UserError(
                f"{path} is damaged ({reason_of(e)}); copy the data set again, "
                "or prepare it again"
            ) from e


def open_shard(path: str, batch_size: int) -> tf.data.Dataset:
    """Returns the data set of a shard's serialized records in batches.

    Args:
        path: Path of the shard.
        batch_size: Records per batch; the last batch may be smaller.
    """
    import tensorflow as tf

    # `tf.data.TFRecordDataset` would trace a function for each shard, 13 ms.
    variant = tf.raw_ops.TFRecordDataset(
        filenames=[path], compression_type="GZIP", buffer_size=_READ_BUFFER
    )
    records = tf.data.experimental.from_variant(
        variant, tf.TensorSpec([], tf.string)
    )
    return records.batch(batch_size)
