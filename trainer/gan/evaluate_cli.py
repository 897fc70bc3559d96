"""The `evaluate-gan` command of `trainer.task`."""

import argparse
import dataclasses
import shutil
from typing import Any

from atelier.cli.text_tables import aligned_table
from atelier.cli.text_tables import markdown_table
from atelier.io import json_files
from atelier.io.errors import UserError
from trainer.gan.dataset import load_gan_dataset
from trainer.gan.evaluate import FIGURES
from trainer.gan.evaluate import TABLE
from trainer.gan.evaluate import GanReport
from trainer.gan.evaluate import measure
from trainer.gan.trained_gan import load_trained_gan
from trainer.metrics.generative.ssim import WINDOW

LEAST_HELD_OUT = 4
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


def add_evaluate_gan(commands: Any) -> None:
    """Adds the `evaluate-gan` command to the parser of `trainer.task`.

    Args:
        commands: Return value of `ArgumentParser.add_subparsers`.
    """
    parser = commands.add_parser(
        "evaluate-gan",
        help="compare the images of a GAN with held-out images",
        description="Compares the images of a GAN with images held out of its "
        "training: KID, FID, precision, recall, opposite SSIM, Inception "
        "Score, distance to the nearest training image. Writes "
        f"{TABLE} and {FIGURES} into the run folder.",
    )
    parser.add_argument("--run_dir", required=True, help="folder of a GAN run")
    parser.set_defaults(run=run_evaluate_gan)


def run_evaluate_gan(args: argparse.Namespace) -> None:
    """Evaluates a GAN; writes and prints the report.

    Args:
        args: Parsed flags: `run_dir`.

    Raises:
        UserError: If the run is not trained, or its held-out images are too
            few or too small.
    """
    gan = load_trained_gan(args.run_dir)
    gan.run.check_data()
    catalogue = load_gan_dataset(gan.run)
    if len(catalogue.held_out) < LEAST_HELD_OUT or gan.image_size < WINDOW:
        raise UserError(
            f"{args.run_dir} has {len(catalogue.held_out)} held-out images of "
            f"{gan.image_size} pixels, but at least {LEAST_HELD_OUT} images of "
            f"{WINDOW} pixels are required; train with more "
            "--validation_photos or a larger --image_size"
        )
    report = measure(gan, catalogue)
    json_files.write_text(args.run_dir, TABLE, markdown(report))
    json_files.write_json(args.run_dir, FIGURES, dataclasses.asdict(report))
    width = shutil.get_terminal_size().columns
    for table in _tables(report):
        print(aligned_table(table, width), end="\n\n")
    print(f"written to {args.run_dir}: {TABLE}, {FIGURES}")


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
    tables = map(markdown_table, _tables(report))
    return "\n\n".join([*tables, protocol]) + "\n"


def _tables(report: GanReport) -> list[list[list[str]]]:
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
