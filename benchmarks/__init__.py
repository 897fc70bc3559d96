"""Timings, one command each, whose figures docs/benchmarks.md shows."""
