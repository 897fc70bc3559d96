"""Checkpoints to SavedModels that stock TF Serving runs."""

import records  # noqa: F401  Sets the environment of TensorFlow.
