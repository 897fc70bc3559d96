"""Two-tower model: item tower, user towers, item embeddings and EASE."""
