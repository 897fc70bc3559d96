"""Tables of a GAN's evaluation."""

from atelier.cli.text_tables import markdown_table
from trainer.gan.evaluate import GanReport

_COLUMNS = (
    "KID",
    "FID",
    "precision",
    "recall",
    "opposite SSIM",
    "nearest photo",
    "IS",
)
_ROUGH = ("FID", "nearest photo")
"""Columns of large values, printed with one decimal instead of three."""


def markdown(report: GanReport) -> str:
    """Returns the tables and the evaluation protocol as Markdown."""
    classifier = (
        f" Classifier of IS: {report.classifier}." if report.classifier else ""
    )
    protocol = (
        f"{report.number:,} images of each row, compared with the same number "
        "of images of the same categories that were held out of training, all "
        f"at the size of the designs. Features: {report.extractor}. KID: ± is "
        "its standard deviation over subsets of "
        f"{report.kid_subset:,} images. FID is biased upwards, the more so "
        "the fewer images there are: compare it with the FID of the training "
        "photos. Precision and recall: k = 3. Opposite SSIM: within a "
        "category. Nearest photo: feature distance to the nearest training "
        "image; for a training photo, to the nearest other training image."
        f"{classifier}"
    )
    tables = map(markdown_table, tables_of(report))
    return "\n\n".join([*tables, protocol]) + "\n"


def tables_of(report: GanReport) -> list[list[list[str]]]:
    """Returns the rows of two tables: overall metrics and per category."""
    some = next(iter(report.rows.values()))
    columns = [one for one in _COLUMNS if one in some]
    of_all = [["images", *columns]] + [
        [name, *(_cell(figures, column) for column in columns)]
        for name, figures in report.rows.items()
    ]
    by_category = [["designs of", "photos", "KID", "FID"]] + [
        [name, f"{one['photos']:,}", f"{one['KID']:.3f}", f"{one['FID']:.1f}"]
        for name, one in report.categories.items()
    ]
    return [of_all, by_category]


def _cell(figures: dict[str, float], column: str) -> str:
    text = f"{figures[column]:.{1 if column in _ROUGH else 3}f}"
    return f"{text} ±{figures['KID std']:.3f}" if column == "KID" else text
