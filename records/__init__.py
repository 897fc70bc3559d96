"""The contract of what is on disk; needs TensorFlow, neither Keras nor Beam."""
