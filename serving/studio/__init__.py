"""The web page that asks TF Serving."""
