"""Wrong answers to the questions for Module, Sequential and SGD."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("module", "every-public-name", "whatever has no underscore is taken for a layer",
          {"everything-registered", "shared-twice"}, """
class Module:
    def __init__(self):
        self._layers = {}
        self.training = True

    def __setattr__(self, k, v):
        if not k.startswith("_") and k != "training":
            self._layers[k] = v
        super().__setattr__(k, v)

    def parameters(self):
        for layer in self._layers.values():
            if isinstance(layer, nn.Parameter):
                yield layer
            else:
                yield from layer.parameters()

    def __call__(self, *args):
        return self.forward(*args)

    def train(self, mode=True):
        self.training = mode
        for layer in self._layers.values():
            if not isinstance(layer, nn.Parameter):
                layer.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "one-dict-for-all", "the dictionary stands in the class", {"shared-by-all", "none-ignored"}, """
class Module:
    _modules = {}
    training = True

    def __init__(self):
        self.training = True

    def __setattr__(self, name, value):
        if isinstance(value, (Module, nn.Module, nn.Parameter)):
            self._modules[name] = value
        object.__setattr__(self, name, value)

    def parameters(self):
        seen = set()
        for part in self._modules.values():
            for p in ([part] if isinstance(part, nn.Parameter) else part.parameters()):
                if p not in seen:
                    seen.add(p)
                    yield p

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        self.training = mode
        for part in self._modules.values():
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "repeats-shared", "a parameter comes as often as it is found", {"shared-twice"}, """
class Module:
    def __init__(self):
        self.training = True

    def children(self):
        return [v for v in vars(self).values() if isinstance(v, (Module, nn.Module))]

    def parameters(self):
        own = [v for v in vars(self).values() if isinstance(v, nn.Parameter)]
        return own + [p for child in self.children() for p in child.parameters()]

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "torch-layers-only", "isinstance asks for nn.Module and nn.Parameter",
          {"modules-not-found", "shared-twice"}, """
class Module:
    def __init__(self):
        object.__setattr__(self, "_mods", {})
        object.__setattr__(self, "_params", {})
        self.training = True

    def __setattr__(self, name, value):
        self._mods.pop(name, None) if not isinstance(value, nn.Module) else None
        self._params.pop(name, None) if not isinstance(value, nn.Parameter) else None
        if isinstance(value, nn.Parameter):
            self._params[name] = value
        elif isinstance(value, nn.Module):
            self._mods[name] = value
        object.__setattr__(self, name, value)

    def parameters(self):
        result = list(self._params.values())
        for m in self._mods.values():
            for p in m.parameters():
                if not any(p is q for q in result):
                    result.append(p)
        return result

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        self.training = mode
        for m in self._mods.values():
            m.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "nothing-handed-back", "train and eval return None", {"modes-return-nothing"}, """
class Module:
    def __init__(self):
        self.training = True

    def _kids(self):
        for v in self.__dict__.values():
            if isinstance(v, (nn.Module, Module)):
                yield v

    def parameters(self):
        ids = set()
        for v in self.__dict__.values():
            ps = [v] if isinstance(v, nn.Parameter) else []
            if isinstance(v, (nn.Module, Module)):
                ps = v.parameters()
            for p in ps:
                if id(p) not in ids:
                    ids.add(id(p))
                    yield p

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def train(self, mode=True):
        self.training = mode
        for kid in self._kids():
            kid.train(mode)

    def eval(self):
        self.train(False)
"""),
    wrong("module", "eval-of-the-top-only", "eval sets its own flag", {"eval-not-passed-on"}, """
class Module:
    def __init__(self):
        self.training = True

    def _kids(self):
        return [v for v in self.__dict__.values() if isinstance(v, (nn.Module, Module))]

    def parameters(self):
        out = []
        for v in self.__dict__.values():
            if isinstance(v, nn.Parameter):
                out.append(v)
            elif isinstance(v, (nn.Module, Module)):
                out.extend(v.parameters())
        unique = {id(p): p for p in out}
        return iter(unique.values())

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def train(self, mode=True):
        self.training = mode
        for kid in self._kids():
            kid.train(mode)
        return self

    def eval(self):
        self.training = False
        return self
