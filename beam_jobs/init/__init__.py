"""First look at a folder of exports: which file and which column is what."""
