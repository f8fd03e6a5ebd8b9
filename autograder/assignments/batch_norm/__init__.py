"""Batch normalisation: by hand, its gradient, as a layer, in a convnet, and what training is like with it."""
