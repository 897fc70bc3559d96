"""Reads a prepared data set into memory: who took what, photos, attributes."""
