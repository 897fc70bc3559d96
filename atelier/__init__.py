"""Code that all packages share: data schema, file I/O, command lines."""
