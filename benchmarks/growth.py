"""How time and memory of training grow with people and with items.

    python -m benchmarks.growth

Each training is a process of its own, on people and photos that are made up.
The id tower of the paper has a row for each person, which Adam moves at every
step; the history tower makes people of what they took, and has none. A step
counts as the loop takes it, with its data; memory is the largest that the
process held. What the machine's memory cannot hold is left out, and said.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import argparse
import concurrent.futures
import multiprocessing
import os
import resource
import statistics
import time
import warnings
from typing import Any

import numpy as np

TAKEN = 5
"""Items of a person."""
STEPS, SETTLING = 5, 2
IMAGE_SIZE = 32
JPEGS = 64
"""Different photos; memory holds as many as there are items all the same."""
TOWERS: dict[str, dict[str, Any]] = {
    "id": {"embedding_dim": 100},
    "history": {
        "embedding_dim": 100,
        "positives_per_image": 8,
        "user_tower": "history",
        "item_embeddings": 1,
        "loss": "softmax",
        "negatives": "mixed",
    },
}
COPIES = 7
"""Of the id tower that a step holds at most: weights, Adam's two moments, the
gradient and what comes between."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add: Any = parser.add_argument
    people, items = [10**4, 10**5, 10**6, 10**7], [10**4, 10**5, 10**6]
    add("--people", type=int, nargs="+", default=people, help="to grow by")
    add("--items", type=int, nargs="+", default=items, help="likewise")
    args = parser.parse_args()
    print(f"{'tower':10}{'people':>12}{'items':>12}{'ms a step':>12}{'GB':>8}")
    sizes = [(number, items[0]) for number in args.people]
    sizes += [(people[0], number) for number in args.items[1:]]
    for tower in TOWERS:
        for size in sizes:
            print(_line(tower, *size), flush=True)


def _line(tower: str, people: int, items: int) -> str:
    start = f"{tower:10}{people:12,}{items:12,}"
    wanted = COPIES * 4 * TOWERS[tower]["embedding_dim"] * people
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if tower == "id" and wanted > 0.8 * there:
        return f"{start}  not run: takes about {wanted / 1e9:.0f} GB"
    with concurrent.futures.ProcessPoolExecutor(
        1, multiprocessing.get_context("spawn")
    ) as pool:
        seconds, memory = pool.submit(measure, tower, people, items).result()
    return f"{start}{seconds * 1e3:12.0f}{memory / 1e9:8.1f}"


def measure(tower: str, people: int, items: int) -> tuple[float, float]:
    """Takes a few steps.

    Args:
        tower: One of `TOWERS`.
        people: How many.
        items: How many.

    Returns:
        Seconds of a step, the median, and the most bytes that were held.
    """
    # Here, as each process has a TensorFlow of its own.
    import tensorflow as tf

    from trainer.training.distribution import initialize_strategy

    # That the gradient of a large table is dense is what is shown here.
    warnings.filterwarnings("ignore", message="Converting sparse")
    strategy = initialize_strategy(0)
    with strategy.scope():
        training = _training(tower, people, items)
    step = tf.function(training.train_step, reduce_retracing=True)
    took = []
    batches = iter(training.batches_from(0))
    for _ in range(SETTLING + STEPS):
        begin = time.perf_counter()
        step(next(batches))
        took.append(time.perf_counter() - begin)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return statistics.median(took[SETTLING:]), peak


def _training(tower: str, people: int, items: int) -> Any:
    from benchmarks.synthetic_dataset import made_photos
    from trainer.data.images import Photos
    from trainer.models.towers.two_tower import TwoTower
    from trainer.recommender.candidate_trainer import CandidateTrainer
    from trainer.recommender.config import RecommenderConfig
    from trainer.recommender.pairwise_trainer import PairwiseTrainer

    config = RecommenderConfig(**TOWERS[tower])
    interactions = _interactions(people, items)
    few = list(made_photos(JPEGS, IMAGE_SIZE))
    jpegs = [few[index % JPEGS] for index in range(items)]
    model = TwoTower(config, IMAGE_SIZE, people, interactions.train_counts())
    made = PairwiseTrainer if config.draws_triples else CandidateTrainer
    return made(model, config, interactions, Photos(jpegs, IMAGE_SIZE, 0), 1)


def _interactions(people: int, items: int) -> Any:
    """Returns people who took items that lie evenly apart."""
    import tensorflow as tf

    from trainer.data.interactions import Interactions

    first = np.random.default_rng(0).integers(items, size=(people, 1))
    taken = np.sort((first + np.arange(TAKEN) * (items // TAKEN)) % items)
    return Interactions(
        user_ids=[str(index) for index in range(people)],
        item_ids=[str(index) for index in range(items)],
        train=tf.RaggedTensor.from_row_splits(
            taken.reshape(-1), TAKEN * np.arange(people + 1)
        ),
        validation=np.empty((0, 2), np.int64),
        test=np.empty((0, 2), np.int64),
    )


if __name__ == "__main__":
    main()