"""),
    wrong("module", "old-layers-kept-in-a-list", "a list that only ever grows", {"old-one-kept", "none-ignored"}, """
class Module:
    def __init__(self):
        super().__setattr__("_registered", [])
        super().__setattr__("training", True)

    def __setattr__(self, name, value):
        if isinstance(value, (Module, nn.Module, nn.Parameter)):
            self._registered.append(value)
        super().__setattr__(name, value)

    def parameters(self):
        done = set()
        for r in self._registered:
            for p in [r] if isinstance(r, nn.Parameter) else list(r.parameters()):
                if id(p) not in done:
                    done.add(id(p))
                    yield p

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        self.training = mode
        for r in self._registered:
            if hasattr(r, "train"):
                r.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("sequential", "plain-list", "the layers are in a list, which nobody registers", {"list-only"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)

    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("sequential", "named-by-class", "two layers of a kind get the same name", {"named-by-kind"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers
        for layer in layers:
            setattr(self, type(layer).__name__, layer)

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
    wrong("sequential", "input-again", "each layer gets the input", {"last-layer-only"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)
        for n, layer in enumerate(layers):
            self.__setattr__(str(n), layer)

    def forward(self, x):
        out = x
        for layer in self.layers:
            out = layer(x)
        return out

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, idx):
        return self.layers[idx]

    def __iter__(self):
        for layer in self.layers:
            yield layer
"""),
    wrong("sequential", "modules-only", "functions are left out as the layers are stored",
          {"functions-left-out", "length-of-registered"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = []
        for n, layer in enumerate(layers):
            if isinstance(layer, (Module, nn.Module)):
                setattr(self, "l%d" % n, layer)
                self.layers.append(layer)

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
    wrong("sequential", "shadowed-modes", "own parameters(), but train and eval reach nobody", {"modes-own-only"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def parameters(self):
        seen = []
        for layer in self.layers:
            if hasattr(layer, "parameters"):
                for p in layer.parameters():
                    if id(p) not in seen:
                        seen.append(id(p))
                        yield p

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
    wrong("optimizer", "local-name-rebound", "p = p - … gives a local name to a new tensor", {"not-in-place"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.params = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p = p - self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None
"""),
    wrong("optimizer", "generator-kept", "the generator is stored and used up by the first step",
          {"generator-kept"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.params = parameters
        self.lr = lr

    @torch.no_grad()
    def step(self):
        for p in self.params:
            if p.grad is not None:
                p -= p.grad * self.lr

    @torch.no_grad()
    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.zero_()
"""),
    wrong("optimizer", "none-multiplied", "no thought of a parameter without a gradient", {"none-crashes"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        for p in self.parameters:
            p.data -= p.grad.data * self.lr

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""),
    wrong("optimizer", "none-zeroed", "zero_grad calls zero_ on None", {"zero-crashes"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters, self.lr = [*parameters], lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p.sub_(self.lr * p.grad)

    def zero_grad(self):
        for p in self.parameters:
            p.grad.data.zero_()
"""),
    wrong("optimizer", "step-clears-too", "step() clears the gradients itself", {"clears-after-step"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.ps = tuple(parameters)
        self.lr = lr

    def step(self):
        for p in self.ps:
            if p.grad is None:
                continue
            p.data.add_(p.grad, alpha=-self.lr)
        self.zero_grad()

    def zero_grad(self):
        for p in self.ps:
            p.grad = None
"""),
    wrong("optimizer", "momentum-added", "a velocity with 0.9 nobody asked for", {"momentum"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.params = list(parameters)
        self.lr = lr
        self.v = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self):
        for i, p in enumerate(self.params):
            if p.grad is not None:
                self.v[i] = 0.9 * self.v[i] + p.grad
                p -= self.lr * self.v[i]

    def zero_grad(self):
        for p in self.params:
            p.grad = None
"""),
)  # fmt: skip
