"""What `prepare` consists of: tables and photos to records."""
