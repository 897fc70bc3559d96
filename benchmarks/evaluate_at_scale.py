"""Speed of the evaluation's ranking, compared with the bare matrix product.

    python -m benchmarks.evaluate_at_scale                  # a sample of users
    python -m benchmarks.evaluate_at_scale --users 64583    # all of the paper's

Users and catalog have the size of Amazon Fashion in the paper, with random
embeddings. The baseline is the matrix product of both, in chunks of the same
size, written to preallocated memory. The evaluation computes the same products
and, for each user, the number of items above and below the held-out item, a
sample of 100 negatives and the top 10. Both run alternately on slices of the
users, so that other load on the machine affects both; the output shows sums.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import resource
import time

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.ranks import BLOCK_BYTES
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.metrics.ranking.scorer import product_scorer

USERS, ITEMS, DIMENSIONS = 64_583, 234_892, 100
ITEMS_PER_USER = 8
"""Items per user, including the held-out item."""
CHUNKS_PER_SLICE = 8


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    users: int = option(4096, f"number of users, of {USERS} in all")
    items: int = option(ITEMS, "number of items")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results."""
    args = _Flags.parse(argv, "python -m benchmarks.evaluate_at_scale", __doc__)
    rng = np.random.default_rng(0)
    users = rng.standard_normal((args.users, DIMENSIONS), np.float32)
    items = rng.standard_normal((args.items, DIMENSIONS), np.float32)
    history = rng.integers(args.items, size=(args.users, ITEMS_PER_USER))
    chunk = max(1, BLOCK_BYTES // (4 * args.items))
    block = np.ones((chunk, args.items), np.float32)
    before = _peak_mb()
    score = product_scorer(users, items)
    seconds = dict.fromkeys(("bare product", "evaluation"), 0.0)
    for start in tqdm(range(0, args.users, CHUNKS_PER_SLICE * chunk)):
        chosen = np.arange(args.users)[start : start + CHUNKS_PER_SLICE * chunk]
        held_out = _held_out(chosen, history, args.items)
        begin = time.perf_counter()
        for first in range(0, len(chosen), chunk):
            batch = users[chosen[first : first + chunk]]
            np.matmul(batch, items.T, out=block[: len(batch)])
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
    print(f"peak memory beyond the embeddings: {_peak_mb() - before:.0f} MB")


def _held_out(
    chosen: np.ndarray, history: np.ndarray, num_items: int
) -> HeldOut:
    """Returns the evaluation set with the first item of each user held out.

    Args:
        chosen: User indices, int64 [n].
        history: Item indices of all users, int64 [users, ITEMS_PER_USER].
        num_items: Number of items of the catalog.
    """
    ragged = tf.RaggedTensor.from_tensor(history)
    return HeldOut(
        np.stack([chosen, history[chosen, 0]], axis=1),
        ragged,
        ragged[:, 1:],
        num_items,
    )


def _peak_mb() -> float:
    """Returns the peak resident memory of the process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    run_command(main)
