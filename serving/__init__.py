"""Talks to TF Serving: a typed client and a local server for laptops."""
