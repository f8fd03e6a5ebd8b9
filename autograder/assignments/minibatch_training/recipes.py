"""How all parts are trained together."""

from __future__ import annotations

from torch import nn

from autograder.judge.training.recipe import Part, Recipe
from autograder.judge.training.training_data import MNIST_OR_DIGITS

from . import drivers


def network() -> nn.Module:
    """Return the network that is trained: its weights have the driver's names."""
    return nn.Sequential(nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 10))


PARTS = {
    "log_softmax": Part("log_softmax", "log_softmax", "right_log_softmax"),
    "cross_entropy": Part("cross_entropy", "cross_entropy", "right_cross_entropy"),
    "accuracy": Part("accuracy", "accuracy", "right_accuracy"),
    "Module": Part("Module", "module", "RightModule"),
    "Sequential": Part("Sequential", "sequential", "RightSequential"),
    "SGD": Part("SGD", "optimizer", "RightSGD"),
    "Dataset": Part("Dataset", "dataset", "RightDataset"),
    "Sampler": Part("Sampler", "sampler", "RightSampler"),
    "BatchSampler": Part("BatchSampler", "sampler", "RightBatchSampler"),
    "collate": Part("collate", "dataloader", "right_collate"),
    "DataLoader": Part("DataLoader", "dataloader", "RightDataLoader"),
    "fit": Part("fit", "fit"),
}

# By question.
RECIPES = {
    "converge_fit": Recipe(
        "network",
        "fit",
        drivers.fitted,
        PARTS,
        MNIST_OR_DIGITS,
        etas=(0.1,),
        epochs={"MNIST": 3, "digits": 30},
        model=network,
        own_batches=True,
        followed=0,
        seconds=120.0,
        rivals=(
            *("fit/no-zero-grad", "fit/zero-before-step", "fit/no-eval", "fit/first-batch-only", "fit/uphill"),
            *(
                "sampler/never-shuffled",
                "sampler/order-drawn-once",
                "sampler/drop-last-always",
                "fit/last-batch-left-out",
            ),
        ),
    )
}
