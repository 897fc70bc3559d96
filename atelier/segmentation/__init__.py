"""Cut-outs of garments from photos; the only part of atelier with Keras."""
