"""Teaches a backbone what the shop says of its photos, before any taste."""
