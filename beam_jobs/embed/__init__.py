"""`python -m beam_jobs.embed`: batch inference with an exported model."""
