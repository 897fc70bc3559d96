"""Benchmarks, one command each; the README lists their results."""
