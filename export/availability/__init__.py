"""Item availability (stock) of a published model."""
