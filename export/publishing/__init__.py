"""Publishing model versions: warm-up requests, validation, metadata."""
