"""Which items of a published model are in stock."""
