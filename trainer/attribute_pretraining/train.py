"""Pretraining of a backbone on the item attributes of a data set."""

import logging

from atelier.cli.text_tables import aligned_table
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

_logger = logging.getLogger(__name__)

FILE_NAME = "backbone.npz"
"""File with the weights of the best epoch, in the folder of the run."""


def pretrain(run: Run[PretrainingConfig], verbose: int) -> str:
    """Trains a run to its end, resuming from its last checkpoint if any.

    Logs the accuracy of each attribute on the held-out images.

    Args:
        run: The run; results are written to its folder.
        verbose: 0 silent, 1 a progress bar, 2 one line per epoch.

    Returns:
        Path of the file with the backbone weights.

    Raises:
        UserError: If the data set is unusable or lacks the attributes, the
            last checkpoint is of another model, or the loss is not finite.
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
        steps_per_epoch=training.steps_per_epoch,
        checkpoint_every_steps=config.checkpoint_every_steps,
        best_metric=BEST_METRIC,
        patience=config.early_stopping_patience,
        max_steps=config.max_steps,
    )
    loop = TrainingLoop(training, schedule, run.run_dir, strategy)
    if not loop.resume():
        start = initial_weights(config.backbone)
        _logger.info(f"initial weights of {config.backbone}: {start}")
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
    """Loads the attributes to predict, by name.

    Raises:
        UserError: If the data set does not have them.
    """
    attributes = load_attributes(run.data_dir)
    available = {
        name.split("/", 1)[-1]: attribute
        for name, attribute in attributes.items()
    }
    names = run.config.attribute_names or list(available)
    for name in names:
        if name not in available:
            raise UserError(
                f"--attributes: {name!r} does not group the items of "
                f"{run.data_dir}; available: {', '.join(available) or 'none'}"
            )
    if not names:
        raise UserError(
            f"{run.data_dir} has no item attributes to predict; prepare it "
            "again with --category_column or --attribute_columns"
        )
    return {name: available[name] for name in names}


def _report(training: AttributeTrainer, names: list[str]) -> None:
    rows = [["held-out accuracy", "model", "majority class"]] + [
        [name, f"{accuracy:.3f}", f"{majority:.3f}"]
        for name, accuracy, majority in zip(
            names, training.accuracies(), training.commonest(), strict=True
        )
    ]
    _logger.info(aligned_table(rows, width=80))
