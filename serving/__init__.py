"""Clients and a local server of the TF Serving API."""
