"""The `evaluate-gan` command of `trainer.task`."""

import dataclasses
import shutil

from atelier.cli.flags import Command
from atelier.cli.flags import option
from atelier.cli.text_tables import aligned_table
from atelier.io import json_files
from atelier.io.errors import UserError
from atelier.schema import run_artifacts
from trainer.gan.config import GanConfig
from trainer.training.run import Run
from trainer.training.run_flags import DataDirsOptions

LEAST_HELD_OUT = 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class EvaluateGanOptions(DataDirsOptions):
    """Options of `evaluate-gan`."""

    run_dir: str = option(..., "folder of a GAN run")


def _run(args: EvaluateGanOptions) -> None:
    Run.load(args.run_dir, GanConfig, args.data_dirs).check_data()
    # Imported when all flags are checked, because it takes seconds.
    from trainer.gan.dataset import load_gan_dataset
    from trainer.gan.evaluate import measure
    from trainer.gan.format_report import markdown
    from trainer.gan.format_report import tables_of
    from trainer.gan.trained_gan import load_trained_gan
    from trainer.metrics.generative.ssim import WINDOW

    gan = load_trained_gan(args.run_dir, args.data_dirs)
    dataset = load_gan_dataset(gan.run)
    if len(dataset.held_out) < LEAST_HELD_OUT or gan.image_size < WINDOW:
        raise UserError(
            f"{args.run_dir} has {len(dataset.held_out)} held-out images "
            f"of {gan.image_size} pixels, but at least {LEAST_HELD_OUT} images "
            f"of {WINDOW} pixels are required; train with more "
            "--validation_photos or a larger --image_size"
        )
    report = measure(gan, dataset)
    table, figures = run_artifacts.GAN_TABLE, run_artifacts.GAN_METRICS
    json_files.write_text(args.run_dir, table, markdown(report))
    json_files.write_json(args.run_dir, figures, dataclasses.asdict(report))
    width = shutil.get_terminal_size().columns
    for rows in tables_of(report):
        print(aligned_table(rows, width), end="\n\n")
    print(f"written to {args.run_dir}: {table}, {figures}")


EVALUATE_GAN = Command(
    "evaluate-gan",
    _run,
    (EvaluateGanOptions,),
    summary="compare the images of a GAN with held-out images",
    description="Compares the images of a GAN with images held out of its "
    "training: KID, FID,\nprecision, recall, opposite SSIM, Inception "
    "Score, distance to the nearest\ntraining image. Writes "
    f"{run_artifacts.GAN_TABLE} and {run_artifacts.GAN_METRICS} into the "
    "run folder.",
)
