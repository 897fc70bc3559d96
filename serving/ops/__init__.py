"""Operation of TF Serving: configuration, load test, TLS."""
