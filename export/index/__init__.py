"""Top-k retrieval over the item embeddings: exact, and by an IVF index."""
