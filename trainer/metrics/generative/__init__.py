"""Metrics of generated images, each against real images."""
