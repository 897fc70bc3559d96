"""Clients and a local server of the TF Serving API."""

import records  # noqa: F401  Sets the environment of TensorFlow.
