"""Job servers and Python workers for Beam's Java runners."""
