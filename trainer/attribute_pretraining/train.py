"""Pretrains a backbone on a prepared data set."""

from atelier.io.errors import UserError
from atelier.schema import paths
from trainer.attribute_pretraining.attribute_trainer import BEST_METRIC
from trainer.attribute_pretraining.attribute_trainer import AttributeTrainer
from trainer.attribute_pretraining.config import PretrainingConfig
from trainer.data.attributes import Attribute
from trainer.data.attributes import load_attributes
from trainer.data.images import load_photos
from trainer.models.backbones import initial_weights
from trainer.models.backbones.weights_file import save_weights
from trainer.training.callbacks import default_callbacks
from trainer.training.distribution import initialize_strategy
from trainer.training.loop import TrainingLoop
from trainer.training.loop_options import LoopOptions
from trainer.training.run import Run

FILE_NAME = "backbone.npz"
"""The weights of the best epoch, in the folder of the run."""


def pretrain(run: Run[PretrainingConfig], verbose: int) -> str:
    """Trains a run to its end, from its last checkpoint if there is one.

    Prints how often each attribute is right on the photos held out.

    Args:
        run: What to train; results go to its folder.
        verbose: 0 silent, 1 a progress bar, 2 a line an epoch.

    Returns:
        The file of the weights.

    Raises:
        UserError: If the data cannot be trained on.
    """
    config = run.config
    strategy = initialize_strategy(config.seed)
    attributes = _attributes(run)
    photos = load_photos(run.data_dir, config.image_cache_mb << 20)
    with strategy.scope():
        training = AttributeTrainer(
            config,
            run.image_size,
            photos,
            attributes,
            strategy.num_replicas_in_sync,
        )
    schedule = LoopOptions(
        epochs=config.epochs,
        steps_per_epoch=training.steps_an_epoch,
        checkpoint_every_steps=config.checkpoint_every_steps,
        best_metric=BEST_METRIC,
        patience=config.early_stopping_patience,
        max_steps=config.max_steps,
    )
    loop = TrainingLoop(training, schedule, run.run_dir, strategy)
    if not loop.resume():
        start = initial_weights(config.backbone)
        print(f"{config.backbone} starts from {start}")
    loop.run(
        training.batches_from,
        default_callbacks(run.run_dir, BEST_METRIC, loop),
        verbose,
    )
    loop.restore_best()
    _report(training, list(attributes))
    path = paths.join(run.run_dir, FILE_NAME)
    save_weights(training.model.backbone, path)
    return path


def _attributes(run: Run[PretrainingConfig]) -> dict[str, Attribute]:
    """Reads what is to be predicted.

    Raises:
        UserError: If the data set does not say it.
    """
    found = load_attributes(run.data_dir)
    there = {name.split("/", 1)[-1]: one for name, one in found.items()}
    wanted = run.config.attribute_names or list(there)
    for name in wanted:
        if name not in there:
            raise UserError(
                f"--attributes names {name!r}, which groups no items of "
                f"{run.data_dir}; there are: {', '.join(there) or 'none'}"
            )
    if not wanted:
        raise UserError(
            f"{run.data_dir} says nothing of its items that could be "
            "predicted; prepare it with --category_column or "
            "--attribute_columns"
        )
    return {name: there[name] for name in wanted}


def _report(training: AttributeTrainer, names: list[str]) -> None:
    width = max(len(name) for name in names)
    print(f"{'right on photos held out':{width}}  this  commonest class")
    for name, right, commonest in zip(
        names, training.accuracies(), training.commonest(), strict=True
    ):
        print(f"{name:{width}} {right:5.3f} {commonest:5.3f}")
