"""Benchmarks, one command each; docs/benchmarks.md lists their results."""
