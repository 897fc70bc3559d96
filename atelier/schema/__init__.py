"""On-disk data contract: paths, records, manifest and model versions."""
