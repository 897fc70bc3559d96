"""Times top-K over catalogues, exact and partitioned.

    python -m benchmarks.top_k
    python -m benchmarks.top_k --run_dir runs/hm/hybrid     # its vectors too

Exact top-K is held against the bare matrix product and top-K, and against the
`BruteForce` of TensorFlow Recommenders; the partitioned index against exact
top-K, and against an inverted file of FAISS where that is installed
(`pip install faiss-cpu`): of those of `FAISS_LISTS`, with as few probes as find
as much, the quicker for one query. All that are compared answer the same
queries in turns of a few calls, in one process; shown are medians. All of
TensorFlow are exported and called in a session, as TF Serving does; what such a
call takes whatever it does is the line `nothing`.
"""

import os

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()
    # TensorFlow Recommenders needs Keras 2 as `tf.keras`; Atelier's own code
    # imports `keras`, which stays Keras 3.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import argparse
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

from atelier.cli.run_command import run_command
from export.index.ivf_build import MIN_RECALL
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
"""Of a turn, and those at its head that do not count."""
FAISS_LISTS = (1, 2)
"""Times the root of the number of items."""
SPREAD = 0.8
"""Deviation from the centre of a cluster; the centres' from 0 is 1."""
ITEMS_A_CLUSTER = 1000

Ask = Callable[[np.ndarray], Any]


def main(argv: list[str] | None = None) -> None:
    """Measures and prints; see `--help`."""
    args = _parse(argv)
    rng = np.random.default_rng(0)
    vectors, queries = clustered(rng, args.items)
    _compare_exact(f"{args.items:,} clustered", vectors, queries, args)
    vectors, queries = clustered(rng, args.many_items)
    _compare_partitioned(
        f"{args.many_items:,} clustered", vectors, queries, args
    )
    if args.run_dir:
        trained = load_recommender(Run.load(args.run_dir, RecommenderConfig))
        users = trained.user_vectors
        users = users[rng.permutation(len(users))]
        name = f"{len(trained.item_vectors):,} trained"
        _compare_partitioned(name, trained.item_vectors, users, args)


