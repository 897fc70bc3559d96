"""Training of the recommender: configuration, presets, trainers, runs."""
