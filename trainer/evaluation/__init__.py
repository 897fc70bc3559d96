"""Judges models on held-out items: ranks, metrics, intervals, tests, a page."""