def clustered(
    rng: np.random.Generator, items: int
) -> tuple[np.ndarray, np.ndarray]:
    """Makes vectors in clusters.

    Args:
        rng: Where they come from.
        items: How many.

    Returns:
        Of a catalogue, float32 [items, D], and twice `QUERIES` of queries: on
        one half an index is fitted, on the other it is measured.
    """
    shape = (max(1, items // ITEMS_A_CLUSTER), DIMENSIONS)
    centres = rng.standard_normal(shape, np.float32)

    def some(number: int) -> np.ndarray:
        rows = rng.standard_normal((number, DIMENSIONS), np.float32)
        rows *= SPREAD
        rows += centres[rng.integers(len(centres), size=number)]
        return rows

    return some(items), some(2 * QUERIES)


def _compare_exact(
    name: str, vectors: np.ndarray, queries: np.ndarray, args: Any
) -> None:
    catalogue = tf.Variable(vectors, trainable=False)
    # Not at the head: it refuses to be imported without TF_USE_LEGACY_KERAS.
    from tensorflow_recommenders.layers.factorized_top_k import BruteForce

    brute_force = BruteForce(k=args.top_k).index(vectors)

    def bare(some: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        products = tf.matmul(some, catalogue, transpose_b=True)
        return tf.math.top_k(products, args.top_k)

    exact = exact_index(catalogue)
    asks = {
        "nothing": _nothing(),
        "bare product and top-k": _served(bare, catalogue),
        "exact": _served(lambda some: exact(some, args.top_k), catalogue),
        "BruteForce": _served(brute_force, brute_force),
    }
    seconds = _in_turns(asks, queries, args.rounds)
    _print(name, asks, seconds, "bare product and top-k")


def _compare_partitioned(
    name: str, vectors: np.ndarray, queries: np.ndarray, args: Any
) -> None:
    for_fit, queries = np.array_split(queries, 2)
    queries = queries[:QUERIES]
    begin = time.perf_counter()
    catalogue = tf.Variable(vectors, trainable=False)
    index, found = fit_index(catalogue, for_fit, args.top_k, args.min_recall)
    took = time.perf_counter() - begin
    lists = exact_lists(vectors, queries, args.top_k)
    print(
        f"\n{name}: {found.rows} rows of {found.partitions} partitions hold "
        f"{recall_of(index, queries, lists):.3f} of the exact lists of "
        f"{found.k} for {len(queries)} others than those on which the rows "
        f"were chosen; fitted in {took:.0f} s"
    )
    exact = exact_index(catalogue)
    asks: dict[str, Ask] = {
        "nothing": _nothing(),
        "exact": _served(lambda some: exact(some, found.k), catalogue),
        "partitioned": _served(
            lambda some: index(some, found.k),
            index if isinstance(index, tf.Module) else catalogue,
        ),
    }
    if importlib.util.find_spec("faiss"):
        every = [
            _faiss(
                vectors,
                queries,
                lists,
                round(times * math.sqrt(len(vectors))),
                args.min_recall,
            )
            for times in FAISS_LISTS
        ]
        asks["FAISS IVF"] = min(every, key=lambda ask: _alone(ask, queries))
    else:
        print("FAISS is not installed: left out")
    seconds = _in_turns(asks, queries, args.rounds)
    _print(name, asks, seconds, "exact")


def _faiss(
    vectors: np.ndarray,
    queries: np.ndarray,
    lists: np.ndarray,
    partitions: int,
    min_recall: float,
) -> Ask:
    """Returns an inverted file with the least probes that find enough."""
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
            np.isin(one, of).sum() for one, of in zip(lists, items, strict=True)
        ]
        recall = np.sum(hits) / lists.size
        if recall >= min_recall:
            break
    ask = functools.partial(index.search, k=k)
    print(
        f"FAISS IVF: {probes} of {partitions} probes hold {recall:.3f}, "
        f"{1e3 * _alone(ask, queries):.3f} ms a query"
    )
    return ask


def _nothing() -> Ask:
    return _served(lambda some: (some[:1], some[:1]), None)


def _served(ask: Callable[..., Any], weights: Any) -> Ask:
    """Returns what asks it in a session, as TF Serving does.

    Args:
        ask: Returns products and items.
        weights: The module or variable that it uses, if any.
    """
    module = tf.Module()
    module.weights = weights
    signature = tf.function(
        lambda queries: dict(
            zip(("products", "items"), ask(queries), strict=True)
        ),
        input_signature=[
            tf.TensorSpec([None, None], tf.float32, name="queries")
        ],
    )
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, {"serving_default": signature})
        # As `serving.ops.configure` has it.
        config = config_pb2.ConfigProto(inter_op_parallelism_threads=-1)
        session = tf.compat.v1.Session(graph=tf.Graph(), config=config)
        with session.graph.as_default():
            loaded = tf.compat.v1.saved_model.load(session, ["serve"], folder)
    signed = loaded.signature_def["serving_default"]
    outputs = [one.name for one in signed.outputs.values()]
    # The public `make_callable` takes .2 ms in Python to feed so little.
    call: Ask = session._make_callable_from_options(
        config_pb2.CallableOptions(
            feed=[signed.inputs["queries"].name], fetch=outputs
        )
    )
    return call


def _in_turns(
    asks: dict[str, Ask], queries: np.ndarray, rounds: int
) -> dict[tuple[str, int], float]:
    """Returns the median seconds of a call, by name and size of batch."""
    rng = np.random.default_rng(1)
    seconds: dict[tuple[str, int], list[float]] = {}
    for batch in BATCHES:
        for _ in range(rounds):
            some = queries[rng.choice(len(queries), (CALLS, batch))]
            # In no order: what comes after one that reads much finds no cache.
            for name in rng.permutation(list(asks)):
                took = [_timed(asks[name], one) for one in some]
                # Of these the caches still hold what another one read.
                seconds.setdefault((name, batch), []).extend(took[COLD:])
    return {key: statistics.median(every) for key, every in seconds.items()}


def _alone(ask: Ask, queries: np.ndarray) -> float:
    """Returns the median seconds of a query."""
    return statistics.median(_timed(ask, one[None]) for one in queries)


def _timed(ask: Ask, queries: np.ndarray) -> float:
    begin = time.perf_counter()
    ask(queries)
    return time.perf_counter() - begin


def _print(
    title: str,
    names: dict[str, Ask],
    seconds: dict[tuple[str, int], float],
    unit: str,
) -> None:
    print(f"\n{title:26}" + "".join(f"{_of(one):>23}" for one in BATCHES))
    for name in names:
        cells = [
            f"{1e3 * seconds[name, one] / one:9.3f} ms"
            f"{seconds[name, one] / seconds[unit, one]:9.3f} x"
            for one in BATCHES
        ]
        gain = BATCHES[-1] * seconds[name, 1] / seconds[name, BATCHES[-1]]
        print(f"{name:26}" + "".join(cells) + f"{gain:9.1f} times the queries")


def _of(batch: int) -> str:
    return f"a query of {batch}"


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for flag, value, text in (
        ("--items", 234_892, "of the exact comparison"),
        ("--many_items", 1_000_000, "of the partitioned one"),
        ("--top_k", 100, "length of the lists"),
        ("--rounds", 5, "turns of each size of batch"),
    ):
        parser.add_argument(
            flag, type=int, default=value, help=f"{text} (default: %(default)s)"
        )
    parser.add_argument(
        "--min_recall",
        type=float,
        default=MIN_RECALL,
        help="share of the exact lists (default: %(default)s)",
    )
    parser.add_argument("--run_dir", help="a trained run, to compare on too")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run_command(main)
