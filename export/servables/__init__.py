"""The exported models: signatures of the recommender and the designer."""
