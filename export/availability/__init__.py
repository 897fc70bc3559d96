"""Availability (stock) and boosts of the items of a published model."""
