"""Keras models, layers and losses, independent of the training loop."""
