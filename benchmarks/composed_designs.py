"""Speed of composed designs by size, and their scores beside real images.

The garments are painted: striped rectangles and plain ones with folds. The item
tower has random weights: the speed does not depend on them. With `--run_dir`,
the table shows instead the z-scores of the best images of users, real and
composed, in the category that each user interacted with most.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import dataclasses
import io
import statistics
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from keras import ops
from PIL import Image

from atelier.cli.flags import Options
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.io.errors import UserError
from atelier.segmentation.garment_cutter import GarmentCutter
from benchmarks.timing import timed
from export.servables.id_lookup import IdLookup
from export.servables.recolor_signature import RecolorServable
from export.servables.user_table import UserTable
from trainer.data.images import Photos
from trainer.design.composed_context import ComposedContext
from trainer.design.composed_context import composed_designs
from trainer.design.composed_search import ComposedSearch
from trainer.design.drawn_cuts import DrawnCuts
from trainer.design.ensemble import Ensemble
from trainer.design.garments import Garments
from trainer.design.image_scorer import Preference
from trainer.design.image_scorer import Tower
from trainer.gan.cut_generator_file import TrainedCutGenerator
from trainer.models.composition.cloth import make_cloth
from trainer.models.composition.compose import compose
from trainer.models.composition.cut import make_cut
from trainer.models.gan.cut_generator import CutGenerator
from trainer.models.towers.item_tower import ItemTower
from trainer.recommender.config import RecommenderConfig

EPILOG = """\
examples:
  python -m benchmarks.composed_designs
  python -m benchmarks.composed_designs --run_dir runs/mine/recommender
"""
GARMENTS, DESIGNS = 20, 8


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Flags(Options):
    sizes: str = option(
        "64,128,192", "image sides in pixels, separated by commas"
    )
    run_dir: str = option("", "recommender run whose designs to score")
    users: int = option(50, "number of users")


def main(argv: list[str] | None = None) -> None:
    """Runs the benchmark and prints a table; see `--help`."""
    flags = _Flags.parse(
        argv, "python -m benchmarks.composed_designs", __doc__, EPILOG
    )
    if flags.run_dir:
        ensemble = Ensemble.load([flags.run_dir])
        score_users(ComposedContext.load(ensemble), flags.users)
        return
    print(
        "pixels       ms/cut   ms/pattern  ms/compose  candidates  s/design"
        "  s/drawn  s/recolor"
    )
    for size in map(int, flags.sizes.split(",")):
        time_size(size)


def time_size(size: int) -> None:
    """Prints the milliseconds of the steps, and the seconds of a result.

    Args:
        size: Side of the images, in pixels.
    """
    garments = painted_garments(size)
    patterned, plain = garments.cut(0), garments.cut(1)
    assert patterned
    assert plain
    image, mask = paint(1, size)
    rng = np.random.default_rng(0)
    cloth = make_cloth(patterned, rng)
    assert cloth
    lab = cloth.lab
    seconds = [
        seconds_of(lambda: make_cut(image, mask)),
        seconds_of(lambda: make_cloth(patterned, rng)),
        seconds_of(lambda: ops.convert_to_numpy(compose(plain, lab))),
    ]
    preference = Preference([Tower(ItemTower(size), size)], size)
    items = np.arange(GARMENTS)
    width = RecommenderConfig().embedding_dim
    user_vector = rng.normal(size=width).astype(np.float32)
    counts: list[int] = []

    def search() -> None:
        # Nothing is cached in new garments.
        fresh = ComposedSearch(painted_garments(size), preference)
        cuts, cloths = fresh.best_cuts(items), fresh.best_cloths(items)
        composed = fresh.find(user_vector, cuts, cloths)
        assert composed
        counts.append(len(composed.parts))

    total = seconds_of(search)
    drawn = seconds_of(lambda: draw_cuts(preference, user_vector))
    recolor = seconds_of(recolor_call(garments, preference, user_vector))
    shown = "".join(f"{1000 * one:13.1f}" for one in seconds)
    print(
        f"{size:6}{shown}{counts[-1]:12}{total / DESIGNS:10.2f}{drawn:9.2f}"
        f"{recolor:11.2f}",
        flush=True,
    )


def draw_cuts(preference: Preference, user_vector: np.ndarray) -> None:
    """Draws the cuts of a category by a generator that is not trained.

    Args:
        preference: Preference model of images of their size.
        user_vector: Embedding of the user, float32 [K].
    """
    generator = CutGenerator(13, 64, 48, 48)
    trained = TrainedCutGenerator(generator, ["hat"], [], 0.0)
    DrawnCuts(trained, preference).best("hat", user_vector)


def recolor_call(
    garments: Garments, preference: Preference, user_vector: np.ndarray
) -> Callable[[], object]:
    """Returns a request of the served `recolor`, for the favorite cloth.

    Args:
        garments: Garments whose cloths are served.
        preference: Preference model of images of their size.
        user_vector: Embedding of the user, float32 [K].
    """
    cloths = [
        (item, cloth)
        for item in range(GARMENTS)
        if (cloth := garments.cloth(item))
    ]
    servable = RecolorServable(
        cloths,
        np.zeros((len(cloths), len(user_vector)), np.float32),
        preference,
        UserTable(["u"], user_vector[None]),
        IdLookup([str(item) for item in range(GARMENTS)], "items"),
        GarmentCutter(),
    )
    recolor = servable.signatures()["recolor"]
    image, _ = paint(1, preference.image_size)
    pixels = np.round((image + 1.0) * 127.5).astype(np.uint8)
    request = {
        "user_id": tf.constant(["u"]),
        "image_bytes": tf.constant([encoded(pixels, "JPEG")]),
        "cloth_item_id": tf.constant([""]),
        "strength": tf.constant([1.0]),
    }

    assert recolor(**request)["error"].numpy() == [b""]
    # The traced function does not hold the variables of the servable.
    return lambda: servable and recolor(**request)


def painted_garments(size: int) -> Garments:
    """Returns garments without a data set, each fourth one patterned."""
    jpegs, masks = [], []
    for index in range(GARMENTS):
        image, mask = paint(index, size)
        pixels = np.round((image + 1.0) * 127.5).astype(np.uint8)
        jpegs.append(encoded(pixels, "JPEG"))
        masks.append(encoded(mask, "PNG"))
    return Garments(Photos(jpegs, size, 1 << 30), masks)


def paint(index: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns a rectangular garment with folds.

    Args:
        index: Number of the garment, which seeds its color.
        size: Side of the image, in pixels.

    Returns:
        Image, float32 [size, size, 3] in [-1, 1], and mask, bool [size, size].
    """
    y, x = np.indices((size, size)) / size
    mask = (abs(x - 0.5) < 0.35) & (abs(y - 0.5) < 0.45)
    color = np.random.default_rng(index).uniform(0.2, 0.8, 3)
    image = color * (1.0 + 0.15 * np.sin(20.0 * x + 7.0 * y))[..., None]
    if index % 4 == 0:
        image = np.where((y * 24 % 2 < 1)[..., None], image, 0.9 - color)
    image = np.where(mask[..., None], image, 1.0)
    return (2.0 * np.clip(image, 0, 1) - 1.0).astype(np.float32), mask


