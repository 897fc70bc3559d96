"""Time of whole training steps, compared with bare steps, and input stall.

The bare step is the compiled step on one batch in memory. The whole step is
that of `trainer.training.loop`, with input pipeline, counters and callbacks.
Both run alternately; the table shows medians of consecutive steps.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import collections
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from benchmarks.synthetic_dataset import made_photos
from trainer.data.images import Photos
from trainer.data.interactions import Interactions
from trainer.gan.config import GanConfig
from trainer.gan.dataset import GanDataset
from trainer.gan.gan_trainer import GanTrainer
from trainer.recommender.build_model import build_model
from trainer.recommender.candidate_trainer import CandidateTrainer
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.pairwise_trainer import PairwiseTrainer
from trainer.recommender.recommender_trainer import RecommenderTrainer
from trainer.training.callbacks import default_callbacks
from trainer.training.distribution import initialize_strategy
from trainer.training.flag_texts import POLICIES
from trainer.training.loop import TrainingLoop
from trainer.training.loop_options import LoopOptions
from trainer.training.trainer_protocol import Logs

EPILOG = """\
Images, users and categories are synthetic; the speed does not depend on them.
`wait` is the input stall: the fraction of a turn spent waiting for the next
batch. With `--xla` the last column is the speed of the bare step compiled by
XLA, as a multiple of the speed without XLA; a dash means that XLA cannot
compile the step.

examples:
  python -m benchmarks.train_step
  python -m benchmarks.train_step --kinds gan --precisions float32 --rounds 3
  python -m benchmarks.train_step --kinds triples photos --xla
  python -m benchmarks.train_step --kinds cnn_f --image_size 224 --steps 2
"""
SETTLING = 2
"""Steps at the start of each turn that are not counted: the input pipeline is
starting."""
NUM_USERS, ITEMS_PER_USER, CATEGORIES = 500, 20, 8

Training = RecommenderTrainer | GanTrainer
RECOMMENDERS: dict[str, dict[str, Any]] = {
    "triples": {},
    "cnn_f": {"backbone": "cnn_f", "embedding_dim": 100},
    "photos": {
        "backbone": "efficientnet_lite0",
        "positives_per_image": 8,
        "user_tower": "history",
        "item_embeddings": True,
        "loss": "softmax",
        "negatives": "mixed",
    },
}
"""Overrides of `RecommenderConfig`: triples with the smallest network and with
the paper's network, and image batches."""
KINDS = (*RECOMMENDERS, "gan")


@dataclasses.dataclass(frozen=True)
class Shop:
    """Synthetic training data.

    Attributes:
        photos: Images of all items.
        interactions: Interactions of all users.
        image_size: Side of the images, in pixels.
    """

    photos: Photos
    interactions: Interactions
    image_size: int


class Unjudged:
    """Trainer without validation and checkpoints, which would add time.

    Args:
        training: Trainer whose steps are run.

    Example:
        loop = TrainingLoop(Unjudged(trainer), options, folder, strategy)
    """

    def __init__(self, training: Training) -> None:
        self.model = training.model
        self.metrics = training.metrics
        self.checkpoint_items: dict[str, Any] = {}
        self.train_step = training.train_step

    def evaluate(self) -> Logs:
        """Returns a constant as the metric that the loop requires."""
        return {"none": 0.0}


