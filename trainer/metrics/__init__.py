"""Metrics of rankings and of generated images."""
