"""Adam with a separate learning rate for the backbone."""

import keras
from keras.optimizers import schedules

from trainer.training.lazy_adam import LazyAdam

EPSILON = 1e-8
"""Epsilon of Adam: the default of TensorFlow 1, as in the authors' code."""


def build_optimizer(
    model: keras.Model,
    backbone: keras.Model,
    rate: schedules.LearningRateSchedule,
    backbone_rate: schedules.LearningRateSchedule,
    lazy: bool = False,
) -> keras.optimizers.Optimizer:
    """Builds one Adam for the backbone and one for the rest of the model.

    Adam is invariant to the scale of gradients, so scaling those of the
    backbone would not slow it: each group has its own learning rate. Both count
    all steps.

    Args:
        model: Model to train.
        backbone: Part of the model to train at `backbone_rate`.
        rate: Learning rate of the rest of the model.
        backbone_rate: Learning rate of the backbone.
        lazy: Whether only the rows of a batch are updated in the embedding
            tables of the rest of the model.

    Returns:
        The optimizer, built for the trainable variables of the model.
    """
    of_backbone, of_rest = (
        optimizer_type(schedule, epsilon=EPSILON, name=name)
        # TensorBoard shows their learning rates by these names.
        for optimizer_type, name, schedule in (
            (keras.optimizers.Adam, "backbone", backbone_rate),
            (LazyAdam if lazy else keras.optimizers.Adam, "towers", rate),
        )
    )
    slow = {id(variable) for variable in backbone.trainable_variables}
    optimizer = keras.optimizers.MultiOptimizer(
        lambda variable: of_backbone if id(variable) in slow else of_rest
    )
    # As an attribute, the two are tracked by checkpoints.
    optimizer.parts = (of_backbone, of_rest)
    optimizer.build(model.trainable_variables)
    return optimizer
