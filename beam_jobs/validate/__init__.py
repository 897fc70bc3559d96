"""`python -m beam_jobs.validate`: statistics, schemas, anomalies, report."""
