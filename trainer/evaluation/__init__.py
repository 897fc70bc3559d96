"""Evaluation on held-out items: metrics, intervals, paired test and report."""
