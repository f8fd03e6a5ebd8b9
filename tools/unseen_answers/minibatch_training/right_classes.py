"""Right answers of a third set, many as public courses write them: modules and the optimiser."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("module", "r-setattr-dicts", "two dicts and a named order", """
class Module:
    def __init__(self):
        self.__dict__["_modules"] = {}
        self.__dict__["_parameters"] = {}
        self.__dict__["training"] = True

    def __setattr__(self, key, val):
        self._modules.pop(key, None) if not isinstance(val, (Module, nn.Module)) else None
        self._parameters.pop(key, None) if not isinstance(val, nn.Parameter) else None
        if isinstance(val, nn.Parameter):
            self._parameters[key] = val
        elif isinstance(val, (Module, nn.Module)):
            self._modules[key] = val
        super().__setattr__(key, val)

    def parameters(self):
        memo = set()
        for p in self._parameters.values():
            if p not in memo:
                memo.add(p)
                yield p
        for m in self._modules.values():
            for p in m.parameters():
                if p not in memo:
                    memo.add(p)
                    yield p

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def train(self, mode=True):
        for m in self._modules.values():
            m.train(mode)
        self.training = mode
        return self

    def eval(self):
        return self.train(False)

    def __repr__(self):
        return f"{self._modules}"
"""),
    right("module", "r-minitorch", "modules(), named_parameters with dots, as minitorch", """
class Module:
    def __init__(self):
        self._modules = {}
        self._parameters = {}
        self.training = True

    def modules(self):
        return list(self.__dict__["_modules"].values())

    def train(self, mode=True):
        self.training = mode
        for m in self.modules():
            m.train(mode)
        return self

    def eval(self):
        self.training = False
        for m in self.modules():
            m.eval()
        return self

    def parameters(self):
        found = {}
        for p in self.__dict__["_parameters"].values():
            found.setdefault(id(p), p)
        for m in self.modules():
            for p in m.parameters():
                found.setdefault(id(p), p)
        return list(found.values())

    def __setattr__(self, key, val):
        if isinstance(val, nn.Parameter):
            self.__dict__["_parameters"][key] = val
            self.__dict__["_modules"].pop(key, None)
        elif isinstance(val, (Module, nn.Module)):
            self.__dict__["_modules"][key] = val
            self.__dict__["_parameters"].pop(key, None)
        else:
            if "_modules" in self.__dict__ and "_parameters" in self.__dict__:
                self.__dict__["_modules"].pop(key, None)
                self.__dict__["_parameters"].pop(key, None)
            super().__setattr__(key, val)

    def __getattr__(self, key):
        if key in ("_parameters", "_modules"):
            raise AttributeError(key)
        if key in self.__dict__["_parameters"]:
            return self.__dict__["_parameters"][key]
        if key in self.__dict__["_modules"]:
            return self.__dict__["_modules"][key]
        raise AttributeError(key)

    def __call__(self, *args):
        return self.forward(*args)
"""),
    right("module", "r-vars-recursive", "a helper that walks", """
def _walk(thing, seen):
    if isinstance(thing, nn.Parameter):
        if id(thing) not in seen:
            seen[id(thing)] = thing
    elif isinstance(thing, nn.Module):
        for p in thing.parameters():
            _walk(p, seen)
    elif isinstance(thing, Module):
        for part in vars(thing).values():
            _walk(part, seen)
    return seen


class Module:
    training = True

    def __init__(self):
        pass

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        return iter(_walk(self, {}).values())

    def train(self, mode=True):
        for part in vars(self).values():
            if isinstance(part, (nn.Module, Module)):
                part.train(mode)
        self.training = mode
        return self

    def eval(self):
        self.train(False)
        return self
"""),
    right("sequential", "r-setattr", "registers each with a name", """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.n = len(layers)
        for i, l in enumerate(layers):
            setattr(self, f"layer_{i}", l)

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not 0 <= i < self.n:
            raise IndexError
        return getattr(self, f"layer_{i}")

    def forward(self, x):
        for l in self:
            x = l(x)
        return x
"""),
    right("sequential", "r-reduce", "functools.reduce, overrides as in makemore", """
from functools import reduce


class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        return reduce(lambda val, layer: layer(val), self.layers, x)

    def parameters(self):
        out = []
        for layer in self.layers:
            for p in getattr(layer, "parameters", list)():
                if all(p is not q for q in out):
                    out.append(p)
        return out

    def train(self, mode=True):
        super().train(mode)
        for layer in self.layers:
            if isinstance(layer, (Module, nn.Module)):
                layer.train(mode)
        return self

    def __len__(self): return len(self.layers)
    def __getitem__(self, i): return self.layers[i]
    def __iter__(self): yield from self.layers
"""),
    right("optimizer", "r-fastai", "p.data -= p.grad.data * lr", """
class SGD:
    def __init__(self, params, lr=0.1):
        self.params, self.lr = list(params), lr

    def step(self):
        with torch.no_grad():
            for p in self.params:
                self.reg_step(p)
                self.opt_step(p)

    def opt_step(self, p):
        if p.grad is not None:
            p -= p.grad * self.lr

    def reg_step(self, p):
        pass

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.data.zero_()
"""),
    right("optimizer", "r-uvadl", "template with a method for one parameter", """
class OptimizerTemplate:
    def __init__(self, params, lr):
        self.params = list(params)
        self.lr = lr

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.detach_()
                p.grad.zero_()

    @torch.no_grad()
    def step(self):
        for p in self.params:
            if p.grad is None:
                continue
            self.update_param(p)


class SGD(OptimizerTemplate):
    def __init__(self, params, lr=0.1):
        super().__init__(params, lr)

    def update_param(self, p):
        p_update = -self.lr * p.grad
        p.add_(p_update)
"""),
    right("optimizer", "r-data-assign", "micrograd's p.data = p.data - lr * grad", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters = tuple(parameters)
        self.lr = lr

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self):
        for p in self.parameters:
            if p.grad is None: continue
            p.data += -self.lr * p.grad
"""),
)  # fmt: skip
