"""Probes of an assignment that there is in tests only."""

from itertools import islice

import torch
from torch import nn


def batches(Loader, data, size=4):
    """A loader over {data:len sample} in batches of {size}, gone through twice."""
    loader = Loader(data, size)
    return {"length": len(loader), "first": list(islice(loader, 100)), "again": list(islice(loader, 100))}


def counted(Loader, data, size):
    """How many batches there are."""
    return len(Loader(data, size))


def through(Loader, data, sampler, size):
    """A loader over {data:len sample}, drawn by {sampler}."""
    return list(islice(Loader(sampler(data), size), 100))


def gradient(function, x):
    """The gradient of the sum at {x}."""
    with torch.enable_grad():
        x = x.clone().requires_grad_()
        function(x).sum().backward()
    return x.grad


def softened(function, x):
    """Compared with what torch has, at {x}."""
    return [function(x), torch.softmax(x, 1)]


def applied(function, x):
    """It is called with {x}."""
    return function(x)


def made(Layer, x):
    """A layer is made and called with {x}."""
    layer = Layer(4)
    return [layer(x)]


def normalised(Layer, x):
    """Compared with torch's own layer at {x}, which has taken a step."""
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Softmax(1))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with torch.enable_grad():
        model(x).square().sum().backward()
    optimiser.step()
    return [Layer(4)(x), model(x)]


def stepped(Layer, x):
    """What a layer's forward gives."""
    return Layer(4).forward(x)


def trained(fit, layers, model):
    """A model of {layers} layers, trained."""
    return fit(model(layers))


def held(Thing):
    """It is made, and handed back as it is."""
    return {"thing": Thing(), "number": 1}


def mistaken(Thing):
    """Something is wrong with this one."""
    return Thing, no_such_name  # noqa: F821


def odd(Thing, x):
    """It has {x:len} parts."""


class Backwards:
    """The samples, the last first."""

    def __init__(self, data):
        self.data = data

    def __getitem__(self, i):
        return self.data[::-1][i]

    def __len__(self):
        return len(self.data)


class Layers(nn.Sequential):
    """So many layers, made with torch's own."""

    def __init__(self, number):
        super().__init__(*(nn.Linear(2, 2) for _ in range(number)))