class Turns(keras.callbacks.Callback):
    """Times bare steps before each epoch, and the steps of the epoch.

    Args:
        bare: Bare step functions, by name.
        loop: Training loop that runs the epochs.
        steps: Number of steps that are timed in each turn.

    Attributes:
        seconds: Seconds per step, by name, one value per turn.
        waits: Input stall fraction of each epoch.

    Example:
        turns = Turns({"bare": step}, loop, steps=10)
        loop.run(trainer.batches_from, [turns], verbose=0)
        print(turns.median("bare"), turns.median("whole"))
    """

    def __init__(
        self,
        bare: dict[str, Callable[[], object]],
        loop: TrainingLoop,
        steps: int,
    ) -> None:
        super().__init__()
        self.seconds: dict[str, list[float]] = collections.defaultdict(list)
        self.waits: list[float] = []
        self._bare, self._loop, self._steps = bare, loop, steps
        self._begin = 0.0

    def on_epoch_begin(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Runs and times the bare steps."""
        for name, step in self._bare.items():
            for _ in range(SETTLING):
                step()
            begin = time.perf_counter()
            for _ in range(self._steps):
                step()
            self._note(name, time.perf_counter() - begin)

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Starts the timer after the settling steps, stops it at the end."""
        now = time.perf_counter()
        if batch + 1 == SETTLING:
            self._begin = now
        if batch + 1 == SETTLING + self._steps:
            self._note("whole", now - self._begin)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Records the input stall of the epoch."""
        self.waits.append(self._loop.input_stall)

    def median(self, name: str) -> float:
        """Returns the median seconds per step without the tracing turn."""
        return statistics.median(self.seconds[name][1:])

    def wait(self) -> float:
        """Returns the median input stall without the tracing turn."""
        return statistics.median(self.waits[1:])

    def _note(self, name: str, seconds: float) -> None:
        self.seconds[name].append(seconds / self._steps)


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    kinds: tuple[str, ...] = option(
        KINDS, "models to train (default: all)", nargs="+", choices=KINDS
    )
    precisions: tuple[str, ...] = option(
        tuple(POLICIES),
        "compute data types (default: both)",
        nargs="+",
        choices=tuple(POLICIES),
    )
    image_size: int = option(64, "side of the images in pixels")
    photos: int = option(2000, "number of images")
    steps: int = option(10, "steps per turn")
    rounds: int = option(5, "number of turns")
    xla: bool = option(
        False, "also time the step with XLA", action="store_true"
    )


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark; prints a line per model and precision."""
    args = _Flags.parse(
        argv, "python -m benchmarks.train_step", __doc__, EPILOG
    )
    strategy = initialize_strategy(0)
    shop = make_shop(args.photos, args.image_size)
    print(
        "                    bare ms  whole ms  bare/whole   wait"
        + ("  xla" if args.xla else "")
    )
    for kind in args.kinds:
        for precision in args.precisions:
            with strategy.scope():
                training = make_training(kind, precision, shop)
            turns = measure(
                training, strategy, args.rounds, args.steps, args.xla
            )
            bare, whole = turns.median("bare"), turns.median("whole")
            print(
                f"{kind:9}{precision:9}{bare * 1e3:9.1f} {whole * 1e3:9.1f} "
                f"{bare / whole:11.3f} {turns.wait():6.1%}"
                + (f"  {of_xla(turns)}" if args.xla else ""),
                flush=True,
            )


def measure(
    training: Training,
    strategy: tf.distribute.Strategy,
    rounds: int,
    steps: int,
    xla: bool = False,
) -> Turns:
    """Runs bare and whole steps alternately.

    Args:
        training: Trainer whose steps are timed.
        strategy: Distribution strategy.
        rounds: Number of turns; one more runs, because the first one traces
            the graphs.
        steps: Steps per turn.
        xla: Whether to time the step with XLA too.
    """
    batch = next(iter(training.batches_from(0)))
    bare = {"bare": step_on(training, batch, False)}
    if xla and can_compile(step := step_on(training, batch, True)):
        bare["xla"] = step
    schedule = LoopOptions(
        epochs=rounds + 1,
        steps_per_epoch=SETTLING + steps,
        checkpoint_every_steps=SETTLING + steps,
        best_metric="none",
    )
    with tempfile.TemporaryDirectory() as folder:
        loop = TrainingLoop(Unjudged(training), schedule, folder, strategy)
        turns = Turns(bare, loop, steps)
        loop.run(
            training.batches_from,
            [*default_callbacks(folder, "none", loop), turns],
            verbose=0,
        )
    return turns


def step_on(training: Training, batch: Any, xla: bool) -> Callable[[], object]:
    """Returns the compiled training step on a fixed batch."""
    step = tf.function(training.train_step, jit_compile=xla)
    return lambda: step(batch)


def can_compile(step: Callable[[], object]) -> bool:
    """Returns whether a step can be compiled and run."""
    try:
        step()
    except (tf.errors.OpError, ValueError):
        return False
    return True


def of_xla(turns: Turns) -> str:
    """Returns the speedup by XLA as text, "-" if XLA cannot compile it."""
    if "xla" not in turns.seconds:
        return "-"
    return f"{turns.median('bare') / turns.median('xla'):.2f}"


def make_training(kind: str, precision: str, shop: Shop) -> Training:
    """Builds a trainer with newly initialized networks.

    Args:
        kind: Model to train, one of `KINDS`.
        precision: Compute dtype, a key of `POLICIES`.
        shop: Training data.
    """
    if kind == "gan":
        return make_gan(precision, shop)
    config = RecommenderConfig(precision=precision, **RECOMMENDERS[kind])
    counts = shop.interactions.train_counts()
    model = build_model(config, shop.image_size, NUM_USERS, counts)
    trainer = PairwiseTrainer if config.draws_triples else CandidateTrainer
    return trainer(model, config, shop.interactions, shop.photos, 1)


def make_gan(precision: str, shop: Shop) -> GanTrainer:
    """Builds a trainer of the default GAN, with a few held-out images."""
    items = np.arange(len(shop.photos))
    names = [f"category {index}" for index in range(CATEGORIES)]
    dataset = GanDataset(
        categories=names,
        category=items % CATEGORIES,
        train=items[CATEGORIES:],
        held_out=items[:CATEGORIES],
        photos=shop.photos,
        image_size=shop.image_size,
        counts=collections.Counter(names[item % CATEGORIES] for item in items),
    )
    config = GanConfig(image_size=shop.image_size, precision=precision)
    return GanTrainer(config, dataset, 1)


def make_shop(photos: int, image_size: int) -> Shop:
    """Generates random images and interactions with Zipf item popularity.

    Args:
        photos: Number of items and images.
        image_size: Side of the images, in pixels.
    """
    rng = np.random.default_rng(0)
    popularity = 1 / np.arange(1, photos + 1)
    histories = [
        np.sort(
            rng.choice(
                photos,
                ITEMS_PER_USER,
                replace=False,
                p=popularity / popularity.sum(),
            )
        )
        for _ in range(NUM_USERS)
    ]
    interactions = Interactions(
        user_ids=[f"user {index}" for index in range(NUM_USERS)],
        item_ids=[f"item {index}" for index in range(photos)],
        train=tf.RaggedTensor.from_row_lengths(
            np.concatenate(histories), [ITEMS_PER_USER] * NUM_USERS
        ),
        validation=np.empty((0, 2), np.int64),
        test=np.empty((0, 2), np.int64),
    )
    jpegs = list(made_photos(photos, image_size))
    return Shop(Photos(jpegs, image_size, 4 << 30), interactions, image_size)


if __name__ == "__main__":
    run_command(main)
