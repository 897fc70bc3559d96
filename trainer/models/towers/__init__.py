"""The two towers, their parts, and the score between them."""
