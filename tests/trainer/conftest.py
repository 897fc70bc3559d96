"""The made data set, with other splits than it was prepared with."""

import json
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow as tf

from records import layout
from records.triple import Triple
from records.triple import build_triple
from records.vocabulary import read_vocabulary


@pytest.fixture(scope="session")
def resplit(data_dir, tmp_path_factory):
    """Returns resplit(train=…, validation=…, test=…), of (user, item) pairs."""
    ids = [
        read_vocabulary(layout.vocabulary(data_dir, name))
        for name in ("users", "items")
    ]

    def write(**splits: np.ndarray) -> str:
        path = tmp_path_factory.mktemp("resplit") / "data"
        shutil.copytree(
            data_dir, path, ignore=shutil.ignore_patterns("triples")
        )
        (path / "triples").mkdir()
        for split, pairs in splits.items():
            shard = layout.shard(str(path), "triples", split, 0, 1)
            with tf.io.TFRecordWriter(shard, options="GZIP") as writer:
                for user, item in pairs:
                    triple = Triple(ids[0][user], ids[1][item], b"")
                    writer.write(build_triple(triple))
        manifest = pathlib.Path(path, layout.MANIFEST)
        values = json.loads(manifest.read_text())
        # As `prepare` does, which names no split that is empty.
        sizes = {name: len(pairs) for name, pairs in splits.items()}
        others = {
            name: number
            for name, number in values["counts"].items()
            if name not in layout.SPLITS
        }
        values["counts"] = others | {n: k for n, k in sizes.items() if k}
        manifest.write_text(json.dumps(values))
        return str(path)

    return write


@pytest.fixture(scope="session")
def uneven_splits():
    """Zero, one and many held-out items of 8 users among 82 items."""
    rng = np.random.default_rng(3)
    sizes = {
        "train": [1, 9, 12, 3, 5, 30, 4, 2],
        "validation": [0, 1, 5, 0, 2, 20, 1, 0],
        "test": [2, 0, 7, 0, 1, 30, 1, 3],
    }
    splits: dict[str, list[tuple[int, int]]] = {name: [] for name in sizes}
    for user in range(8):
        taken = iter(rng.permutation(82))
        for name, numbers in sizes.items():
            splits[name] += [(user, next(taken)) for _ in range(numbers[user])]
    # In no order, as shards of items hold them.
    return {
        name: rng.permutation(np.array(pairs)) for name, pairs in splits.items()
    }


@pytest.fixture(scope="session")
def uneven_dir(resplit, uneven_splits) -> str:
    """The made data set with `uneven_splits`."""
    return resplit(**uneven_splits)
