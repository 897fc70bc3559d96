"""Graph functions of stock TensorFlow ops that the indices are built of."""
