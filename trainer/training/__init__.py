"""The training loop, and what every training task shares."""
