"""Keras models, layers and losses; no training loop, no files of a run."""
