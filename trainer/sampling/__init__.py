"""What a training step sees, a function of the seed and the step's number."""
