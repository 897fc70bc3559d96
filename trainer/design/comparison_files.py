"""Output files of a comparison: JSON, Markdown table and example images."""

import dataclasses
import textwrap
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from atelier.cli.text_tables import aligned_table
from atelier.cli.text_tables import markdown_table
from atelier.io import json_files
from atelier.schema import paths
from trainer.design.arm_metrics import NEAREST
from trainer.design.arm_metrics import OPPOSITE_SSIM
from trainer.design.comparison import JUDGE
from trainer.design.comparison import KID
from trainer.design.comparison import PREFERENCE
from trainer.design.comparison import PURCHASES
from trainer.design.comparison import Comparison
from trainer.design.comparison_arms import BASELINES
from trainer.design.comparison_arms import BEST_REAL
from trainer.design.comparison_arms import ComparisonCell
from trainer.design.contact_sheet import Picture
from trainer.design.contact_sheet import Row
from trainer.design.contact_sheet import draw_sheet
from trainer.gan.sample_grid import write_png
from trainer.metrics.generative.feature_extractor import EXTRACTOR

FIGURES = "sources.json"
TABLE = "sources.md"
PICTURE = "sources.png"
_EXAMPLES = 3
_COLUMNS = (PREFERENCE, JUDGE, PURCHASES, KID, OPPOSITE_SSIM, NEAREST)


def write_comparison(
    out: str, comparison: Comparison, cells: Sequence[ComparisonCell]
) -> None:
    """Writes the files of a comparison.

    Args:
        out: Output folder.
        comparison: Metrics of the comparison.
        cells: Images of each user and category; the image file shows the
            first three.
    """
    tf.io.gfile.makedirs(out)
    write_png(paths.join(out, PICTURE), _picture(cells[:_EXAMPLES]))
    json_files.write_text(out, TABLE, markdown(comparison))
    json_files.write_json(out, FIGURES, dataclasses.asdict(comparison))


def text(comparison: Comparison, width: int) -> str:
    """Returns the conclusions and the table as text for a terminal.

    Args:
        comparison: Metrics of the comparison.
        width: Width of the terminal, in characters.
    """
    lines = [textwrap.fill(line, width) for line in conclusions(comparison)]
    return "\n".join([*lines, "", aligned_table(_rows(comparison), width)])


def markdown(comparison: Comparison) -> str:
    """Returns the conclusions, the table and the protocol as Markdown."""
    parts = [
        *conclusions(comparison),
        markdown_table(_rows(comparison)),
        _protocol(comparison),
    ]
    return "\n\n".join(parts) + "\n"


def conclusions(comparison: Comparison) -> list[str]:
    """Returns what the designs keep, one sentence per arm and judge."""
    users = len(comparison.user_ids)
    names = {
        PURCHASES: f"held-out purchases of {users} users",
        JUDGE: f"another recommender ({comparison.judge}) for {users} users",
    }
    sentences = []
    for arm, kept in comparison.kept.items():
        if arm not in BASELINES and kept:
            sentences += [
                f"{arm!r} keeps {_interval(*kept[judge].values())} of what "
                f"the best real images keep, by {names[judge]}."
                for judge in names
                if judge in kept
            ]
    best = comparison.intervals[BEST_REAL]
    for judge in names:
        if judge in best and judge not in comparison.kept[BEST_REAL]:
            value = comparison.means[BEST_REAL][judge]
            sentences.append(
                f"By {names[judge]}, the best real images do not differ "
                f"from random ones (z-score {_interval(value, *best[judge])}), "
                "so nothing is said of designs; raise --num_users."
            )
    return sentences


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _protocol(comparison: Comparison) -> str:
    judge = f" The judge: {comparison.judge}." if comparison.judge else ""
    return (
        f"{len(comparison.user_ids)} users, each with the categories of their "
        f"held-out items among {', '.join(comparison.categories)}; "
        f"{comparison.count} images per source, user and category. Means over "
        "users, ± half of the 95 % interval; for KID, ± the standard deviation "
        "over subsets. preference, judge, purchases: standard deviations above "
        "the mean of the catalog images of the category, resized to the size "
        "of the designs, by the recommender of the designs, by one trained "
        "apart, and by the likeness to held-out items in histograms of colors "
        f"and edges.{judge} Features of KID and nearest image: {EXTRACTOR}."
    )


def _rows(comparison: Comparison) -> list[list[str]]:
    columns = [one for one in _COLUMNS if one in comparison.means[BEST_REAL]]
    judges = list(comparison.kept[BEST_REAL])
    return [["source", *(f"kept ({one})" for one in judges), *columns]] + [
        [
            arm,
            *(_interval(*kept[one].values()) for one in judges),
            *(_cell(comparison, arm, column) for column in columns),
        ]
        for arm, kept in comparison.kept.items()
    ]


def _cell(comparison: Comparison, arm: str, column: str) -> str:
    """Returns a table cell: a metric with its uncertainty."""
    value = comparison.means[arm][column]
    if column == KID:
        return f"{value:.3f} ±{comparison.kid_std[arm]:.3f}"
    low, high = comparison.intervals[arm][column]
    digits = 1 if column == NEAREST else 3
    return f"{value:.{digits}f} ±{(high - low) / 2:.{digits}f}"


def _picture(cells: Sequence[ComparisonCell]) -> np.ndarray:
    rows = [
        Row(
            f"{cell.case.items.name} for {cell.case.user_id}: {arm}",
            [
                Picture(image, f"{z_score:+.2f}")
                for image, z_score in zip(
                    shown.images, cell.case.z_score(shown.images), strict=True
                )
            ],
        )
        for cell in cells
        for arm, shown in cell.shown.items()
    ]
    title = "scores in standard deviations above the mean catalog image"
    return np.asarray(draw_sheet(title, rows))
