"""gRPC and REST clients of TF Serving; `python -m serving.client`."""
