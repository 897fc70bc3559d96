"""The `gan` command of `trainer.task`: trains a GAN."""

from atelier.cli.flags import Command
from trainer.gan.config import SAMPLES
from trainer.gan.config import GanConfig
from trainer.training.cluster import require_single_worker
from trainer.training.cluster import verbosity
from trainer.training.cluster import worker_run_dir
from trainer.training.run import Run
from trainer.training.run_flags import TrainingDirsOptions


def _run(config: GanConfig, dirs: TrainingDirsOptions) -> None:
    if config.max_seconds:
        require_single_worker("--max_seconds")
    run = Run.start(worker_run_dir(dirs.run_dir), dirs.data_dir, config)
    # Imported when all flags are checked, because it takes seconds.
    from trainer.gan.train import train_gan

    train_gan(run, verbosity())
    print(f"run folder: {run.run_dir}; the sample grids are in {SAMPLES}/")


GAN = Command(
    "gan",
    _run,
    (GanConfig, TrainingDirsOptions),
    summary="train a network that generates new images of a category",
)
