"""Apache Beam jobs: raw tables and photos in, checked TFRecords out."""
