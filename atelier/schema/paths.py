"""Where each file of a prepared data set is, and how it is read back."""

import tensorflow as tf

SPLITS = ("train", "validation", "test")
MANIFEST = "manifest.json"
SCHEMA = "schema.pbtxt"
ANOMALIES = "anomalies.pbtxt"
IDENTICAL_PHOTOS = "identical_photos.jsonl"
STATISTICS_PAGE = "statistics.html"
SKEW = "skew.json"
_READ_BATCH = 256


def join(directory: str, *parts: str) -> str:
    """Joins path parts with `/`, which every file system here accepts."""
    return "/".join([directory.rstrip("/"), *parts])


def shard(data_dir: str, kind: str, name: str, index: int, count: int) -> str:
    """Names one TFRecord shard, e.g. `triples/train-00000-of-00008…`."""
    return join(
        data_dir, kind, f"{name}-{index:05d}-of-{count:05d}.tfrecord.gz"
    )


def items(data_dir: str) -> str:
    """Pattern of the item shards."""
    return join(data_dir, "items", "items-*-of-*.tfrecord.gz")


def triples(data_dir: str, split: str) -> str:
    """Pattern of the triple shards of a split."""
    return join(data_dir, "triples", f"{split}-*-of-*.tfrecord.gz")


def users(data_dir: str) -> str:
    """Pattern of the user shards."""
    return join(data_dir, "users", "users-*-of-*.tfrecord.gz")


def vocabulary(data_dir: str, name: str) -> str:
    """Path of a vocabulary: `users`, `items` or `categories`."""
    return join(data_dir, "vocab", f"{name}.txt")


def read_records(pattern: str) -> tf.data.Dataset:
    """Reads serialised records in batches, in the order of the shard names.

    Args:
        pattern: One of the patterns above.

    Returns:
        A data set of string [batch] tensors; the last batch may be shorter.
    """
    return tf.data.TFRecordDataset(
        sorted(tf.io.gfile.glob(pattern)), compression_type="GZIP"
    ).batch(_READ_BATCH)
