"""Checkpoints to SavedModels that stock TF Serving runs."""
