"""Hyper-parameter search of the recommender."""
