"""The linear softmax classifier on MNIST: cross-entropy, its gradient, SGD with momentum, Adam."""
