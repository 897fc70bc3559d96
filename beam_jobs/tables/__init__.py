"""Tables of any format, row by row, each row with its address."""
