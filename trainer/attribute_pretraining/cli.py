"""The `pretrain` command of `trainer.task`: pretrains a backbone."""

from atelier.cli.commands import command_text
from atelier.cli.flags import Command
from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.training.cluster import verbosity
from trainer.training.cluster import worker_run_dir
from trainer.training.run import Run
from trainer.training.run_flags import TrainingDirsOptions


def _run(config: PretrainingConfig, dirs: TrainingDirsOptions) -> None:
    run = Run.start(worker_run_dir(dirs.run_dir), dirs.data_dir, config)
    # Imported when all flags are checked, because it takes seconds.
    from trainer.attribute_pretraining.train import pretrain

    path = pretrain(run, verbosity())
    train = command_text(
        *("train recommender", "--data_dir", run.data_dir, "--run_dir", "RUN"),
        *("--preset", "hybrid", "--backbone", config.backbone),
        *("--weights", path),
    )
    print(f"pretrained into {path}; next: {train}")


PRETRAIN = Command(
    "pretrain",
    _run,
    (PretrainingConfig, TrainingDirsOptions),
    summary="train a backbone to predict item categories and attributes",
    description="Trains a backbone to predict the categories and "
    "attributes of items from their\nimages, for `recommender --weights`.",
)
