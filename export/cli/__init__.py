"""Subcommands of `python -m export.task`."""
