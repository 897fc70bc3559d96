"""Holds the ranking of an evaluation against the bare matrix product.

    python -m benchmarks.evaluate_at_scale                  # a sample of users
    python -m benchmarks.evaluate_at_scale --users 64583    # all of the paper's

A catalogue and people of the size of the paper's Amazon Fashion, with random
vectors. The limit is the product of the two in chunks of the same size, into
memory that is there already. The evaluation takes the same products and counts,
of each user, what scores above and below the held-out item, draws the 100
negatives, and finds the first ten. Both run in turns on slices of the users, so
that whatever else the machine does troubles them alike; shown are sums.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse
import resource
import time

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.ranks import BLOCK_BYTES
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.metrics.ranking.scorer import product_scorer

USERS, ITEMS, DIMENSIONS = 64_583, 234_892, 100
TAKEN = 8
"""Items a user, the held-out one among them."""
CHUNKS_A_SLICE = 8


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--users",
        type=int,
        default=4096,
        help=f"how many of {USERS} (default: %(default)s)",
    )
    parser.add_argument(
        "--items", type=int, default=ITEMS, help="default: %(default)s"
    )
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    users = rng.standard_normal((args.users, DIMENSIONS), np.float32)
    items = rng.standard_normal((args.items, DIMENSIONS), np.float32)
    taken = rng.integers(args.items, size=(args.users, TAKEN))
    chunk = max(1, BLOCK_BYTES // (4 * args.items))
    block = np.ones((chunk, args.items), np.float32)
    before = _peak_mb()
    score = product_scorer(users, items)
    seconds = dict.fromkeys(("bare product", "evaluation"), 0.0)
    for start in tqdm(range(0, args.users, CHUNKS_A_SLICE * chunk)):
        chosen = np.arange(args.users)[start : start + CHUNKS_A_SLICE * chunk]
        held_out = _held_out(chosen, taken, args.items)
        begin = time.perf_counter()
        for first in range(0, len(chosen), chunk):
            some = users[chosen[first : first + chunk]]
            np.matmul(some, items.T, out=block[: len(some)])
        middle = time.perf_counter()
        rank_held_out(score, held_out)
        end = time.perf_counter()
        seconds["bare product"] += middle - begin
        seconds["evaluation"] += end - middle
    print(f"{args.users:,} users x {args.items:,} items, K={DIMENSIONS}")
    for name, value in seconds.items():
        line = f"{name:13} {value:8.1f} s"
        if args.users < USERS:
            line += f", {value * USERS / args.users:8.1f} s at {USERS:,} users"
            line += " (extrapolated)"
        print(line)
    ratio = seconds["evaluation"] / seconds["bare product"]
    print(f"evaluation / bare product: {ratio:.2f}")
    print(f"memory beside the vectors: {_peak_mb() - before:.0f} MB at most")


def _held_out(chosen: np.ndarray, taken: np.ndarray, num_items: int) -> HeldOut:
    """Returns one held-out item of each of some users."""
    ragged = tf.RaggedTensor.from_tensor(taken)
    return HeldOut(
        np.stack([chosen, taken[chosen, 0]], axis=1),
        ragged,
        ragged[:, 1:],
        num_items,
    )


def _peak_mb() -> float:
    """Returns the most memory that the process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
