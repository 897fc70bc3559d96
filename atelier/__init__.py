"""The ground that all packages share: schema, files, command lines."""
