"""Search for better flags of the recommender."""
