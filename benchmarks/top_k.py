"""Latency of top-k retrieval: exact search and the IVF index.

    python -m benchmarks.top_k
    python -m benchmarks.top_k --run_dir runs/hm/hybrid  # also its embeddings

Exact top-k is compared with the bare matrix product and top-k, and with
`BruteForce` of TensorFlow Recommenders. The IVF index (`ivf`) is
compared with exact top-k, and with the IVF index of FAISS if it is installed
(`pip install faiss-cpu`). For FAISS the fastest setting of `FAISS_LISTS` is
used, with the fewest probes that reach the recall. All variants answer the same
queries alternately in one process, a few calls at a time; the tables show
medians. The TensorFlow variants are exported and called in a session, as
TensorFlow Serving does; the line `nothing` is the overhead of such a call.
"""

import os

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()
    # TensorFlow Recommenders needs Keras 2 as `tf.keras`; Atelier's own code
    # imports `keras`, which stays Keras 3.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import dataclasses
import functools
import importlib
import importlib.util
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from benchmarks.timing import timed
from export.cli.publish_flags import MIN_RECALL
from export.index.ivf_build import QUERIES
from export.index.ivf_build import exact_lists
from export.index.ivf_build import fit_index
from export.index.ivf_build import recall_of
from export.index.top_k import exact_index
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.trained_model import load_recommender
from trainer.training.run import Run

DIMENSIONS = 100
BATCHES = (1, 4, 64)
CALLS, COLD = 20, 5
"""Calls per turn, and the first calls of a turn that are not counted."""
FAISS_LISTS = (1, 2)
"""Numbers of partitions, as multiples of the square root of the item count."""
SPREAD = 0.8
"""Standard deviation within a cluster; that of the cluster centers is 1."""
ITEMS_PER_CLUSTER = 1000

