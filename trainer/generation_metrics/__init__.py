"""How good made images are: one metric a file, each against real photos."""
