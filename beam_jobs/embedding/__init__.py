"""What `embed` consists of: batch inference with an exported model."""
