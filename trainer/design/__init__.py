"""Personalized designs: generated images that maximize a user's preference."""
