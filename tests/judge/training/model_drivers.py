"""Drivers of small networks: they cross to the student side as this text."""

from __future__ import annotations

import torch
from torch import nn


def mlp():
    return nn.Sequential(nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10))


@torch.enable_grad()
def fitted(fit, optimizer, loss_func, start, settings, batches):
    """Have a student's ``fit`` go through the judge's batches, epoch after epoch."""
    network = mlp()
    network.load_state_dict(start)
    opt = optimizer(network.parameters(), settings["etas"][0])
    for _ in settings["etas"]:
        fit(1, network, loss_func, opt, batches, [(batches.inputs[:64], batches.targets[:64])])
        yield network.state_dict()


@torch.enable_grad()
def with_own_loader(loader, start, settings, batches):
    """Train on the batches of a student's loader."""
    network = mlp()
    network.load_state_dict(start)
    opt = torch.optim.SGD(network.parameters(), settings["etas"][0])
    theirs = batches.counted(loader(batches.inputs, batches.targets))
    for _ in settings["etas"]:
        for X, y in theirs:
            opt.zero_grad()
            nn.functional.cross_entropy(network(X), y).backward()
            opt.step()
        yield network.state_dict()


def convnet(norm):
    convolution = nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, norm, nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(128, 10))


@torch.enable_grad()
def stepwise(layer, train_batch, start, settings, batches):
    """Train a convnet with a student's batch norm, a step at a time."""
    network = convnet(layer(8))
    norm = network[1]
    own = {"weight": "gamma", "bias": "beta", "running_mean": "mean", "running_var": "var"}
    with torch.no_grad():
        network[0].weight.copy_(start["0.weight"])
        network[5].weight.copy_(start["5.weight"])
        network[5].bias.copy_(start["5.bias"])
    steps = torch.tensor(0)
    for eta in settings["etas"]:
        for X, y in batches:
            train_batch(network, X, y, eta)
            steps += 1
            taken = {f"1.{right}": getattr(norm, theirs) for right, theirs in own.items()}
            others = {"0.weight": network[0].weight, "5.weight": network[5].weight, "5.bias": network[5].bias}
            yield {**others, **taken, "1.num_batches_tracked": steps}


class RightSGD:
    """What takes the place of a student's."""

    def __init__(self, parameters, lr):
        self.own = torch.optim.SGD(parameters, lr)

    def step(self):
        self.own.step()

    def zero_grad(self):
        self.own.zero_grad()
