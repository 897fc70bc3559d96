"""Clients of TF Serving over gRPC and REST; `python -m serving.client`."""
