"""Time of a `compose` request beside the bare inner products and gather.

    python -m benchmarks.compose_lookup

The store and the users are random, in four categories, with PNG files of 60
kB. Both run in this process, in turns, for one user per call; the table shows
median milliseconds.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import statistics
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from benchmarks.timing import timed
from export.servables.compose_signature import ComposedServable
from export.servables.id_lookup import IdLookup
from export.servables.user_table import UserTable
from trainer.design.design_set import NEAREST
from trainer.design.design_store import DesignStore

CATEGORIES = ["dress", "shirt", "shoe", "skirt"]
USERS, ITEMS, WIDTH = 10_000, 100_000, 256
PNG_BYTES = 60_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    turns: int = option(200, "number of turns")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints a table; see `--help`."""
    flags = _Flags.parse(argv, "python -m benchmarks.compose_lookup", __doc__)
    print("designs   ms/compose      ms/bare")
    for num_designs in (200, 2000):
        calls = make_calls(num_designs)
        seconds = [[timed(call) for call in calls] for _ in range(flags.turns)]
        medians = (
            statistics.median(column) for column in zip(*seconds, strict=True)
        )
        shown = "".join(f"{1000 * one:13.2f}" for one in medians)
        print(f"{num_designs:7}{shown}", flush=True)


def make_calls(num_designs: int) -> list[Callable[[], object]]:
    """Returns the request of one user, and its bare computation.

    Args:
        num_designs: Number of designs in the store.
    """
    rng = np.random.default_rng(0)
    store = random_store(num_designs, rng)
    vectors = rng.normal(size=(USERS, WIDTH)).astype(np.float32)
    users = UserTable([f"u{index}" for index in range(USERS)], vectors)
    items = IdLookup([f"i{index}" for index in range(ITEMS)], "items")
    servable = ComposedServable(store, users, items)
    compose = servable.signatures()["compose"]
    embeddings = tf.constant(store.embeddings)
    images = tf.constant(store.png_files)

    @tf.function
    def bare(user_vector: tf.Tensor) -> tf.Tensor:
        scores = tf.linalg.matvec(embeddings, user_vector)
        return tf.gather(images, tf.argmax(scores))

    request = {
        "user_id": tf.constant(["u7"]),
        "category": tf.constant(CATEGORIES[1:2]),
        "seed": tf.constant([0], tf.int64),
        "boldness": tf.constant([0.5]),
    }
    user_vector = tf.constant(vectors[7])

    def ours() -> object:
        # The traced function does not hold the variables of the servable.
        return servable and compose(**request)

    return [ours, lambda: bare(user_vector)]


def random_store(num_designs: int, rng: np.random.Generator) -> DesignStore:
    """Returns a store of random designs.

    Args:
        num_designs: Number of designs.
        rng: Random generator.
    """

    def indices(*shape: int) -> np.ndarray:
        return rng.integers(ITEMS, size=(num_designs, *shape))

    return DesignStore(
        categories=CATEGORIES,
        category=(np.arange(num_designs) % len(CATEGORIES)).astype(np.int32),
        png_files=[rng.bytes(PNG_BYTES) for _ in range(num_designs)],
        embeddings=rng.normal(size=(num_designs, WIDTH)).astype(np.float32),
        cut_items=indices(),
        cloth_items=indices(),
        colors=["#2b62b8"] * num_designs,
        color_names=["blue"] * num_designs,
        nearest_items=indices(NEAREST),
        novelty=rng.random(num_designs, np.float32),
    )


if __name__ == "__main__":
    run_command(main)
