"""From logits to a training loop: softmax, cross-entropy, modules, an optimiser, mini-batches, and what trains them."""
