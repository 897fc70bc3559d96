"""Training time to a validation AUC: the paper's triples and image batches."""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import tempfile
import time
from typing import Any

import keras

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.schema import paths
from trainer.data.image_batch_sampler import ImageBatchSampler
from trainer.data.interactions import load_interactions
from trainer.recommender.config import RecommenderConfig
from trainer.recommender.train import train
from trainer.training.run import Run

EPILOG = """\
All variants train the same network from the same weights on the same images,
until the AUC of the validation items among the whole catalog is reached. A
triple takes two image passes. In an image batch, one pass of an image serves
several users who interacted with it. The time is that of training steps,
without validation.

example:
  python -m benchmarks.time_to_auc --data_dir runs/hm/data
"""

COMMON = {
    "backbone": "efficientnet_lite0",
    "embedding_dim": 64,
    "learning_rate": 1e-3,
    "backbone_learning_rate": 3e-5,
    "user_l2": 0.0,
    "cnn_l2": 0.0,
}
KINDS: dict[str, dict[str, Any]] = {
    "triples, BPR (the paper)": {"batch_size": 64},
    "images with their users, BPR": {
        "batch_size": 128,
        "positives_per_image": 8,
        "negatives": "in_batch",
    },
    "images with their users, softmax": {
        "batch_size": 128,
        "positives_per_image": 8,
        "negatives": "in_batch",
        "loss": "softmax",
    },
}


class Clock(keras.callbacks.Callback):
    """Times the training steps until an AUC is reached.

    Args:
        auc: Target AUC of the validation items.
        most_seconds: Limit in seconds, after which training stops.

    Example:
        clock = Clock(auc=0.75, most_seconds=1800)
        train(run, verbose=0, callbacks=[clock])
        print(clock.seconds, clock.best)
    """

    def __init__(self, auc: float, most_seconds: float) -> None:
        super().__init__()
        self.seconds, self.best, self.epochs = 0.0, 0.0, 0
        self._auc, self._most_seconds = auc, most_seconds
        self._start = 0.0

    def on_train_batch_begin(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Starts the timer."""
        self._start = time.perf_counter()

    def on_train_batch_end(
        self, batch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Stops the timer; the first step, which traces, is not counted."""
        if batch or self.epochs:
            self.seconds += time.perf_counter() - self._start

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        """Stops training if the AUC or the time limit is reached."""
        self.epochs = epoch + 1
        self.best = max(self.best, (logs or {})["val_auc"])
        if self.best >= self._auc or self.seconds >= self._most_seconds:
            self.model.stop_training = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    data_dir: str = option(..., "prepared data set")
    auc: float = option(0.75, "validation AUC to reach")
    most_seconds: float = option(1800, "maximum seconds of training")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark; prints one line per variant."""
    args = _Flags.parse(
        argv, "python -m benchmarks.time_to_auc", __doc__, EPILOG
    )
    print(f"{'':34} pairs/image pass  seconds to AUC {args.auc}")
    for name, values in KINDS.items():
        config = RecommenderConfig(epochs=1000, **{**COMMON, **values})
        clock = Clock(args.auc, args.most_seconds)
        with tempfile.TemporaryDirectory() as folder:
            run = Run.start(paths.join(folder, "run"), args.data_dir, config)
            train(run, verbose=0, callbacks=[clock])
        reached = clock.best >= args.auc
        print(
            f"{name:34} {pairs_per_pass(config, args.data_dir):16.1f}"
            + (
                f"{clock.seconds:17.0f} ({clock.epochs} epochs)"
                if reached
                else f"   not reached in {clock.seconds:.0f} s, best "
                f"{clock.best:.3f}"
            ),
            flush=True,
        )


def pairs_per_pass(config: RecommenderConfig, data_dir: str) -> float:
    """Returns the number of training pairs per image pass."""
    if config.draws_triples:
        return 0.5
    train_items = load_interactions(data_dir).train
    batches = ImageBatchSampler(
        train_items,
        train_items.values.numpy(),
        config.batch_size,
        config.positives_per_image,
        0,
        config.seed,
    )
    return batches.pairs_per_step / config.batch_size


if __name__ == "__main__":
    run_command(main)
