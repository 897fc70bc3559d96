"""The report of a run: its page and what is on it."""
