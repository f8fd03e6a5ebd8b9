"""Wrong answers of a third set, those whose hints were not all true or missing at first: modules and the optimiser."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("module", "ignores-mode", "train(False) still sets training to True", {"mode-ignored"}, """
class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def parts(self):
        return [v for v in self.__dict__.values() if isinstance(v, (Module, nn.Module))]

    def parameters(self):
        out = [v for v in self.__dict__.values() if isinstance(v, nn.Parameter)]
        for part in self.parts():
            out.extend(part.parameters())
        unique = []
        for p in out:
            if id(p) not in [id(u) for u in unique]:
                unique.append(p)
        return unique

    def train(self, mode=True):
        self.training = True
        for part in self.parts():
            part.train()
        return self

    def eval(self):
        self.training = False
        for part in self.parts():
            part.eval()
        return self
"""),
    wrong("module", "set-order", "a set gives the parameters in any order", {"unordered"}, """
class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        params = set()
        for v in self.__dict__.values():
            if isinstance(v, nn.Parameter):
                params.add(v)
            elif isinstance(v, (Module, nn.Module)):
                params |= set(v.parameters())
        return list(params)

    def train(self, mode=True):
        self.training = mode
        for v in self.__dict__.values():
            if isinstance(v, (Module, nn.Module)):
                v.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("sequential", "params-of-functions", "asks a plain function for its parameters", {"functions-asked"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for f in self.layers:
            x = f(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def train(self, mode=True):
        self.training = mode
        for layer in self.layers:
            layer.train(mode)
        return self

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        yield from self.layers
"""),
    wrong("sequential", "only-nn-modules", "registers torch's layers only", {"parameters-of-torch-only"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)
        for k, layer in enumerate(layers):
            if isinstance(layer, nn.Module):
                setattr(self, f"layer_{k}", layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("sequential", "no-len-getitem", "only forward and the registration", {"not-a-sequence"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers
        for i, layer in enumerate(layers):
            setattr(self, "layer" + str(i), layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x
"""),
    wrong("sequential", "one-argument", "takes a list of layers, not layers", {"one-list"}, """
class Sequential(Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers
        for i, layer in enumerate(layers):
            setattr(self, f"l{i}", layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("sequential", "no-super-init", "super().__init__ is not called", {"no-super"}, """
class Sequential(Module):
    def __init__(self, *layers):
        self.layers = layers
        for i, layer in enumerate(layers):
            setattr(self, f"layer{i}", layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("optimizer", "returns-at-none", "stops at the first parameter without gradient",
          {"none-ends", "zero-ends-at-none"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is None:
                    return
                p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.parameters:
            if p.grad is None:
                return
            p.grad.zero_()
"""),
    wrong("optimizer", "fixed-lr", "uses 0.1 whatever lr is", {"rate-fixed"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters = list(parameters)
        self.lr = 0.1

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.parameters:
            if p.grad is not None:
                p.grad.zero_()
"""),
)  # fmt: skip
