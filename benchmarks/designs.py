"""Speed of the design search, by number of requests, starts and steps.

The baseline is the raw operation: one forward and backward pass through
generator, discriminator and item tower per step of the search. Neither includes
the choice of the starting points, which takes `--candidates_per_start` forward
passes per start. Both run alternately; the table shows medians, and the time of
the raw operation as a fraction of the time of the search. Weights are random:
the speed does not depend on them.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from benchmarks.timing import timed
from trainer.design.design_request import DesignRequest
from trainer.design.discriminator_scale import LEAST_SQUARES
from trainer.design.discriminator_scale import RealismScale
from trainer.design.image_editing import ImageEditor
from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower
from trainer.design.latent_optimizer import LatentOptimizer
from trainer.design.latent_optimizer import pair
from trainer.design.search_config import SearchConfig
from trainer.gan.config import GanConfig
from trainer.gan.networks import build_discriminator
from trainer.gan.networks import build_generator
from trainer.gan.presets import PRESETS
from trainer.models.towers.item_tower import ItemTower
from trainer.recommender.config import RecommenderConfig

EPILOG = """\
Each row of the table is one batched search: a number of requests (a user and a
category each), with a number of starts per request. The last line of each size
is the time to restyle an image, with the defaults of `trainer.task design`.

examples:
  python -m benchmarks.designs
  python -m benchmarks.designs --sizes 64,128 --turns 5 --preset paper
"""
CASES = ((1, 1, 10), (1, 8, 10), (1, 8, 40), (1, 32, 10), (64, 1, 10))
"""Requests, starts per request, steps per start."""
CATEGORIES, PHOTO_SIZE, BOUND = 8, 128, 2.0


@dataclasses.dataclass(frozen=True)
class _Flags(Options):
    sizes: str = option("32,64", "image sides in pixels, separated by commas")
    preset: str = option("best", "preset of the GAN", choices=tuple(PRESETS))
    turns: int = option(3, "number of turns")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints a table; see `--help`."""
    args = _Flags.parse(argv, "python -m benchmarks.designs", __doc__, EPILOG)
    # TensorFlow warns of retracing: each row of the table is a new graph.
    print(
        "pixels requests starts steps  seconds  designs/s   steps/s  raw/search"
    )
    for size in map(int, args.sizes.split(",")):
        values = {**PRESETS[args.preset], "image_size": size}
        designer = make_designer(GanConfig(**values))
        for num_requests, starts, steps in CASES:
            search = SearchConfig(num_starts=starts, steps=steps)
            case = dataclasses.replace(designer, search=search)
            ours, raw = time_search(case, num_requests, args.turns)
            rows = num_requests * starts
            print(
                f"{size:6} {num_requests:8} {starts:6} {steps:5} {ours:8.2f} "
                f"{rows / ours:10.2f} {rows * steps / ours:9.1f} "
                f"{raw / ours:11.2f}",
                flush=True,
            )
        seconds = time_restyling(designer, args.turns)
        print(f"{size:6} restyling an image: {seconds:.1f} s", flush=True)


def make_designer(config: GanConfig) -> LatentOptimizer:
    """Returns an optimizer of a GAN and a recommender with random weights."""
    tower = ItemTower(PHOTO_SIZE)
    return LatentOptimizer(
        generator=build_generator(config, CATEGORIES),
        discriminator=build_discriminator(config, CATEGORIES),
        z_dim=config.z_dim,
        bound=BOUND,
        preference=Preference([Tower(tower, PHOTO_SIZE)], config.image_size),
    )


def make_requests(rows: int) -> DesignRequest:
    """Returns a batch of random design requests.

    Args:
        rows: Number of rows of the batch.
    """
    rng = np.random.default_rng(0)
    width = RecommenderConfig().embedding_dim
    ones = np.ones(rows, np.float32)
    return DesignRequest(
        rng.normal(size=(rows, width)).astype(np.float32),
        np.arange(rows, dtype=np.int32) % CATEGORIES,
        ones,
        RealismScale(ones, ones),
        np.int64(0),
    )


def time_search(
    designer: LatentOptimizer, num_requests: int, turns: int
) -> tuple[float, float]:
    """Returns the median seconds of a search and of its raw operations.

    Args:
        designer: Latent optimizer.
        num_requests: Number of requests that are searched at once.
        turns: Number of turns.
    """
    starts = designer.random(designer.search.num_starts, pair(0, 0))
    w = tf.repeat(starts, num_requests, axis=0)
    request = make_requests(len(w))
    step = raw_step(designer)
    maximize = tf.function(designer.maximize)
    steps = designer.search.steps

    def raw() -> None:
        for _ in range(steps):
            step(w, request)

    ours, theirs = medians(turns, lambda: maximize(w, request, steps), raw)
    return ours, theirs


def raw_step(
    designer: LatentOptimizer,
) -> Callable[[tf.Tensor, DesignRequest], tf.Tensor]:
    """Returns a forward and backward pass through the three networks."""

    @tf.function
    def step(w: tf.Tensor, request: DesignRequest) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(w)
            images = designer.generator(w, request.category, training=False)
            scores = designer.discriminator(
                images, request.category, training=False
            )
            total = tf.reduce_sum(scores) + tf.reduce_sum(
                designer.preference.score(images, request.user_vector)
            )
        return tape.gradient(total, w)

    return step


def time_restyling(designer: LatentOptimizer, turns: int) -> float:
    """Returns the median seconds to restyle an image."""
    editor = ImageEditor(designer)
    size = designer.preference.image_size
    photo = np.random.default_rng(0).uniform(-1, 1, (size, size, 3))
    users, categories, spreads, _, seed = make_requests(1)
    request = DesignRequest(
        users[0], categories[0], spreads[0], LEAST_SQUARES, seed
    )
    (seconds,) = medians(
        turns,
        lambda: editor.restyle_in_graph(
            photo.astype(np.float32), request, np.float32(0.5)
        ),
    )
    return seconds


def medians(turns: int, *runs: Callable[[], object]) -> list[float]:
    """Returns the median seconds of functions that run alternately.

    Args:
        turns: Number of turns, after a first one that traces the graphs.
        *runs: Functions to time.
    """
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(turns + 1):
        for run, times in zip(runs, seconds, strict=True):
            times.append(timed(run))
    return [statistics.median(times[1:]) for times in seconds]


if __name__ == "__main__":
    run_command(main)
