"""Reading of a prepared data set, and sampling of training batches."""
