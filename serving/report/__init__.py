"""The HTML report of a run; `python -m serving.report`."""
