"""Ranking metrics, and metrics of generated images."""
