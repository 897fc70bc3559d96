"""Keras models and their training: towers, losses, metrics, baselines, loop."""

import records  # noqa: F401  Sets the environment of TensorFlow.
