"""A conditional GAN that draws new photos of a category."""
