"""File paths of a prepared data set."""

SPLITS = ("train", "validation", "test")
NEGATIVE = "negative"
"""Name of the triples of explicit negatives, which belong to no split."""

MANIFEST = "manifest.json"
SCHEMA = "schema.pbtxt"
ANOMALIES = "anomalies.pbtxt"
IDENTICAL_PHOTOS = "identical_photos.jsonl"
STATISTICS_PAGE = "statistics.html"
SKEW = "skew.json"


def join(directory: str, *parts: str) -> str:
    """Joins path parts with `/`, which all supported file systems accept."""
    return "/".join([directory.rstrip("/"), *parts])


def beside(directory: str, *parts: str) -> str:
    """Joins path parts to the parent of a folder.

    Example:
        beside("runs/shop/data/", "recommender")  # "runs/shop/recommender"
    """
    parent, slash, _ = directory.rstrip("/").rpartition("/")
    return f"{parent}{slash}{'/'.join(parts)}"


def shard(data_dir: str, kind: str, name: str, index: int, count: int) -> str:
    """Returns a TFRecord shard path, e.g. `triples/train-00000-of-00008…`.

    Args:
        data_dir: Folder of the data set.
        kind: Record folder: `items`, `triples` or `users`.
        name: Prefix of the file name: `items`, `users` or a split.
        index: Index of the shard, from 0.
        count: Number of shards.
    """
    return join(
        data_dir, kind, f"{name}-{index:05d}-of-{count:05d}.tfrecord.gz"
    )


def items(data_dir: str) -> str:
    """Returns the glob pattern of the item shards."""
    return join(data_dir, "items", "items-*-of-*.tfrecord.gz")


def triples(data_dir: str, split: str) -> str:
    """Returns the glob pattern of the interaction shards of a split."""
    return join(data_dir, "triples", f"{split}-*-of-*.tfrecord.gz")


def users(data_dir: str) -> str:
    """Returns the glob pattern of the user shards."""
    return join(data_dir, "users", "users-*-of-*.tfrecord.gz")


def vocabulary(data_dir: str, name: str) -> str:
    """Returns the path of the `users`, `items` or `categories` vocabulary."""
    return join(data_dir, "vocab", f"{name}.txt")
