"""Pretraining of a backbone on the attributes of items."""