Search = Callable[[np.ndarray], Any]


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    items: int = option(234_892, "items of the exact comparison")
    many_items: int = option(1_000_000, "items of the IVF comparison")
    top_k: int = option(100, "length of the lists")
    rounds: int = option(5, "turns per batch size")
    min_recall: float = option(
        MIN_RECALL, "minimum recall of the exact lists", most=1
    )
    run_dir: str | None = option(
        None, "trained run whose embeddings are compared as well"
    )


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results; see `--help`."""
    args = _Flags.parse(argv, "python -m benchmarks.top_k", __doc__)
    rng = np.random.default_rng(0)
    vectors, queries = clustered(rng, args.items)
    _compare_exact(f"{args.items:,} clustered", vectors, queries, args)
    vectors, queries = clustered(rng, args.many_items)
    _compare_ivf(f"{args.many_items:,} clustered", vectors, queries, args)
    if args.run_dir:
        trained = load_recommender(Run.load(args.run_dir, RecommenderConfig))
        users = trained.user_vectors
        users = users[rng.permutation(len(users))]
        name = f"{len(trained.item_vectors):,} trained"
        _compare_ivf(name, trained.item_vectors, users, args)


def clustered(
    rng: np.random.Generator, items: int
) -> tuple[np.ndarray, np.ndarray]:
    """Samples clustered embeddings.

    Args:
        rng: Random number generator.
        items: Number of items.

    Returns:
        Item embeddings, float32 [items, D], and query embeddings, float32
        [2 * QUERIES, D]: one half to fit an index, one half to measure it.
    """
    shape = (max(1, items // ITEMS_PER_CLUSTER), DIMENSIONS)
    centers = rng.standard_normal(shape, np.float32)

    def sample(count: int) -> np.ndarray:
        rows = rng.standard_normal((count, DIMENSIONS), np.float32)
        rows *= SPREAD
        rows += centers[rng.integers(len(centers), size=count)]
        return rows

    return sample(items), sample(2 * QUERIES)


def _compare_exact(
    name: str, vectors: np.ndarray, queries: np.ndarray, args: _Flags
) -> None:
    items = tf.Variable(vectors, trainable=False)
    # Imported here, because the import fails without TF_USE_LEGACY_KERAS.
    from tensorflow_recommenders.layers.factorized_top_k import BruteForce

    brute_force = BruteForce(k=args.top_k).index(vectors)

    def bare(batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        products = tf.matmul(batch, items, transpose_b=True)
        return tf.math.top_k(products, args.top_k)

    exact = exact_index(items)
    searches = {
        "nothing": _nothing(),
        "bare product and top-k": _served(bare, items),
        "exact": _served(lambda batch: exact(batch, args.top_k), items),
        "BruteForce": _served(brute_force, brute_force),
    }
    seconds = _in_turns(searches, queries, args.rounds)
    _print(name, searches, seconds, "bare product and top-k")


def _compare_ivf(
    name: str, vectors: np.ndarray, queries: np.ndarray, args: _Flags
) -> None:
    for_fit, queries = np.array_split(queries, 2)
    queries = queries[:QUERIES]
    begin = time.perf_counter()
    items = tf.Variable(vectors, trainable=False)
    index, stats = fit_index(items, for_fit, args.top_k, args.min_recall)
    seconds_of_fit = time.perf_counter() - begin
    lists = exact_lists(vectors, queries, args.top_k)
    print(
        f"\n{name}: {stats.rows} rows of {stats.partitions} partitions, "
        f"recall {recall_of(index, queries, lists):.3f} of the exact top "
        f"{stats.k} on {len(queries)} held-out queries; fitted in "
        f"{seconds_of_fit:.0f} s"
    )
    exact = exact_index(items)
    searches: dict[str, Search] = {
        "nothing": _nothing(),
        "exact": _served(lambda batch: exact(batch, stats.k), items),
        "ivf": _served(
            lambda batch: index(batch, stats.k),
            index if isinstance(index, tf.Module) else items,
        ),
    }
    if importlib.util.find_spec("faiss"):
        variants = [
            _faiss(
                vectors,
                queries,
                lists,
                round(times * math.sqrt(len(vectors))),
                args.min_recall,
            )
            for times in FAISS_LISTS
        ]
        searches["FAISS IVF"] = min(
            variants, key=lambda search: _alone(search, queries)
        )
    else:
        print("FAISS is not installed and therefore skipped")
    seconds = _in_turns(searches, queries, args.rounds)
    _print(name, searches, seconds, "exact")


def _faiss(
    vectors: np.ndarray,
    queries: np.ndarray,
    lists: np.ndarray,
    partitions: int,
    min_recall: float,
) -> Search:
    """Returns an IVF index of FAISS with the fewest sufficient probes.

    Args:
        vectors: Item embeddings, float32 [items, D].
        queries: Query embeddings, float32 [queries, D].
        lists: Exact top-k item indices, int [queries, k].
        partitions: Number of partitions (inverted lists).
        min_recall: Minimum recall of the exact lists.
    """
    faiss: Any = importlib.import_module("faiss")
    index = faiss.index_factory(
        vectors.shape[1], f"IVF{partitions},Flat", faiss.METRIC_INNER_PRODUCT
    )
    index.train(vectors)
    index.add(vectors)
    k = lists.shape[1]
    for probes in range(1, partitions + 1):
        index.nprobe = probes
        _, items = index.search(queries, k)
        hits = [
            np.isin(exact, approximate).sum()
            for exact, approximate in zip(lists, items, strict=True)
        ]
        recall = np.sum(hits) / lists.size
        if recall >= min_recall:
            break
    search = functools.partial(index.search, k=k)
    print(
        f"FAISS IVF: {probes} probes of {partitions}, recall {recall:.3f}, "
        f"{1e3 * _alone(search, queries):.3f} ms per query"
    )
    return search


def _nothing() -> Search:
    return _served(lambda batch: (batch[:1], batch[:1]), None)


def _served(search: Callable[..., Any], weights: Any) -> Search:
    """Exports a function and returns its call in a session, as in TF Serving.

    Args:
        search: Function of queries, float32 [n, D], to scores and item indices.
        weights: Module or variable that the function uses, if any.
    """
    module = tf.Module()
    module.weights = weights
    signature = tf.function(
        lambda queries: dict(
            zip(("products", "items"), search(queries), strict=True)
        ),
        input_signature=[
            tf.TensorSpec([None, None], tf.float32, name="queries")
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, {"serving_default": signature})
        # Same value as in `serving.ops.configure`.
        config = config_pb2.ConfigProto(inter_op_parallelism_threads=-1)
        session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
        with session.graph.as_default():
            loaded = tf.compat.v1.saved_model.load(session, ["serve"], folder)
    signed = loaded.signature_def["serving_default"]
    outputs = [output.name for output in signed.outputs.values()]
    # The public `make_callable` adds .2 ms of Python overhead per call.
    call: Search = session._make_callable_from_options(
        config_pb2.CallableOptions(
            feed=[signed.inputs["queries"].name], fetch=outputs
        )
    )
    return call


def _in_turns(
    searches: dict[str, Search], queries: np.ndarray, rounds: int
) -> dict[tuple[str, int], float]:
    """Returns the median seconds per call, by name and batch size."""
    rng = np.random.default_rng(1)
    seconds: dict[tuple[str, int], list[float]] = {}
    for size in BATCHES:
        for _ in range(rounds):
            batches = queries[rng.choice(len(queries), (CALLS, size))]
            # In random order, because a variant that reads much memory leaves
            # cold caches to the next one.
            for name in rng.permutation(list(searches)):
                times = [timed(searches[name], batch) for batch in batches]
                # The first calls of a turn find cold caches.
                seconds.setdefault((name, size), []).extend(times[COLD:])
    return {key: statistics.median(times) for key, times in seconds.items()}


def _alone(search: Search, queries: np.ndarray) -> float:
    """Returns the median seconds of a single query."""
    return statistics.median(timed(search, query[None]) for query in queries)


def _print(
    title: str,
    names: dict[str, Search],
    seconds: dict[tuple[str, int], float],
    unit: str,
) -> None:
    print(f"\n{title:26}" + "".join(f"{_of(size):>23}" for size in BATCHES))
    for name in names:
        cells = [
            f"{1e3 * seconds[name, size] / size:9.3f} ms"
            f"{seconds[name, size] / seconds[unit, size]:9.3f} x"
            for size in BATCHES
        ]
        gain = BATCHES[-1] * seconds[name, 1] / seconds[name, BATCHES[-1]]
        print(f"{name:26}" + "".join(cells) + f"{gain:9.1f} x queries/s")


def _of(batch: int) -> str:
    return f"per query, {batch} at once"


if __name__ == "__main__":
    run_command(main)
