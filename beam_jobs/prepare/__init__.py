"""Data preparation: converts raw tables and photos to TFRecords."""
