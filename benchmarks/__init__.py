"""Timings, one command each, whose figures the README shows."""

import records  # noqa: F401  # Sets what TensorFlow reads when it is imported.
