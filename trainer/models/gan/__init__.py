"""Networks and losses of the conditional GAN."""
