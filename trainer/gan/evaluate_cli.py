"""The command that measures a GAN."""

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
"""What is large, and needs fewer digits."""


def add_evaluate_gan(commands: Any) -> None:
    """Adds the command to those of `trainer.task`.

    Args:
        commands: What `ArgumentParser.add_subparsers` returned.
    """
    parser = commands.add_parser(
        "evaluate-gan",
        help="measure what a GAN draws against held-out photos",
        description="Measures what a GAN draws against photos that were held "
        "out of its training: KID, FID, precision, recall, opposite SSIM, "
        "Inception Score, distance to the nearest training photo. Writes "
        f"{TABLE} and {FIGURES} into the folder of the run.",
    )
    parser.add_argument("--run_dir", required=True, help="of a run of `gan`")
    parser.set_defaults(run=run_evaluate_gan)


def run_evaluate_gan(args: argparse.Namespace) -> None:
    """Measures, and says what was found.

    Args:
        args: Parsed flags: `run_dir`.

    Raises:
        UserError: If the run is not trained, or held out too few photos.
    """
    gan = load_trained_gan(args.run_dir)
    gan.run.check_data()
    catalogue = load_gan_dataset(gan.run)
    if len(catalogue.held_out) < LEAST_HELD_OUT or gan.image_size < WINDOW:
        raise UserError(
            f"{args.run_dir} held out {len(catalogue.held_out)} photos and "
            f"draws {gan.image_size} pixels, and {LEAST_HELD_OUT} photos of "
            f"{WINDOW} pixels are needed; train with more --validation_photos "
            "or a larger --image_size"
        )
    report = measure(gan, catalogue)
    json_files.write_text(args.run_dir, TABLE, markdown(report))
    json_files.write_json(args.run_dir, FIGURES, dataclasses.asdict(report))
    width = shutil.get_terminal_size().columns
    for table in _tables(report):
        print(aligned_table(table, width), end="\n\n")
    print(f"written to {args.run_dir}: {TABLE}, {FIGURES}")


def markdown(report: GanReport) -> str:
    """Returns the tables and what they rest on, to be pasted elsewhere."""
    classifier = f" IS by {report.classifier}." if report.classifier else ""
    protocol = (
        f"{report.number:,} images of each row, against as many photos of the "
        "same categories that were held out of training, all at the size of "
        f"designs. Features: {report.extractor}. KID with its standard "
        f"deviation over subsets of {report.kid_subset:,} images; FID is "
        "biased upwards, the more the fewer images there are, so read it "
        "beside that of training photos; "
        "precision and recall with k = 3; opposite SSIM within a category; "
        "nearest photo: how far the nearest training photo looks away, of a "
        f"training photo the nearest other one.{classifier}"
    )
    tables = map(markdown_table, _tables(report))
    return "\n\n".join([*tables, protocol]) + "\n"


def _tables(report: GanReport) -> list[list[list[str]]]:
    """Returns the rows of two tables: of all designs, and by category."""
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
