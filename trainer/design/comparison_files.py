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
from trainer.design.comparison import Comparison
from trainer.design.comparison_arms import BEST_REAL
from trainer.design.comparison_arms import DESIGN
from trainer.design.comparison_arms import SOURCES
from trainer.design.comparison_arms import ComparisonCell
from trainer.design.contact_sheet import Picture
from trainer.design.contact_sheet import Row
from trainer.design.contact_sheet import draw_sheet
from trainer.design.measure import BY_JUDGE
from trainer.gan.sample_grid import write_png
from trainer.metrics.generative.feature_extractor import EXTRACTOR

FIGURES = "sources.json"
TABLE = "sources.md"
PICTURE = "sources.png"
_EXAMPLES = 3
_COLUMNS = (
    "z_score",
    f"z_score{BY_JUDGE}",
    "percentile",
    f"percentile{BY_JUDGE}",
    "opposite SSIM",
    "KID",
    "IS",
    "nearest photo",
    "score",
)
_TESTED = ("z_score", f"z_score{BY_JUDGE}", "opposite SSIM")


def write_comparison(
    out: str, found: Comparison, cells: Sequence[ComparisonCell]
) -> None:
    """Writes the files of a comparison.

    Args:
        out: Output folder.
        found: Metrics of the comparison.
        cells: Images of each user and category; the image file shows the
            first three.
    """
    tf.io.gfile.makedirs(out)
    write_png(paths.join(out, PICTURE), _picture(cells[:_EXAMPLES]))
    json_files.write_text(out, TABLE, markdown(found))
    json_files.write_json(out, FIGURES, dataclasses.asdict(found))


def text(found: Comparison, width: int) -> str:
    """Returns the table and the conclusions as text for a terminal.

    Args:
        found: Metrics of the comparison.
        width: Width of the terminal, in characters.
    """
    lines = [textwrap.fill(line, width) for line in conclusions(found)]
    return "\n".join([aligned_table(_rows(found), width), "", *lines])


def markdown(found: Comparison) -> str:
    """Returns the table, the conclusions and the protocol as Markdown."""
    parts = [
        markdown_table(_rows(found)),
        *conclusions(found),
        _protocol(found),
    ]
    return "\n\n".join(parts) + "\n"


def conclusions(found: Comparison) -> list[str]:
    """Returns the conclusions from the table, one sentence each."""
    tests = "; ".join(
        f"{name} {one['difference']:+.3f} [{one['low']:+.3f}, "
        f"{one['high']:+.3f}], p = {one['p']:.4f}"
        for name, one in found.differences.items()
        if name in _TESTED
    )
    lines = [f"{DESIGN} minus {BEST_REAL}: {tests}."]
    if found.kept:
        lines.append(
            f"For a {DESIGN}, the judge sees {found.kept[DESIGN]:.0%} of the "
            f"gain in z_score over a random design; for the {BEST_REAL} "
            f"images, {found.kept[BEST_REAL]:.0%} of the gain over random "
            "real images."
        )
    return lines


def _protocol(found: Comparison) -> str:
    judge = f" The judge: {found.judge}." if found.judge else ""
    classifier = (
        f" Classifier of IS: {found.classifier}." if found.classifier else ""
    )
    return (
        f"{found.people} users, {len(found.categories)} categories "
        f"({', '.join(found.categories)}), {found.count} images per source, "
        "user and category. Means over users, ± half of the 95 % interval; "
        "for KID, ± the standard deviation over subsets. z_score: "
        "standard deviations above the mean of the user's scores of all "
        "catalog images of the category, resized to the size of the designs. "
        "Percentile: percentage of these images with a lower score. Features "
        f"of KID and nearest photo: {EXTRACTOR}.{judge}{classifier}"
    )


def _rows(found: Comparison) -> list[list[str]]:
    columns = [one for one in _COLUMNS if one in found.means[DESIGN]]
    return [["source", *columns]] + [
        [source, *(_cell(found, source, column) for column in columns)]
        for source in SOURCES
    ]


def _cell(found: Comparison, source: str, column: str) -> str:
    """Returns a table cell: a metric with its uncertainty, if known."""
    value = found.means[source][column]
    digits = 1 if column.startswith(("percentile", "nearest")) else 3
    if column == "KID":
        return f"{value:.{digits}f} ±{found.kid_std[source]:.{digits}f}"
    if column not in found.intervals[source]:
        return f"{value:.{digits}f}"
    low, high = found.intervals[source][column]
    return f"{value:.{digits}f} ±{(high - low) / 2:.{digits}f}"


def _picture(cells: Sequence[ComparisonCell]) -> np.ndarray:
    rows = []
    for cell in cells:
        standing = cell.shelf.standing(cell.person)
        for source, shown in cell.shown.items():
            scores = (
                cell.shelf.preference.embed_many(shown.images) @ cell.person
            )
            rows.append(
                Row(
                    f"{cell.shelf.name} for {cell.user_id}: {source}",
                    [
                        Picture(image, f"{z_score:+.2f}")
                        for image, z_score in zip(
                            shown.images, standing.z_score(scores), strict=True
                        )
                    ],
                )
            )
    title = "scores in standard deviations above the mean catalog image"
    return np.asarray(draw_sheet(title, rows))
