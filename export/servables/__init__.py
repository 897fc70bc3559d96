"""Servables: the exported recommender and designer with their signatures."""
