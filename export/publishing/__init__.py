"""Versions of a model: warm-up, blessing, publishing, rollback."""
