"""Apache Beam jobs: raw tables and photos in, checked TFRecords out."""

import records  # noqa: F401  Sets the environment of TensorFlow.
