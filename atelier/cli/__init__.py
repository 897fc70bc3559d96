"""Command-line flags, one-line errors, logging and console scripts."""
