"""Times top-K over catalogues, exact and partitioned.

    python -m benchmarks.top_k
    python -m benchmarks.top_k --run_dir runs/hm/hybrid     # its vectors too

Exact top-K is held against the bare matrix product and top-K, and against the
`BruteForce` of TensorFlow Recommenders; the partitioned index against exact
top-K, and against an inverted file of FAISS where that is installed
(`pip install faiss-cpu`), with as many probes as find as much. All that are
compared answer the same queries in turns of a few calls, in one process; shown
are medians. A call of TensorFlow from Python takes some tenths of a millisecond
whatever it does: this is the line `nothing`.
"""

import argparse
import importlib
import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_recommenders.layers.factorized_top_k import BruteForce

from export.partitioned_fit import QUERIES
from export.partitioned_fit import Partitioning
from export.partitioned_fit import fit_index
from export.partitioned_fit import largest
from export.partitioned_fit import recall_of
from export.top_k import TopK
from records.errors import run_command
from trainer.run import Run
from trainer.trained import load_trained

DIMENSIONS = 100
BATCHES = (1, 64)
CALLS = 5
"""Of a turn."""
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
        trained = load_trained(Run.load(args.run_dir))
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
    bare = _traced(
        lambda some: tf.math.top_k(
            tf.matmul(some, catalogue, transpose_b=True), args.top_k
        )
    )
    brute_force = BruteForce(k=args.top_k).index(vectors)
    asks = {
        "bare product and top-k": bare,
        "exact": _traced(TopK(_ids(vectors), catalogue, args.top_k)),
        "BruteForce": _traced(lambda some: brute_force(some)),
    }
    seconds = _in_turns(asks, queries, args.rounds)
    _print(name, asks, seconds, "bare product and top-k")


def _compare_partitioned(
    name: str, vectors: np.ndarray, queries: np.ndarray, args: Any
) -> None:
    for_fit, queries = np.array_split(queries, 2)
    queries = queries[:QUERIES]
    begin = time.perf_counter()
    wanted = Partitioning(min_recall=args.min_recall)
    index, found = fit_index("all", vectors, for_fit, args.top_k, wanted)
    took = time.perf_counter() - begin
    best = largest(vectors, queries, args.top_k)
    print(
        f"\n{name}: {found.probes} of {found.partitions} partitions hold "
        f"{recall_of(index, queries, best):.3f} of the exact lists of "
        f"{found.k} for {len(queries)} others than those on which the probes "
        f"were chosen; fitted in {took:.0f} s"
    )
    ids, catalogue = _ids(vectors), tf.Variable(vectors, trainable=False)
    asks: dict[str, Ask] = {
        "nothing": _traced(lambda some: some[:1]),
        "exact": _traced(TopK(ids, catalogue, args.top_k)),
        "partitioned": _traced(TopK(ids, catalogue, args.top_k, index)),
    }
    if importlib.util.find_spec("faiss"):
        asks["FAISS IVF"] = _faiss(
            vectors, queries, best, found.partitions, args.min_recall
        )
    else:
        print("FAISS is not installed: left out")
    seconds = _in_turns(asks, queries, args.rounds)
    _print(name, asks, seconds, "exact")


def _faiss(
    vectors: np.ndarray,
    queries: np.ndarray,
    best: np.ndarray,
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
    k = best.shape[1]
    for probes in range(1, partitions + 1):
        index.nprobe = probes
        _, items = index.search(queries, k)
        hits = [
            np.isin(one, of).sum() for one, of in zip(best, items, strict=True)
        ]
        recall = np.sum(hits) / best.size
        if recall >= min_recall:
            break
    print(f"FAISS IVF: {probes} of {partitions} probes hold {recall:.3f}")
    return lambda some: index.search(some, k)


def _traced(ask: Callable[..., Any]) -> Ask:
    width = tf.TensorSpec([None, None], tf.float32)
    traced = tf.function(ask, input_signature=[width])
    return lambda some: traced(tf.constant(some))[0].numpy()


def _ids(vectors: np.ndarray) -> tf.Tensor:
    return tf.strings.as_string(tf.range(len(vectors)))


def _in_turns(
    asks: dict[str, Ask], queries: np.ndarray, rounds: int
) -> dict[tuple[str, int], float]:
    """Returns the median seconds of a call, by name and size of batch."""
    rng = np.random.default_rng(1)
    seconds: dict[tuple[str, int], list[float]] = {}
    for batch in BATCHES:
        for _ in range(rounds):
            some = queries[rng.choice(len(queries), (CALLS, batch))]
            for name, ask in asks.items():
                took = [_timed(ask, one) for one in some]
                # Of the first the caches still hold what another one read.
                seconds.setdefault((name, batch), []).extend(took[1:])
    return {key: statistics.median(every) for key, every in seconds.items()}


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
        ("--rounds", 10, "turns of each size of batch"),
    ):
        parser.add_argument(
            flag, type=int, default=value, help=f"{text} (default: %(default)s)"
        )
    parser.add_argument(
        "--min_recall",
        type=float,
        default=Partitioning().min_recall,
        help="share of the exact lists (default: %(default)s)",
    )
    parser.add_argument("--run_dir", help="a trained run, to compare on too")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run_command(main)
