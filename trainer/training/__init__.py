"""The training loop and its parts, shared by all training tasks."""
