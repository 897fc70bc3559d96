"""Keras models and their training: towers, losses, metrics, baselines, loop."""
