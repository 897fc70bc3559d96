"""Growth of training time and memory with the number of users and items.

    python -m benchmarks.growth

Each training runs in a new process on synthetic users and images. The id tower
of the paper has an embedding per user; the history tower computes users from
their interactions, and items have two embeddings. Every batch has 64 pairs.
Lazy Adam updates the rows of a batch, Adam (`--optimizer adam`) all rows in
every step. Both times of a step include its input pipeline: that on the clock,
and that of all cores, which other work on the machine affects little; the ratio
is that of the latter to the smallest size. Memory is the peak of the process.
Sizes that exceed the memory of the machine are skipped and reported as "not
run".
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import os
import resource
import statistics
import time
import warnings
from typing import Any

import numpy as np

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from benchmarks.timing import in_new_process
from benchmarks.timing import timed
from trainer.recommender.config import OPTIMIZERS

ITEMS_PER_USER = 5
"""Number of training items of a user."""
STEPS, SETTLING = 10, 3
IMAGE_SIZE = 32
JPEGS = 64
"""Number of distinct images; they are repeated to one image per item."""
TOWERS: dict[str, dict[str, Any]] = {
    "id": {"embedding_dim": 64},
    "history": {
        "embedding_dim": 64,
        "positives_per_image": 1,
        "user_tower": "history",
        "item_embeddings": True,
        "loss": "softmax",
        "negatives": "mixed",
    },
}
COPIES = {"adam": 7, "lazy_adam": 5}
"""Peak number of copies of the id tower: weights, two moments and a copy of one
while they are initialized; of Adam also the gradient and intermediate results.
"""
SMALLEST = 10**4
"""Number of users while the items grow, and of items while the users grow."""


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    num_users: tuple[int, ...] = option(
        (SMALLEST, 10**5, 10**6, 10**7), "user counts", nargs="+"
    )
    items: tuple[int, ...] = option(
        (SMALLEST, 10**5, 10**6), "item counts", nargs="+"
    )
    optimizer: str = option(
        "lazy_adam", "optimizer of the towers", choices=OPTIMIZERS
    )


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints the results."""
    args = _Flags.parse(argv, "python -m benchmarks.growth", __doc__)
    print(
        f"{'tower':10}{'users':>12}{'items':>12}{'ms/step':>10}"
        f"{'CPU ms':>10}{'ratio':>8}{'GB':>8}"
    )
    sizes = [(num_users, SMALLEST) for num_users in args.num_users]
    sizes += [(SMALLEST, num_items) for num_items in args.items[1:]]
    for tower in TOWERS:
        base = None
        for num_users, num_items in sizes:
            start = f"{tower:10}{num_users:12,}{num_items:12,}"
            needed = _memory_needed(tower, args.optimizer, num_users)
            if needed > 0.8 * _memory_of_machine():
                print(f"{start}  not run: needs about {needed / 1e9:.0f} GB")
                continue
            wall, cpu, memory = in_new_process(
                measure, tower, args.optimizer, num_users, num_items
            )
            base = base or cpu
            print(
                f"{start}{wall * 1e3:10.0f}{cpu * 1e3:10.0f}{cpu / base:8.2f}"
                f"{memory / 1e9:8.1f}",
                flush=True,
            )


def _memory_needed(tower: str, optimizer: str, num_users: int) -> float:
    if tower != "id":
        return 0
    row = 4 * TOWERS[tower]["embedding_dim"]
    return float(COPIES[optimizer] * row * num_users)


def _memory_of_machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def measure(
    tower: str, optimizer: str, num_users: int, items: int
) -> tuple[float, float, float]:
    """Runs a few training steps.

    Args:
        tower: Name of the user tower, a key of `TOWERS`.
        optimizer: Optimizer of the towers, one of `OPTIMIZERS`.
        num_users: Number of users.
        items: Number of items.

    Returns:
        Median seconds and CPU seconds per step, and peak memory in bytes.
    """
    # Imported here, because this function runs in a new process.
    import tensorflow as tf

    from trainer.training.distribution import initialize_strategy

    # The dense gradient of a large table is part of the measurement.
    warnings.filterwarnings("ignore", message="Converting sparse")
    strategy = initialize_strategy(0)
    with strategy.scope():
        trainer = _build_trainer(tower, optimizer, num_users, items)
    step = tf.function(trainer.train_step, reduce_retracing=True)
    batches = iter(trainer.batches_from(0))
    walls, cpus = [], []
    for _ in range(SETTLING + STEPS):
        begin = time.process_time()
        walls.append(timed(lambda: step(next(batches))))
        cpus.append(time.process_time() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    wall, cpu = (statistics.median(times[SETTLING:]) for times in (walls, cpus))
    return wall, cpu, peak


def _build_trainer(
    tower: str, optimizer: str, num_users: int, items: int
) -> Any:
    from benchmarks.synthetic_dataset import made_photos
    from trainer.data.images import Photos
    from trainer.recommender.build_model import build_model
    from trainer.recommender.candidate_trainer import CandidateTrainer
    from trainer.recommender.config import RecommenderConfig
    from trainer.recommender.pairwise_trainer import PairwiseTrainer

    config = RecommenderConfig(optimizer=optimizer, **TOWERS[tower])
    interactions = _interactions(num_users, items)
    few = list(made_photos(JPEGS, IMAGE_SIZE))
    jpegs = [few[index % JPEGS] for index in range(items)]
    counts = interactions.train_counts()
    model = build_model(config, IMAGE_SIZE, num_users, counts)
    trainer = PairwiseTrainer if config.draws_triples else CandidateTrainer
    return trainer(model, config, interactions, Photos(jpegs, IMAGE_SIZE, 0), 1)


def _interactions(num_users: int, items: int) -> Any:
    """Returns users with `ITEMS_PER_USER` evenly spaced items each."""
    import tensorflow as tf

    from trainer.data.interactions import Interactions

    first = np.random.default_rng(0).integers(items, size=(num_users, 1))
    steps = np.arange(ITEMS_PER_USER) * (items // ITEMS_PER_USER)
    train = np.sort((first + steps) % items)
    return Interactions(
        user_ids=[str(index) for index in range(num_users)],
        item_ids=[str(index) for index in range(items)],
        train=tf.RaggedTensor.from_row_splits(
            train.reshape(-1), ITEMS_PER_USER * np.arange(num_users + 1)
        ),
        validation=np.empty((0, 2), np.int64),
        test=np.empty((0, 2), np.int64),
    )


if __name__ == "__main__":
    run_command(main)