def encoded(pixels: np.ndarray, form: str) -> bytes:
    """Returns pixels as a file of a format of Pillow."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form)
    return buffer.getvalue()


def seconds_of(run: Callable[[], object], turns: int = 3) -> float:
    """Returns the median seconds of a function, after a first call.

    Args:
        run: Function to time.
        turns: Number of timed calls.
    """
    run()
    return statistics.median(timed(run) for _ in range(turns))


def score_users(context: ComposedContext, count: int) -> None:
    """Prints the mean z-scores of the best images of random users.

    Args:
        context: Recommender and garments.
        count: Number of users, at most those of the data set.

    Raises:
        UserError: If no user has as many images as are compared.
    """
    history = context.trained.interactions.train
    users = np.random.default_rng(0).permutation(history.nrows())[:count]
    rows = []
    for user in users:
        user_vector = context.user_vector(int(user))
        category = context.favorite_category(history[int(user)].numpy())
        try:
            designs = composed_designs(
                context, category, user_vector, count=DESIGNS
            )
        except UserError as error:
            print(f"skipped: {error}")
            continue
        real = np.sort(designs.standing.scores)[::-1][:DESIGNS]
        composed = designs.designs.preferences
        if min(len(real), len(composed)) < DESIGNS:
            print(f"skipped: fewer than {DESIGNS} images of {category!r}")
            continue
        z_score = designs.standing.z_score
        rows.append([z_score(one) for one in (real, composed)])
    if not rows:
        raise UserError(
            f"no user of {context.run.run_dir} has a category with {DESIGNS} "
            "real and composed images; use a larger data set"
        )
    # [users, 2 sources, designs], the best first.
    scores = np.array(rows)
    means, spreads = scores[..., 0].mean(axis=0), scores[..., 0].std(axis=0)
    print(f"{len(rows)} users, z-scores of the best image and of the best 8")
    for name, best, spread, all_of_them in zip(
        ("real", "composed"),
        means,
        spreads,
        scores.mean(axis=(0, 2)),
        strict=True,
    ):
        half = 1.96 * spread / len(rows) ** 0.5
        print(f"{name:9} {best:6.2f} ±{half:.2f} {all_of_them:6.2f}")


if __name__ == "__main__":
    run_command(main)
