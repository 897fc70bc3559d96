"""Designs for one person: images of a category that they would like most."""
