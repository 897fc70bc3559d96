"""Web page that calls TF Serving's REST API."""
