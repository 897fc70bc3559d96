"""Row readers of CSV, JSON Lines and Parquet tables, with row addresses."""
