"""A class-conditional GAN that generates new item images of a category."""
