"""Job servers and workers of engines that run the Beam jobs from Java."""
