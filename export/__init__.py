"""Exports checkpoints as SavedModels that stock TF Serving runs."""
