"""The linear softmax classifier on MNIST: cross-entropy, its gradient, SGD with momentum, Adam."""

DATASETS = ("MNIST",)  # torchvision's names of what the notebook's given cells read
