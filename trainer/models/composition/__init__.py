"""Composed designs: the cut of one garment in the cloth of another."""
