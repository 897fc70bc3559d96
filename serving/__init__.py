"""Serving with the TF Serving API: clients, local server, operation, report."""
