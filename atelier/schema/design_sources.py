"""Sources of designs, as `designs.json` and the flags name them."""

AUTO, COMPOSED, GAN = SOURCES = ("auto", "composed", "gan")
"""`composed`: the cut of one item in the cloth of another; `gan`: generated;
`auto`: composed where the data have masks of the garments, else generated."""
