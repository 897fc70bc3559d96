"""Timings, one command each, whose figures the README shows."""
