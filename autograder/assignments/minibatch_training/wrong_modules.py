"""Named wrong answers for Module and Sequential."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

# How a set of parameters is written, that is gone through: not one of what has been seen already.
SET_OF_PARAMETERS = r"\bset\([^)]|\{\s*\*|\{[^{}:]*\bfor\b|\b(\w+) = set\(\)[\s\S]*(?:return |list\(|tuple\()\1\b"

_KINDS = "if isinstance(value, (Module, nn.Module, nn.Parameter)):"
_KEEP = "            self._parts[name] = value\n"
_OWN = "own = [part] if isinstance(part, nn.Parameter) else part.parameters()"
_SUBMODULES = "return [part for part in self._parts.values() if not isinstance(part, nn.Parameter)]"
_NEW = (
    "                if id(parameter) not in seen:\n                    seen.add(id(parameter))\n"
    "                    yield parameter"
)

_INIT = "        self._parts = {}\n"
_LIST = (
    (_INIT, _INIT + "        self._all = []\n"),
    (_KEEP, _KEEP + "            self._all += [value] if isinstance(value, nn.Parameter) else value.parameters()\n"),
)
_BODY = """        seen = set()
        for part in self._parts.values():
            own = [part] if isinstance(part, nn.Parameter) else part.parameters()
            for parameter in own:
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield parameter
"""
_SWITCHED = "        for module in self._submodules():\n            module.train(mode)\n"
_KEPT = '        elif name != "_parts":\n            self._parts.pop(name, None)\n'
_GIVEN = (
    ((_BODY, "        return self._all\n"),),
    ((_BODY, "        return list(dict.fromkeys(self._all))\n"),),
)
_COLLECTED = [(*_LIST, *given, *more) for more in ((), ((_SWITCHED, ""),), ((_KEPT, ""),)) for given in _GIVEN]

MODULE = (
    Wrong("module", "layers-not-found", "torch's layers are not registered",
          "Your module doesn't find the parameters of torch's layers. What kinds of attributes are registered?",
          ((_KINDS, "if isinstance(value, (Module, nn.Parameter)):"),)),
    Wrong("module", "modules-not-found", "modules of the student's are not registered",
          "Your module doesn't find what is in another Module of yours. What kinds of attributes are registered?",
          ((_KINDS, "if isinstance(value, (nn.Module, nn.Parameter)):"),)),
    Wrong("module", "own-not-found", "parameters of the module's own are not registered",
          "Your module doesn't find an nn.Parameter that is assigned to it directly.",
          ((_KINDS, "if isinstance(value, (Module, nn.Module)):"),)),
    Wrong("module", "one-level", "modules within modules are not looked into",
          "Your module doesn't look into the modules that are in its modules. How deep can they lie?",
          ((_OWN, "own = [part] if isinstance(part, nn.Parameter) else part.parameters() if isinstance(part, "
                  "nn.Module) "
                  "else [p for p in vars(part).values() if isinstance(p, nn.Parameter)]"),)),
    Wrong("module", "shared-twice", "a parameter that can be reached in two ways comes twice",
          "A parameter that two layers share comes twice from your parameters(). What would the optimiser do with it?",
          ((_NEW, "                yield parameter"),)),
    Wrong("module", "compared-by-value", "parameters are compared by their numbers",
          "You look whether a parameter is in a list. That compares numbers, and two parameters may have the same.",
          (("seen = set()", "seen = []"), ("if id(parameter) not in seen:", "if parameter not in seen:"),
           ("seen.add(id(parameter))", "seen.append(parameter)"))),
    Wrong("module", "old-one-kept", "what was assigned before is still registered",
          "When a name is assigned to again, the layer that was there before is still found.",
          ((_KEEP, "            self._parts[len(self._parts)] = value\n"),)),
    Wrong("module", "collected-when-assigned", "the parameters of what is assigned are collected there and then",
          "You collect parameters when something is assigned. What becomes of them when it is replaced, or gets more?",
          _COLLECTED[0], also=tuple(_COLLECTED[1:])),
    Wrong("module", "new-one-at-the-end", "what is assigned again goes to the end",
          "When a name is assigned to again, the new layer should stand where the old one was.",
          ((_KEEP, "            self._parts.pop(name, None)\n            self._parts[name] = value\n"),)),
    Wrong("module", "none-ignored", "assigning None leaves the old one registered",
          "When None is assigned to a name, the layer that was there is still found.",
          (('        elif name != "_parts":\n            self._parts.pop(name, None)\n', ""),)),
    Wrong("module", "everything-registered", "every attribute is registered",
          "You register every attribute, whatever it is. What kinds of attributes are registered?",
          ((_KINDS, 'if name not in ("_parts", "training"):'),)),
    Wrong("module", "none-switched", "None is kept among the modules, and switched or asked for parameters",
          "After None was assigned to a name, your module asks None for its mode or its parameters. What is registered "
          "then?",
          ((_KINDS, "if isinstance(value, (Module, nn.Module, nn.Parameter)) or value is None:"),),
          raises=r"AttributeError: 'NoneType' object has no attribute '(train|eval|parameters|training)'"),
    Wrong("module", "none-is-expected", "None takes out what was never there",
          "None may be assigned to a name that never held a layer. What does yours take out then?",
          (("self._parts.pop(name, None)",
            "self._parts.pop(name, None) if value is not None else self._parts.pop(name)"),),
          raises=r"KeyError: "),
    Wrong("module", "known-by-a-method", "whatever has parameters is registered",
          "You take whatever has parameters for a module. A class of layers has them, too, and is an ordinary "
          "attribute.",
          ((_KINDS, 'if isinstance(value, nn.Parameter) or hasattr(value, "parameters"):'),),
          also=(((_KINDS, 'if isinstance(value, nn.Parameter) or hasattr(value, "train"):'),),),
          written_with="hasattr|getattr|try"),
    Wrong("module", "own-class-only", "modules of the same class only",
          "Your module registers those of its own class only. Which class have all of your modules in common?",
          ((_KINDS, "if isinstance(value, (type(self), nn.Module, nn.Parameter)):"),),
          written_with=r"__class__|type\("),
    Wrong("module", "an-input-needed", "a module can't be called without an input",
          "Your module asks for one input at least. forward may have none, too.",
          (("__call__(self, *xs)", "__call__(self, x, *xs)"), ("self.forward(*xs)", "self.forward(x, *xs)"))),
    Wrong("module", "lists-registered", "layers in a list are registered, too",
          "You look into lists. Here a list of layers is an ordinary attribute.",
          (('        elif name != "_parts":\n',
            "        elif isinstance(value, list) and value:\n"
            "            for number, one in enumerate(value):\n"
            "                if isinstance(one, (Module, nn.Module, nn.Parameter)):\n"
            '                    self._parts[f"{name}.{number}"] = one\n        elif name != "_parts":\n'),)),
    Wrong("module", "names-besides", "parameters() gives names or numbers beside the parameters",
          "Your parameters() gives something else beside each parameter. Only the parameters are asked for.",
          ((_NEW, _NEW.replace("yield parameter", "yield len(seen), parameter")),)),
    Wrong("module", "weight-and-bias", "weight and bias of each layer are looked for",
          "You look for weight and bias of each layer. Not every layer has them: how does a layer tell what it has?",
          ((_OWN, "own = [part] if isinstance(part, nn.Parameter) else [part.weight, part.bias] "
                  "if isinstance(part, nn.Module) else part.parameters()"),)),
    Wrong("module", "tensors-registered", "tensors are registered as parameters",
          "A tensor that is no nn.Parameter comes from your parameters().",
          ((_KINDS, "if isinstance(value, (Module, nn.Module, torch.Tensor)):"),
           (_OWN, "own = [part] if isinstance(part, torch.Tensor) else part.parameters()"),
           (_SUBMODULES, _SUBMODULES.replace("nn.Parameter", "torch.Tensor")))),
    Wrong("module", "attributes-lost", "what is registered can't be read as an attribute",
          "What is registered can't be read from its attribute any more. What does an assignment do besides?",
          ((_KEEP, _KEEP + "            return\n"),)),
    Wrong("module", "others-lost", "ordinary attributes are not kept",
          "Ordinary attributes are lost: what happens to a value that is not registered?",
          (("        object.__setattr__(self, name, value)\n\n",
            '        if name in ("_parts", "training") or name in self._parts:\n'
            "            object.__setattr__(self, name, value)\n\n"),)),
    Wrong("module", "sorted", "in the order of the alphabet",
          "Your parameters come in the order of the alphabet. In which order should they come?",
          (("for part in self._parts.values():\n            own",
           "for _, part in sorted(self._parts.items()):\n            own"),)),
    Wrong("module", "last-first", "the last one first",
          "Your parameters come in the wrong order: the last layer's first.",
          (("for part in self._parts.values():\n            own",
            "for part in reversed(list(self._parts.values())):\n            own"),)),
    Wrong("module", "one-pass", "parameters() can be gone through once only",
          "Your parameters() gives nothing when it is asked a second time.",
          (("    def parameters(self):\n", "    def parameters(self):\n"
            '        if "_all" not in self.__dict__:\n'
            '            object.__setattr__(self, "_all", self._found())\n'
            "        return self._all\n\n    def _found(self):\n"),)),
    Wrong("module", "shared-by-all", "all modules have one dictionary",
          "All your modules share one store of parameters. Where is it made: once for the class, or for each module?",
          (("    def __init__(self):\n        self._parts = {}\n", "    _parts = {}\n\n    def __init__(self):\n"),)),
    Wrong("module", "training-missing", "there is no attribute training at first",
          "A new module of yours has no mode. What is training before anybody asks for a mode?",
          (("        self.training = True\n", ""),)),
    Wrong("module", "training-false-at-first", "training is False at first",
          "A new module of yours is in evaluation mode. In which mode does it start?",
          (("        self.training = True\n", "        self.training = False\n"),)),
    Wrong("module", "modes-not-passed-on", "train and eval set the module's own mode only",
          "Your train and eval don't reach the modules within.",
          (("        for module in self._submodules():\n            module.train(mode)\n", ""),)),
    Wrong("module", "train-not-passed-on", "train sets the module's own mode only, eval all",
          "Your train doesn't reach the modules within. How does your eval do it?",
          (("        for module in self._submodules():\n            module.train(mode)\n", ""),
           ("        return self.train(False)", "        for module in self._submodules():\n            module.eval()\n"
                                               "        return self.train(False)"))),
    Wrong("module", "mode-not-handed-on", "train(False) puts the modules within into training mode",
          "Your train doesn't hand its mode on to the modules within. Which one do they get?",
          (("            module.train(mode)\n", "            module.train()\n"),
           ("        return self.train(False)", "        self.training = False\n"
            "        for module in self._submodules():\n            module.eval()\n        return self"))),
    Wrong("module", "mode-needed", "train() can't be called without a mode",
          "Your train can't be called without a mode. Which one is meant where none is given?",
          (("mode=True", "mode"),)),
    Wrong("module", "eval-not-passed-on", "eval sets the module's own mode only",
          "Your eval doesn't reach the modules within. How does your train do it?",
          (("        return self.train(False)", "        self.training = False\n        return self"),)),
    Wrong("module", "layers-keep-their-mode", "train and eval don't reach torch's layers",
          "Your train and eval reach your own modules, but not torch's layers.",
          (("self._submodules():\n", "[part for part in self._submodules() if isinstance(part, Module)]:\n"),)),
    Wrong("module", "modes-one-level", "train and eval reach the next level only",
          "Your train and eval don't reach modules that lie deeper than one level.",
          (("            module.train(mode)\n",
            "            module.training = mode\n"),)),
    Wrong("module", "mode-ignored", "train(False) sets training to True",
          "Your train doesn't look at the mode that it is given.",
          (("        self.training = mode\n", "        self.training = True\n"),),
          also=((("        self.training = mode\n", "        self.training = True\n"),
                 ("            module.train(mode)\n", "            module.train()\n"),
                 ("        return self.train(False)", "        self.training = False\n"
                  "        for module in self._submodules():\n            module.eval()\n        return self")),)),
    Wrong("module", "unordered", "the parameters are put into a set",
          "Your parameters come in any order: what is in a set has none. In which order should they come?",
          (("    def parameters(self):\n", "    def parameters(self):\n        return list(set(self._all()))\n\n"
                                           "    def _all(self):\n"),),
          symptom=Symptom.UNSTEADY, written_with=SET_OF_PARAMETERS),
    Wrong("module", "eval-trains", "eval puts into training mode",
          "After eval() your module is in training mode.",
          (("return self.train(False)", "return self.train()"),)),
    Wrong("module", "modes-return-nothing", "train and eval return None",
          "Your train and eval don't return the module itself. What should come back?",
          (("            module.train(mode)\n        return self\n", "            module.train(mode)\n"),)),
    Wrong("module", "eval-returns-nothing", "eval returns None",
          "Your eval returns nothing. What should come back?",
          (("return self.train(False)", "self.train(False)"),)),
    Wrong("module", "call-returns-nothing", "calling the module returns None",
          "Calling your module gives nothing. What becomes of what forward returns?",
          (("return self.forward(*xs)", "self.forward(*xs)"),)),
    Wrong("module", "one-input", "a module can be called with one input only",
          "Your module takes one input only.",
          (("__call__(self, *xs)", "__call__(self, x)"), ("self.forward(*xs)", "self.forward(x)"))),
    Wrong("module", "inputs-together", "forward gets all inputs as one tuple",
          "Your forward is given all inputs as one thing. How are they handed on one by one?",
          (("self.forward(*xs)", "self.forward(xs)"),)),
    Wrong("module", "no-call", "the module can't be called",
          "Your module can't be called. Which method does Python look for?",
          (("def __call__", "def call"),)),
    Wrong("module", "frozen-left-out", "parameters without requires_grad are left out",
          "parameters() leaves out those that have no requires_grad. All parameters are asked for.",
          (("if id(parameter) not in seen", "if parameter.requires_grad and id(parameter) not in seen"),)),
    Wrong("module", "of-torch", "nn.Module as a base",
          "This question asks for a module of your own, without torch's.",
          code="class Module(nn.Module):\n    pass\n", cause=Cause.CONTAINER),
)  # fmt: skip

_REGISTER = '        for i, layer in enumerate(layers):\n            setattr(self, f"layer{i}", layer)\n'
_APPLY = "            x = layer(x)\n"
_ITERATOR = (
    ("self.layers = list(layers)\n", "self.layers = list(layers)\n        self.all = iter(self.layers)\n"),
    ("return iter(self.layers)", "return self.all"),
)

SEQUENTIAL = (
    Wrong("sequential", "list-only", "the layers are kept in a list, and not registered",
          "Your Sequential keeps its layers in a list. Does your Module find what is in a list?",
          ((_REGISTER, ""),)),
    Wrong("sequential", "one-name-for-all", "all layers are registered under one name",
          "Only one of your layers is registered: the others had the same name.",
          (('f"layer{i}"', '"layer"'),)),
    Wrong("sequential", "named-by-kind", "layers of one kind are registered under one name",
          "Of several layers of one kind only the last is registered: they have the same name.",
          (('f"layer{i}"', "type(layer).__name__"),),
          also=((('f"layer{i}"', "type(layer).__name__"),
                 ("self.layers = list(layers)", "self.names = [type(layer).__name__ for layer in layers]"),
                 ("in self.layers:", "in self:"), ("len(self.layers)", "len(self.names)"),
                 ("self.layers[i]", "getattr(self, self.names[i])"),
                 ("iter(self.layers)", "(getattr(self, name) for name in self.names)")),)),
    Wrong("sequential", "first-registered", "only the first layer is registered",
          "Only the first of your layers is registered.",
          (("in enumerate(layers):\n            set", "in enumerate(layers[:1]):\n            set"),)),
    Wrong("sequential", "first-layer-only", "the input goes through the first layer only",
          "Your input goes through the first layer only. Where does your forward return?",
          (("            x = layer(x)\n        return x",
           "            x = layer(x)\n            return x\n        return x"),),
          also=((("            x = layer(x)\n        return x", "            return layer(x)"),),)),
    Wrong("sequential", "last-layer-only", "each layer is given the input itself",
          "Your result is the last layer's of the first input. What is the input of the second layer?",
          (("        for layer in self.layers:\n            x = layer(x)\n        return x",
            "        out = x\n        for layer in self.layers:\n            out = layer(x)\n        return out"),),
          also=((("            x = layer(x)\n        return x", "            out = layer(x)\n        return out"),),)),
    Wrong("sequential", "reversed", "the last layer first",
          "Your input goes through the layers in the wrong order.",
          (("for layer in self.layers:", "for layer in reversed(self.layers):"),)),
    Wrong("sequential", "functions-left-out", "plain functions are left out",
          "A plain function in a layer's place does nothing in your Sequential.",
          ((_APPLY, "            if isinstance(layer, (Module, nn.Module)):\n                x = layer(x)\n"),),
          also=((("list(layers)", "[one for one in layers if isinstance(one, (Module, nn.Module))]"),),
                (("list(layers)", 'tuple(one for one in layers if hasattr(one, "parameters"))'),))),
    Wrong("sequential", "functions-need-parameters", "plain functions are asked for forward",
          "Your Sequential calls something of a layer that a plain function doesn't have. How is a function called?",
          ((_APPLY, "            x = layer.forward(x)\n"),)),
    Wrong("sequential", "functions-asked", "plain functions are asked for their parameters or their mode",
          "Your Sequential asks each layer for its parameters or its mode. A plain function has neither.",
          (("    def __len__", "    def parameters(self):\n        return [p for one in self.layers for p in "
                              "one.parameters()]\n\n    def __len__"),),
          also=((("    def __len__", "    def train(self, mode=True):\n        for one in self.layers:\n"
                  "            one.train(mode)\n        return super().train(mode)\n\n    def __len__"),),),
          raises=r"AttributeError: '(\w*function\w*|\w+_descriptor)' object has no attribute "
                 r"'(parameters|train|eval|training)'"),
    Wrong("sequential", "one-list", "takes one list of layers",
          "Your Sequential takes one thing, a list. It is to take the layers themselves, as many as there are.",
          (("def __init__(self, *layers)", "def __init__(self, layers)"),),
          raises=r"TypeError: (Sequential\.__init__\(\) (takes 2 positional|missing 1 required)"
                 r"|'\w+' object is not iterable|iteration over a 0-d tensor)"),
    Wrong("sequential", "no-super", "the __init__ of Module isn't called",
          "Your __init__ doesn't call that of Module, which must come first.",
          (("        super().__init__()\n", ""),),
          raises=r"AttributeError: (nothing can be set before Module's __init__|'Sequential' object has no attribute)",
          written_with=r"(?s)\A(?!.*(super\(.*\)\.__init__|Module\.__init__))"),
    Wrong("sequential", "not-a-sequence", "len, an index or a loop is missing",
          "Your Sequential is no sequence: its length, a layer by its number or a loop over the layers can't be had. "
          "Which methods does Python look for, and what must they return?",
          (("def __len__", "def length"), ("def __getitem__", "def item"), ("def __iter__", "def loop")),
          also=((("def __getitem__", "def item"), ("def __iter__", "def loop")), (("def __len__", "def length"),),
                (("def __getitem__", "def item"),)),
          raises=r"TypeError: (object of type 'Sequential' has no len\(\)"
                 r"|'Sequential' object is not (subscriptable|iterable))"),
    Wrong("sequential", "last-left-out", "the last layer is left out",
          "Your last layer does nothing.",
          (("for layer in self.layers:", "for layer in self.layers[:-1]:"),)),
    Wrong("sequential", "residual", "the input of each layer is added to its output",
          "You add the input of a layer to what comes out of it.",
          ((_APPLY, "            x = x + layer(x)\n"),)),
    Wrong("sequential", "iterator-kept", "one iterator for all loops",
          "Only the first loop over your layers finds them. When must an iterator be made?",
          _ITERATOR, also=((*_ITERATOR, ("for layer in self.layers:", "for layer in self:")),)),
    Wrong("sequential", "sorted-by-name", "the layers are sorted by names with numbers",
          "With more than ten layers yours change their order. Which of the texts layer10 and layer2 comes first?",
          (("self.layers = list(layers)", "self.layers = [layers[i] for i in sorted(range(len(layers)), key=str)]"),)),
    Wrong("sequential", "loop-without-end", "a loop goes through s[i] until an IndexError that never comes",
          "A loop over your Sequential ends with an error. Without __iter__ it asks for s[0], s[1], … until an "
          "IndexError: what does yours raise?",
          (("def __iter__", "def loop"), ("return self.layers[i]", 'return getattr(self, f"layer{i}")'))),
    Wrong("sequential", "parameters-twice", "a layer that stands in it twice gives its parameters twice",
          "A layer that stands in your Sequential twice gives its parameters twice.",
          (("    def __len__", "    def parameters(self):\n        return [p for one in self.layers if hasattr(one, "
                              "'parameters') for p in one.parameters()]\n\n    def __len__"),)),
    Wrong("sequential", "switches-return-nothing", "train and eval return None",
          "train and eval of your Sequential don't return it. What should come back?",
          (("    def __len__", "    def train(self, mode=True):\n        super().train(mode)\n\n    def __len__"),),
          also=((("    def __len__", "    def train(self, mode=True):\n        self.training = mode\n"
                                     "        for one in self.layers:\n            if hasattr(one, 'train'):\n"
                                     "                one.train(mode)\n\n    def __len__"),),)),
    Wrong("sequential", "own-mode-forgotten", "train and eval set the layers' mode, and not the Sequential's own",
          "train and eval of your Sequential reach its layers. Its own mode stays as it was.",
          (("    def __len__", "    def train(self, mode=True):\n        for one in self.layers:\n"
                              "            if hasattr(one, 'train'):\n                one.train(mode)\n"
                              "        return self\n\n    def __len__"),)),
    Wrong("sequential", "modes-one-level", "the layers' mode is set, and not what is in them",
          "train and eval of your Sequential reach its layers, and not what is in these. Who passes the mode on?",
          (("    def __len__", "    def train(self, mode=True):\n        self.training = mode\n"
                              "        for one in self.layers:\n            if hasattr(one, 'training'):\n"
                              "                one.training = mode\n        return self\n\n    def __len__"),)),
    Wrong("sequential", "activation-added", "a ReLU after each layer",
          "There is a ReLU after each of your layers that nobody has asked for.",
          ((_APPLY, "            x = F.relu(layer(x))\n"),)),
    Wrong("sequential", "all-outputs", "the outputs of all layers",
          "You give what comes out of every layer. What comes out of the last one is asked for.",
          (("        for layer in self.layers:\n            x = layer(x)\n        return x",
            "        out = [x]\n        for layer in self.layers:\n            out.append(layer(out[-1]))\n"
            "        return out"),)),
    Wrong("sequential", "empty-fails", "a Sequential of no layers fails",
          "A Sequential of no layers should give back its input. Yours asks for a first layer.",
          (("        for layer in self.layers:\n            x",
           "        x = self.layers[0](x)\n        for layer in self.layers[1:]:\n            x"),)),
    Wrong("sequential", "nothing-returned", "forward returns nothing",
          "Your forward returns nothing.", (("        return x\n", ""),)),
    Wrong("sequential", "length-off", "the length is one too small",
          "Your length is off by one.", (("return len(self.layers)", "return len(self.layers) - 1"),)),
    Wrong("sequential", "length-of-registered", "the length counts layers with parameters only",
          "Your length leaves functions out, which are layers, too.",
          (("return len(self.layers)",
           "return len([one for one in self.layers if isinstance(one, (Module, nn.Module))])"),)),
    Wrong("sequential", "counts-from-one", "s[1] is the first layer",
          "Your first layer has number 1. With which number does Python begin?",
          (("return self.layers[i]", "return self.layers[i - 1]"),),
          also=((("return self.layers[i]", "return dict(enumerate(self.layers, 1))[i]"),),
                (("return self.layers[i]", "return dict(enumerate(self.layers, 1))[i]"),
                 ("def __iter__", "def loop")))),
    Wrong("sequential", "item-not-returned", "s[i] gives nothing",
          "Your s[i] gives nothing. What does it return?",
          (("return self.layers[i]", "self.layers[i]"),)),
    Wrong("sequential", "loop-gives-numbers", "a loop gives the numbers of the layers",
          "A loop over your Sequential gives numbers instead of layers.",
          (("iter(self.layers)", "iter(range(len(self.layers)))"),)),
    Wrong("sequential", "modes-own-only", "train and eval set the Sequential's own mode only",
          "Your train and eval don't reach the layers.",
          (("    def __len__",
           "    def train(self, mode=True):\n        self.training = mode\n        return self\n\n    def __len__"),)),
    Wrong("sequential", "parameters-of-torch-only", "parameters() finds torch's layers only",
          "Your parameters() leaves out the layers that are modules of your own.",
          (("    def __len__",
           "    def parameters(self):\n        return [p for one in self.layers if isinstance(one, nn.Module) "
                              "for p in one.parameters()]\n\n    def __len__"),),
          also=(((_REGISTER, _REGISTER.replace("            setattr",
                  "            if isinstance(layer, nn.Module):\n                setattr")),),)),
    Wrong("sequential", "of-torch", "nn.Sequential or nn.ModuleList as a part",
          "This question asks for a Sequential of your own, without torch's containers.",
          (("self.layers = list(layers)",
           "self.layers = nn.ModuleList([one for one in layers if isinstance(one, nn.Module)])"),),
          cause=Cause.CONTAINER),
)  # fmt: skip

WRONG = (*MODULE, *SEQUENTIAL)
