"""Hyperparameter search for the recommender."""
