"""What the notebook's given cells read: torchvision's name, and the files of it in that name's folder "raw"."""

DATASETS = {
    "MNIST": (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ),
}
