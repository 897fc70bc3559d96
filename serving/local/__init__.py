"""The local server: TF Serving's API over the versions in a folder."""
