"""JSON and Parquet files, and the errors that users can correct."""
