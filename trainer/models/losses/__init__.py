"""Losses of rankings, and the penalties of weights."""
