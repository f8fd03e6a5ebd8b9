"""Wrong answers of a fifth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("module", "memo-of-attributes-only",
          "Attributes that have been seen are skipped, but the parameters within torch's layers aren't looked "
          "at: two layers that share a weight give it twice",
          {"parameters-wrong"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def _walk(self, seen):
        for value in vars(self).values():
            if not isinstance(value, (nn.Parameter, nn.Module, Module)) or id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, nn.Parameter):
                yield value
            elif isinstance(value, Module):
                yield from value._walk(seen)
            else:
                yield from value.parameters()

    def parameters(self):
        return self._walk(set())

    def train(self, mode=True):
        self.training = mode
        for value in vars(self).values():
            if isinstance(value, (nn.Module, Module)):
                value.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "none-crashes-train",
          "None is kept in the dictionary of modules; parameters() skips it, but train() and eval() call "
          "None.train: an error after a layer was taken out",
          {"none-switched"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.__dict__["_modules"] = {}
        self.training = True

    def __setattr__(self, name, value):
        if isinstance(value, (Module, nn.Module, nn.Parameter)) or name in self._modules:
            self._modules[name] = value
        super().__setattr__(name, value)

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        found = []
        for part in self._modules.values():
            if part is None:
                continue
            own = [part] if isinstance(part, nn.Parameter) else part.parameters()
            for p in own:
                if not any(p is q for q in found):
                    found.append(p)
        return found

    def train(self, mode=True):
        self.training = mode
        for part in self._modules.values():
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "none-where-nothing-was",
          "Assigning None deletes the name from the registry without asking whether it is there: self.skip = "
          "None for a name that never held a layer raises KeyError, though it is an ordinary attribute",
          {"none-is-expected"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self._parts = {}
        self.training = True

    def __setattr__(self, name, value):
        if isinstance(value, (Module, nn.Module, nn.Parameter)):
            self._parts[name] = value
        elif value is None:
            del self._parts[name]
        super().__setattr__(name, value)

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        found = {}
        for part in self._parts.values():
            own = [part] if isinstance(part, nn.Parameter) else part.parameters()
            for p in own:
                found[id(p)] = p
        return list(found.values())

    def train(self, mode=True):
        self.training = mode
        for part in self._parts.values():
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "whatever-has-parameters",
          "Whatever has an attribute 'parameters' is taken for a module: a class of layers (self.kind = "
          "nn.ReLU), or an optimiser that keeps its parameters, is an ordinary attribute, but makes "
          "parameters() and train() fail",
          {"known-by-a-method"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        seen = set()
        for value in self.__dict__.values():
            if isinstance(value, nn.Parameter):
                inside = [value]
            elif hasattr(value, "parameters"):
                inside = value.parameters()
            else:
                continue
            for p in inside:
                if id(p) not in seen:
                    seen.add(id(p))
                    yield p

    def train(self, mode=True):
        self.training = mode
        for value in self.__dict__.values():
            if hasattr(value, "train"):
                value.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "only-modules-of-the-same-class",
          "isinstance(value, self.__class__) instead of Module: a Block within a Network isn't registered, "
          "since it is no Network",
          {"own-class-only"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def _parts(self):
        kinds = (self.__class__, nn.Module)
        return [v for v in self.__dict__.values() if isinstance(v, kinds)]

    def parameters(self):
        found = [v for v in self.__dict__.values() if isinstance(v, nn.Parameter)]
        for part in self._parts():
            found.extend(part.parameters())
        return list({id(p): p for p in found}.values())

    def train(self, mode=True):
        self.training = mode
        for part in self._parts():
            part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "needs-a-first-input",
          "__call__ asks for at least one input, but m(*xs) is m.forward(*xs) with any number of inputs, none "
          "included",
          {"an-input-needed"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self._parts = {}
        self.training = True

    def __setattr__(self, name, value):
        if isinstance(value, (Module, nn.Module, nn.Parameter)):
            self._parts[name] = value
        elif name != "_parts":
            self._parts.pop(name, None)
        object.__setattr__(self, name, value)

    def __call__(self, x, *others):
        return self.forward(x, *others)

    def parameters(self):
        found = {}
        for part in self._parts.values():
            own = [part] if isinstance(part, nn.Parameter) else part.parameters()
            found.update((id(p), p) for p in own)
        return list(found.values())

    def train(self, mode=True):
        self.training = mode
        for part in self._parts.values():
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "parameters-kept-from-the-first-time",
          "The list of parameters is made when it is first asked for, and kept: a layer that is assigned, "
          "replaced or taken out later makes no difference",
          {"attributes-wrong"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.training = True
        self._found = None

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        if self._found is None:
            found = {}
            for value in vars(self).values():
                if isinstance(value, nn.Parameter):
                    found[id(value)] = value
                elif isinstance(value, (Module, nn.Module)):
                    for p in value.parameters():
                        found[id(p)] = p
            self._found = list(found.values())
        return self._found

    def train(self, mode=True):
        self.training = mode
        for value in vars(self).values():
            if isinstance(value, (Module, nn.Module)):
                value.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "once-none-never-found-again",
          "A name that was set to None is noted as removed for good: a later layer of that name isn't "
          "registered",
          {"attributes-wrong"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.__dict__.update(_names=[], _removed=set(), training=True)

    def __setattr__(self, name, value):
        if value is None:
            self._removed.add(name)
        elif isinstance(value, (Module, nn.Module, nn.Parameter)) and name not in self._names:
            self._names.append(name)
        self.__dict__[name] = value

    def _parts(self):
        return [self.__dict__[name] for name in self._names if name not in self._removed]

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        seen = set()
        for part in self._parts():
            for p in [part] if isinstance(part, nn.Parameter) else part.parameters():
                if id(p) not in seen:
                    seen.add(id(p))
                    yield p

    def train(self, mode=True):
        self.training = mode
        for part in self._parts():
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "registered-by-object",
          "The registry is a dictionary by object: where two names hold the same layer and one of them is set "
          "to None (or to another layer), the layer is gone, though the other name still holds it",
          set(), """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.__dict__["registered"] = []
        self.__dict__["training"] = True

    def __setattr__(self, name, value):
        old = self.__dict__.get(name)
        ids = [id(one) for one in self.registered]
        is_part = isinstance(value, (Module, nn.Module, nn.Parameter))
        if old is not None and id(old) in ids:
            place = ids.index(id(old))
            if is_part:
                self.registered[place] = value      # the same place
            else:
                del self.registered[place]
        elif is_part and id(value) not in ids:      # shared ones only once
            self.registered.append(value)
        self.__dict__[name] = value

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        seen = set()
        for part in self.registered:
            for p in [part] if isinstance(part, nn.Parameter) else part.parameters():
                if id(p) not in seen:
                    seen.add(id(p))
                    yield p

    def train(self, mode=True):
        self.training = mode
        for part in self.registered:
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "weight-and-bias-of-all-modules",
          "For each layer within a layer of torch's, weight and bias are taken: with bias=False parameters() "
          "gives None, and layers whose parameters have other names aren't found",
          {"parameters-wrong"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        found = []
        for value in vars(self).values():
            if isinstance(value, nn.Parameter):
                found.append(value)
            elif isinstance(value, Module):
                found += value.parameters()
            elif isinstance(value, nn.Module):
                for layer in value.modules():
                    if hasattr(layer, "weight"):
                        found += [layer.weight, layer.bias]
        return list({id(p): p for p in found}.values())

    def train(self, mode=True):
        self.training = mode
        for value in vars(self).values():
            if isinstance(value, (Module, nn.Module)):
                value.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "mode-set-on-torchs-children-only",
          "The mode of torch's layers is set by hand on the layer and its children, one level: what lies deeper "
          "in an nn.Sequential of nn.Sequentials keeps its mode",
          {"modes-wrong"}, """
class Module:
    '''What holds layers, modules and parameters.'''

    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self):
        found = {}
        for value in vars(self).values():
            if isinstance(value, nn.Parameter):
                found[id(value)] = value
            elif isinstance(value, (Module, nn.Module)):
                found.update({id(p): p for p in value.parameters()})
        return list(found.values())

    def train(self, mode=True):
        self.training = mode
        for value in vars(self).values():
            if isinstance(value, Module):
                value.train(mode)
            elif isinstance(value, nn.Module):
                value.training = mode
                for child in value.children():
                    child.training = mode
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "module-visits-modules-once-not-parameters",
          "Remembers which modules it has visited but not which parameters torch's layers gave, so one "
          "nn.Parameter tied into two different layers comes twice",
          {"parameters-wrong"}, """
class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def parameters(self, seen=None):
        if seen is None:
            seen = set()
        for v in vars(self).values():
            if not isinstance(v, (nn.Parameter, nn.Module, Module)) or id(v) in seen:
                continue
            seen.add(id(v))
            if isinstance(v, nn.Parameter):
                yield v
            elif type(v).parameters is Module.parameters:
                yield from v.parameters(seen)
            else:
                yield from v.parameters()

    def train(self, mode=True):
        self.training = mode
        for v in vars(self).values():
            if isinstance(v, (nn.Module, Module)):
                v.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "module-seen-mutable-default",
          "`seen=set()` is made once for all calls, so a second call of parameters() finds everything seen "
          "already and gives nothing; it must give all parameters each time",
          set(), """
class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def parameters(self, seen=set()):
        for v in list(self.__dict__.values()):
            if isinstance(v, nn.Parameter):
                found = [v]
            elif isinstance(v, nn.Module):
                found = v.parameters()
            elif isinstance(v, Module):
                found = v.parameters(seen)
            else:
                continue
            for p in found:
                if id(p) not in seen:
                    seen.add(id(p))
                    yield p

    def train(self, mode=True):
        self.training = mode
        for v in self.__dict__.values():
            if isinstance(v, (Module, nn.Module)):
                v.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "module-pop-missing-and-flag-on-torch-layers",
          "Two mistakes: self.cache = None for a name never registered raises KeyError though that is an "
          "ordinary attribute, and torch's layers only get their own flag set, so a Dropout inside an "
          "nn.Sequential stays in training mode (all submodules at any depth must be set)",
          set(), """
class Module:
    def __init__(self):
        super().__setattr__("children", {})
        self.training = True

    def __setattr__(self, name, value):
        if value is None:
            self.children.pop(name)
        elif isinstance(value, (Module, nn.Module, nn.Parameter)):
            self.children[name] = value
        elif name in self.children:
            del self.children[name]
        super().__setattr__(name, value)

    def __call__(self, *x):
        return self.forward(*x)

    def parameters(self):
        result = []
        for child in self.children.values():
            if isinstance(child, nn.Parameter):
                new = [child]
            else:
                new = child.parameters()
            for p in new:
                if not any(p is q for q in result):
                    result.append(p)
        return result

    def train(self, mode=True):
        self.training = mode
        for child in self.children.values():
            if isinstance(child, Module):
                child.train(mode)
            elif isinstance(child, nn.Module):
                child.training = mode
        return self

    def eval(self):
        return self.train(mode=False)
"""),
)  # fmt: skip
