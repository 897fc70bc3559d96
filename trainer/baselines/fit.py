"""Trains the learned baselines, all in the same way.

Each interaction once an epoch: on H&M's validation that was better than users
drawn uniformly, as the paper's own code does (VBPR: AUC .779 against .765).
What the baselines set of `FitConfig` was chosen there too, by the AUC in the
whole catalogue and among the items that someone took; where these were level,
by NDCG@10. The penalty of the rows matters most: a third of what BPR-MF has
takes its AUC among the taken from .80 to .74.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from atelier.io.errors import UserError
from trainer.baselines.baseline import BaselineData
from trainer.baselines.dot_product_model import Factors
from trainer.baselines.triple_sampler import epoch_of_triples
from trainer.metrics.ranking.held_out import HeldOut
from trainer.metrics.ranking.per_user import auc
from trainer.metrics.ranking.ranks import rank_held_out
from trainer.metrics.ranking.scorer import Scorer
from trainer.models.losses import bpr

EPOCHS = 60
PATIENCE = 5
"""Validations without a gain before training stops.

The AUC may peak while only popularity is learned, and again much later.
"""

EPOCHS_A_VALIDATION = 2
VALIDATION_PAIRS = 2000
"""At most so many, drawn once, decide when to stop."""

_INDICES = tf.TensorSpec([None], tf.int64)


@dataclasses.dataclass(frozen=True)
class FitConfig:
    """How a baseline is trained.

    Attributes:
        loss: Of x_ui, float [batch, 1], and x_uj, float [batch, negatives]:
            float of a shape whose mean is taken.
        row_penalty: Lambda of the rows of each triple.
        shared_penalty: Lambda of the weights that all items share.
        learning_rate: Of Adam.
        batch_size: Triples a step.
        negatives: Negatives of each triple.
    """

    loss: Callable[[Any, Any], Any] = bpr.bpr_loss
    row_penalty: float = 0.02
    shared_penalty: float = 0.0
    learning_rate: float = 0.01
    batch_size: int = 1024
    negatives: int = 1


def objective(model: Factors, triples: Any, fitting: FitConfig) -> Any:
    """Returns what a step makes smaller, a scalar.

    The mean over the triples of loss + row_penalty/2 sum |r|^2, over the rows
    of its user and items, + shared_penalty/2 sum |W|^2.
    """
    positive, negative, norms = model(triples)
    return (
        keras.ops.mean(fitting.loss(positive, negative))
        + fitting.row_penalty * keras.ops.mean(norms)
        + fitting.shared_penalty * bpr.weight_penalty(model.shared_weights)
    )


def fit(model: Factors, data: BaselineData, fitting: FitConfig) -> Scorer:
    """Trains until the AUC of validation pairs gains no more.

    Args:
        model: With fresh weights; they are changed.
        data: What it is trained on.
        fitting: How.

    Returns:
        The scorer of the best epoch.

    Raises:
        UserError: If nothing is held out for validation.
    """
    held_out = _validation(data)
    step = _step_function(model, fitting)
    best, best_auc, waited = model.scorer(), -np.inf, 0
    for epoch in range(EPOCHS):
        for triples in epoch_of_triples(
            data, epoch, fitting.batch_size, fitting.negatives
        ):
            step(*triples)
        if (epoch + 1) % EPOCHS_A_VALIDATION:
            continue
        scorer = model.scorer()
        found = _auc(scorer, held_out)
        waited += 1
        if found > best_auc:
            best, best_auc, waited = scorer, found, 0
        if waited == PATIENCE:
            break
    return best


def _step_function(model: Factors, fitting: FitConfig) -> Callable[..., None]:
    optimizer = keras.optimizers.Adam(fitting.learning_rate)
    optimizer.build(model.trainable_variables)
    variables = [one.value for one in model.trainable_variables]

    @tf.function(
        input_signature=[
            _INDICES,
            _INDICES,
            tf.TensorSpec([None, fitting.negatives], tf.int64),
        ]
    )
    def step(users: Any, positives: Any, negatives: Any) -> None:
        with tf.GradientTape() as tape:
            cost = objective(model, (users, positives, negatives), fitting)
        # Dense, so that a row drawn twice has one gradient.
        gradients = [
            tf.convert_to_tensor(one) for one in tape.gradient(cost, variables)
        ]
        optimizer.apply_gradients(
            zip(gradients, model.trainable_variables, strict=True)
        )

    return step


def _auc(scorer: Scorer, held_out: HeldOut) -> float:
    return float(np.mean(auc(rank_held_out(scorer, held_out).ranks)))


def _validation(data: BaselineData) -> HeldOut:
    """Returns the pairs that decide when to stop."""
    held_out = HeldOut.of_split(data.interactions, "validation")
    pairs = held_out.pairs
    if not len(pairs):
        raise UserError(
            "the data hold out no validation item, by which the learned "
            "baselines stop; prepare data with a split that does, or leave "
            "these baselines out"
        )
    chosen = np.random.default_rng(data.seed).permutation(len(pairs))
    return dataclasses.replace(
        held_out, pairs=pairs[np.sort(chosen[:VALIDATION_PAIRS])]
    )
