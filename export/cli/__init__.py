"""The commands of `python -m export.task`."""
