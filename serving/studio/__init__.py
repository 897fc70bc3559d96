"""Web page of the recommender and the designer, and its server."""
