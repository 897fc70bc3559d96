"""The contract of what is on disk: paths, records, manifest, versions."""
