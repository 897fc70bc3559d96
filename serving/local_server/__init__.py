"""Local server of the TF Serving API; `python -m serving.local_server`."""
