"""Right answers for Module and Sequential."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right

RIGHT = (
    Right("module", "registered", "what is assigned is put into a dictionary, in __setattr__", """
class Module:
    def __init__(self):
        self._parts = {}
        self.training = True

    def __setattr__(self, name, value):
        if isinstance(value, (Module, nn.Module, nn.Parameter)):
            self._parts[name] = value
        elif name != "_parts":
            self._parts.pop(name, None)
        object.__setattr__(self, name, value)

    def _submodules(self):
        return [part for part in self._parts.values() if not isinstance(part, nn.Parameter)]

    def parameters(self):
        seen = set()
        for part in self._parts.values():
            own = [part] if isinstance(part, nn.Parameter) else part.parameters()
            for parameter in own:
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield parameter

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        self.training = mode
        for module in self._submodules():
            module.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    Right("module", "looked-up", "nothing is registered: vars(self) is looked through when it is asked", """
class Module:
    training = True

    def __init__(self):
        pass

    def __call__(self, *xs):
        return self.forward(*xs)

    def parts(self, kinds):
        return [v for v in vars(self).values() if isinstance(v, kinds)]

    def parameters(self):
        found = self.parts(nn.Parameter)
        for module in self.parts((Module, nn.Module)):
            found += list(module.parameters())
        return list(dict.fromkeys(found))

    def train(self, mode=True):
        self.training = mode
        [module.train(mode) for module in self.parts((Module, nn.Module))]
        return self

    def eval(self):
        self.train(False)
        return self
"""),
    Right("module", "two-dictionaries", "parameters and modules apart, in dictionaries, read by __getattr__", """
class Module:
    def __init__(self):
        object.__setattr__(self, "own_parameters", {})
        object.__setattr__(self, "own_modules", {})
        object.__setattr__(self, "training", True)

    def __setattr__(self, name, value):
        held = {nn.Parameter: self.own_parameters, Module: self.own_modules, nn.Module: self.own_modules}
        for kind, place in held.items():
            if isinstance(value, kind):
                self.__dict__.pop(name, None)
                place[name] = value
                return
        self.own_parameters.pop(name, None)
        self.own_modules.pop(name, None)
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        for place in (self.__dict__["own_parameters"], self.__dict__["own_modules"]):
            if name in place:
                return place[name]
        raise AttributeError(name)

    def _all_parameters(self):
        yield from self.own_parameters.values()
        for module in self.own_modules.values():
            yield from module.parameters()

    def parameters(self):
        return iter({id(p): p for p in self._all_parameters()}.values())

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        self.training = mode
        for module in self.own_modules.values():
            module.train(mode)
        return self

    def eval(self):
        return self.train(mode=False)
"""),
    Right("module", "recursive-helper", "one function walks over all modules within", """
def every_module(module):
    yield module
    for value in module.__dict__.values():
        if isinstance(value, Module):
            yield from every_module(value)
        elif isinstance(value, nn.Module):
            yield value

class Module:
    def __init__(self):
        self.training = True

    def parameters(self):
        result = []
        def add(p):
            if all(p is not q for q in result):
                result.append(p)
        for value in self.__dict__.values():
            if isinstance(value, nn.Parameter):
                add(value)
            if isinstance(value, (Module, nn.Module)):
                for p in value.parameters():
                    add(p)
        return result

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        for module in every_module(self):
            if isinstance(module, nn.Module):
                module.train(mode)
            else:
                module.training = mode
        return self

    def eval(self):
        return self.train(False)
"""),
    Right("sequential", "one-by-one", "each layer is set under a name, functions are kept in the list only", """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)
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
    Right("sequential", "own-methods", "a tuple, and methods that go over it", """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        out = x
        for i in range(len(self.layers)):
            out = self.layers[i](out)
        return out

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
        yield from self.layers
"""),
    Right("sequential", "reduce", "functools.reduce over the attributes", """
import functools

class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.number = len(layers)
        for i in range(self.number):
            setattr(self, str(i), layers[i])

    def __len__(self):
        return self.number

    def __getitem__(self, i):
        if i >= self.number:
            raise IndexError("no such layer")
        return getattr(self, str(i))

    def __iter__(self):
        return (self[i] for i in range(self.number))

    def forward(self, x):
        return functools.reduce(lambda value, layer: layer(value), self, x)
"""),
)  # fmt: skip
