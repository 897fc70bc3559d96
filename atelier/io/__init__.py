"""Files that are written whole, and the errors of files."""
