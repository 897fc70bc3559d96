"""What `validate` consists of: statistics, schemas, anomalies, their page."""
