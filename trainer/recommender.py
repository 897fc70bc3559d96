"""Trains the two towers jointly from pixels."""

from collections.abc import Sequence

import keras

from records import results
from records.errors import UserError
from trainer.backbones import initial_weights
from trainer.candidate_training import CandidateTraining
from trainer.dataset.interactions import Interactions
from trainer.dataset.interactions import load_interactions
from trainer.dataset.new_people import hold_out_people
from trainer.dataset.photos import load_photos
from trainer.devices import start_devices
from trainer.evaluation.projector import CONFIG
from trainer.history import keepers
from trainer.loop import Loop
from trainer.recommendation_grid import RecommendationGrid
from trainer.run import Run
from trainer.schedule import Schedule
from trainer.towers.two_tower import TwoTower
from trainer.triple_training import TripleTraining
from trainer.validation import BEST_METRIC


def train(
    run: Run,
    verbose: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> None:
    """Trains a run to its end, from its last checkpoint if there is one.

    Args:
        run: What to train; results go to its folder.
        verbose: 0 silent, 1 a progress bar, 2 a line an epoch.
        callbacks: More of them, beside those that keep the history.

    Raises:
        UserError: If the data cannot be trained on.
    """
    config = run.config
    strategy = start_devices(config.seed)
    interactions = _interactions(run)
    photos = load_photos(run.data_dir, config.photo_memory_mb << 20)
    kind = TripleTraining if config.draws_triples else CandidateTraining
    with strategy.scope():
        training = kind(
            build_model(run, interactions, config.weights or None),
            config,
            interactions,
            photos,
            strategy.num_replicas_in_sync,
        )
    schedule = Schedule(
        epochs=config.epochs,
        steps_per_epoch=training.steps_an_epoch,
        save_every=config.save_every,
        best_metric=BEST_METRIC,
        patience=config.patience,
        max_steps=config.max_steps,
    )
    loop = Loop(training, schedule, run.run_dir, strategy)
    steps = loop.resume()
    if not steps:
        start = initial_weights(config.backbone, config.weights or None)
        print(f"{config.backbone} starts from {start}")
        training.start()
    if steps < schedule.steps:
        results.remove(run.run_dir, *results.OF_EVALUATION, CONFIG)
    loop.run(
        training.batches_from,
        [
            *keepers(run.run_dir, BEST_METRIC, loop),
            RecommendationGrid(training.few_people, photos, run.run_dir),
            *callbacks,
        ],
        verbose,
    )


def build_model(
    run: Run, interactions: Interactions, weights: str | None = None
) -> TwoTower:
    """Builds the towers of a run, with fresh or pretrained weights.

    Args:
        run: The run.
        interactions: Who took what.
        weights: A file of weights for the backbone; only training needs it.
    """
    return TwoTower(
        run.config,
        run.image_size,
        len(interactions.user_ids),
        interactions.train_counts(),
        weights,
    )


def _interactions(run: Run) -> Interactions:
    """Reads what the run is trained on and validated by."""
    interactions, _ = hold_out_people(
        load_interactions(run.data_dir), run.config.new_people, run.config.seed
    )
    if not len(interactions.validation):
        raise UserError(
            f"{run.data_dir} holds out no validation item, by which the best "
            "checkpoint is chosen; prepare data with a split that does"
        )
    return interactions
