"""Loading of prepared data sets, and sampling of training batches."""
