"""Apache Beam jobs: from raw tables and images to validated TFRecords."""
