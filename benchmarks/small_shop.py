"""Presets and baselines on a generated shop, small or dense.

The taste of a user is a vector, and so are the color, pattern and shape of an
item. The probability of an interaction is the softmax over the items of their
dot product plus the popularity of the item. With `--no-looks` the images say
nothing about the items, so that only interactions tell them apart.
"""

if __name__ == "__main__":
    from atelier.cli.logging_setup import quiet_tensorflow

    quiet_tensorflow()

import colorsys
import csv
import dataclasses
import pathlib
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from PIL import Image
from PIL import ImageDraw

from atelier.cli.flags import Options
from atelier.cli.flags import listed
from atelier.cli.flags import option
from atelier.cli.run_command import run_command
from atelier.cli.text_tables import markdown_table
from atelier.io import json_files
from atelier.schema import paths
from atelier.schema import run_artifacts
from atelier.schema.model_names import TWO_TOWER
from beam_jobs import prepare_dataset
from trainer import task

EPILOG = """\
The small shop, then dense data like those of MovieLens, without looks:
  python -m benchmarks.small_shop --out_dir runs/small_shop
  python -m benchmarks.small_shop --out_dir runs/dense --no-looks \\
    --users 600 --items 400 --interactions_per_user 60
"""
BASELINES = "popularity,ease,vis_rank,item_knn,ials"
COLUMNS = ("auc", "ndcg@10")
MIN_INTERACTIONS = 5
"""Interactions of the least active user, as `beam_jobs.prepare` requires."""
TASTE, POPULARITY = 1.5, 0.8
"""Standard deviations of a taste and of the popularity."""
SIDE = 64
PATTERNS = ("plain", "stripes", "dots")
SHAPES: dict[str, list[tuple[int, int]]] = {
    "shirt": [(8, 14), (24, 8), (40, 8), (56, 14), (50, 26), (44, 22),
              (44, 56), (20, 56), (20, 22), (14, 26)],
    "trousers": [(20, 6), (44, 6), (48, 58), (36, 58), (32, 22), (28, 58),
                 (16, 58)],
    "dress": [(24, 6), (40, 6), (38, 24), (54, 58), (10, 58), (26, 24)],
    "skirt": [(22, 14), (42, 14), (56, 54), (8, 54)],
}  # fmt: skip
"""Outline of each shape, as (x, y) in pixels."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ShopOptions(Options):
    """Size of a generated shop, and how much of a taste is visible."""

    out_dir: str = option(..., "output folder for data, runs and the table")
    users: int = option(400, "number of users")
    items: int = option(300, "number of items")
    interactions_per_user: float = option(
        6.0,
        f"mean number of interactions per user; each has {MIN_INTERACTIONS} "
        "or more",
        least=MIN_INTERACTIONS,
    )
    looks: bool = option(True, "draw what the users choose by")
    presets: str = option(
        "auto,hybrid,laptop", "presets to train, separated by commas"
    )
    seeds: int = option(3, "number of shops, each with a run of each preset")


def main(argv: list[str] | None = None) -> None:
    """Trains the missing presets and writes the table; see `--help`."""
    args = ShopOptions.parse(
        argv, "python -m benchmarks.small_shop", __doc__, EPILOG
    )
    figures: dict[str, list[list[float]]] = {}
    for seed in range(args.seeds):
        folder = pathlib.Path(args.out_dir, str(seed))
        if not (folder / "data" / paths.MANIFEST).exists():
            make_shop(folder / "shop", args, seed)
            prepare_dataset(
                str(folder / "data"),
                interactions=str(folder / "shop" / "log.csv"),
                items=str(folder / "shop" / "items.csv"),
                image_size=SIDE,
            )
        for preset in listed(args.presets):
            for model, row in measure(folder, preset).items():
                figures.setdefault(model, []).append(row)
    rows = [["model", *COLUMNS, "CPU minutes"]]
    for model, values in figures.items():
        means = np.mean(values, axis=0)
        rows.append([model, *(f"{mean:.4f}" for mean in means[:-1])])
        rows[-1].append(f"{means[-1]:.2f}")
    table = markdown_table(rows)
    json_files.write_text(args.out_dir, "table.md", f"{table}\n")
    print(f"written to {paths.join(args.out_dir, 'table.md')}")


def measure(folder: pathlib.Path, preset: str) -> dict[str, list[float]]:
    """Trains and evaluates a preset, unless it is evaluated.

    Args:
        folder: Folder of a shop with its prepared data.
        preset: Name of the preset.

    Returns:
        `COLUMNS` and the CPU minutes of training, by model.
    """
    run_dir = str(folder / preset)
    if not json_files.exists(run_dir, run_artifacts.METRICS):
        keras.backend.clear_session()
        task.main(
            ["recommender", f"--data_dir={folder / 'data'}",
             f"--run_dir={run_dir}", f"--preset={preset}"]
        )  # fmt: skip
        task.main(
            ["evaluate", f"--run_dir={run_dir}", f"--baselines={BASELINES}"]
        )
    metrics = json_files.read_json(run_dir, run_artifacts.METRICS)
    return {
        f"--preset {preset}" if model == TWO_TOWER else model: [
            *(metrics["models"][model]["all"][name] for name in COLUMNS),
            metrics["cpu_minutes"][model],
        ]
        for model in (*listed(BASELINES), TWO_TOWER)
    }


def make_shop(folder: pathlib.Path, options: ShopOptions, seed: int) -> None:
    """Writes `photos/`, `items.csv` and `log.csv`.

    Args:
        folder: Output folder.
        options: Size and kind of the shop.
        seed: Random seed of items and tastes.
    """
    rng = np.random.default_rng(seed)
    hues = rng.uniform(size=options.items)
    patterns = rng.integers(len(PATTERNS), size=options.items)
    shapes = rng.integers(len(SHAPES), size=options.items)
    (folder / "photos").mkdir(parents=True)
    for item in range(options.items):
        image = draw_item(hues[item], patterns[item], shapes[item])
        image.save(folder / "photos" / f"{item}.png")
    looks = np.column_stack(
        [
            np.cos(2 * np.pi * hues),
            np.sin(2 * np.pi * hues),
            np.eye(len(PATTERNS))[patterns],
            np.eye(len(SHAPES))[shapes],
        ]
    )
    if not options.looks:
        looks = rng.permutation(looks)
    tastes = rng.normal(0, TASTE, (options.users, looks.shape[1]))
    popularity = rng.normal(0, POPULARITY, options.items)
    noise = rng.gumbel(size=(options.users, options.items))
    # Gumbel top-k: samples of the softmax without replacement.
    order = np.argsort(-(tastes @ looks.T + popularity + noise))
    more = options.interactions_per_user - MIN_INTERACTIONS
    counts = MIN_INTERACTIONS + rng.poisson(more, options.users)
    _write_csv(
        folder / "items.csv",
        ("item_id", "photo"),
        ((item, f"photos/{item}.png") for item in range(options.items)),
    )
    _write_csv(
        folder / "log.csv",
        ("user_id", "item_id"),
        (
            (user, item)
            for user, count in enumerate(counts)
            for item in order[user, :count]
        ),
    )


def draw_item(hue: float, pattern: int, shape: int) -> Image.Image:
    """Draws an item on white.

    Args:
        hue: Hue of its color, 0 to 1.
        pattern: Index of `PATTERNS`.
        shape: Index of `SHAPES`.
    """
    color = _rgb(hue, 0.8)
    cloth = Image.new("RGB", (SIDE, SIDE), color)
    pen, dark = ImageDraw.Draw(cloth), _rgb(hue, 0.35)
    if PATTERNS[pattern] == "stripes":
        for y in range(0, SIDE, 8):
            pen.rectangle((0, y, SIDE, y + 3), dark)
    elif PATTERNS[pattern] == "dots":
        for y in range(4, SIDE, 9):
            for x in range(4, SIDE, 9):
                pen.ellipse((x - 2, y - 2, x + 2, y + 2), dark)
    outline = Image.new("1", (SIDE, SIDE))
    ImageDraw.Draw(outline).polygon(list(SHAPES.values())[shape], 1)
    image = Image.new("RGB", (SIDE, SIDE), "white")
    image.paste(cloth, mask=outline)
    return image


def _rgb(hue: float, value: float) -> tuple[int, ...]:
    return tuple(
        round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.8, value)
    )


def _write_csv(
    path: pathlib.Path, header: Iterable[str], rows: Iterable[Iterable[Any]]
) -> None:
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    run_command(main)
