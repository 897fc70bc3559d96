"""Gradients of baselines against finite differences."""

import keras
import numpy as np
import tensorflow as tf

from trainer.baselines.training_loop import objective


def assert_gradient(model, triples, fitting):
    """Asserts that the slope in a random direction is that of the gradient."""
    weights = model.trainable_variables
    with tf.GradientTape() as tape:
        cost = objective(model, triples, fitting)
    gradients = tape.gradient(cost, [variable.value for variable in weights])
    directions = [
        np.random.default_rng(index).normal(size=variable.shape)
        for index, variable in enumerate(weights)
    ]
    slope = sum(
        np.sum(np.asarray(tf.convert_to_tensor(gradient)) * direction)
        for gradient, direction in zip(gradients, directions, strict=True)
    )
    start = [keras.ops.convert_to_numpy(variable) for variable in weights]
    costs = []
    for step in (1e-3, -1e-3):
        for weight, value, direction in zip(
            weights, start, directions, strict=True
        ):
            weight.assign(value + step * direction)
        costs.append(float(objective(model, triples, fitting)))
    np.testing.assert_allclose((costs[0] - costs[1]) / 2e-3, slope, rtol=0.01)
