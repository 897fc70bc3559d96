"""`python -m beam_jobs.prepare`: tables and photos to TFRecords."""
