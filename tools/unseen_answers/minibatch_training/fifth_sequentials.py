"""Wrong answers of a fifth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("sequential", "shared-layer-gives-its-parameters-twice",
          "Sequential has a parameters() of its own that goes over the layers one by one: a layer that stands "
          "in it twice gives its parameters twice",
          set(), """
class Sequential(Module):
    '''Layers, one after another.'''

    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers if hasattr(layer, "parameters") for p in layer.parameters()]

    def train(self, mode=True):
        self.training = mode
        for layer in self.layers:
            if hasattr(layer, "train"):
                layer.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("sequential", "own-train-returns-nothing",
          "Sequential's own train() forgets to return the module, so that train() and eval() give None",
          {"switches-return-nothing"}, """
class Sequential(Module):
    '''Layers, one after another.'''

    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        seen = set()
        for layer in self.layers:
            if isinstance(layer, (Module, nn.Module)):
                for p in layer.parameters():
                    if id(p) not in seen:
                        seen.add(id(p))
                        yield p

    def train(self, mode=True):
        self.training = mode
        for layer in self.layers:
            if isinstance(layer, (Module, nn.Module)):
                layer.train(mode)

    def eval(self):
        return self.train(False)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("sequential", "mode-set-by-hand-one-level",
          "Sequential's own train() sets layer.training instead of calling layer.train: what lies within a "
          "layer (a module's dropout, another Sequential's layers) keeps its mode",
          {"modes-one-level"}, """
class Sequential(Module):
    '''Layers, one after another.'''

    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        found = {}
        for layer in self.layers:
            if hasattr(layer, "parameters"):
                found.update({id(p): p for p in layer.parameters()})
        return list(found.values())

    def train(self, mode=True):
        self.training = mode
        for layer in self.layers:
            if hasattr(layer, "training"):
                layer.training = mode
        return self

    def eval(self):
        return self.train(False)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("sequential", "no-module-at-all",
          "The class does everything itself and no longer inherits from Module: put into a module, a Sequential "
          "isn't registered",
          set(), """
class Sequential:
    '''Layers, one after another.'''

    def __init__(self, *layers):
        self.layers = layers
        self.training = True

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __call__(self, x):
        return self.forward(x)

    def parameters(self):
        found = {}
        for layer in self.layers:
            if hasattr(layer, "parameters"):
                found.update({id(p): p for p in layer.parameters()})
        return list(found.values())

    def train(self, mode=True):
        self.training = mode
        for layer in self.layers:
            if hasattr(layer, "train"):
                layer.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("sequential", "one-generator-of-parameters",
          "parameters() gives the same generator each time: the second time it is empty",
          set(), """
class Sequential(Module):
    '''Layers, one after another.'''

    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)
        self.all = (p for layer in layers if hasattr(layer, "parameters") for p in layer.parameters())

    def parameters(self):
        return self.all

    def train(self, mode=True):
        self.training = mode
        for layer in self.layers:
            if hasattr(layer, "train"):
                layer.train(mode)
        return self

    def eval(self):
        return self.train(False)

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
    wrong("sequential", "sequential-train-forgets-itself",
          "The overridden train() sets the layers only and not the Sequential itself, whose training stays True "
          "after eval(); train() and eval() must set it on the module, too",
          {"own-mode-forgotten"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self): return len(self.layers)
    def __getitem__(self, i): return self.layers[i]
    def __iter__(self): return iter(self.layers)

    def parameters(self):
        unique = {}
        for layer in self.layers:
            if isinstance(layer, (Module, nn.Module)):
                unique.update((id(p), p) for p in layer.parameters())
        return list(unique.values())

    def train(self, mode=True):
        for layer in self.layers:
            if isinstance(layer, (Module, nn.Module)):
                layer.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
)  # fmt: skip
