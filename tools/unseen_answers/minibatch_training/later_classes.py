"""Wrong answers of a second set, written when the first had been mended: classes."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

_MODULE = """
class Module:
    def __init__(self):
        self.training = True

    def _inner(self):
        return [v for v in self.__dict__.values() if isinstance(v, (Module, nn.Module))]

    def parameters(self):
        seen = {}
        for v in self.__dict__.values():
            if isinstance(v, nn.Parameter):
                seen[id(v)] = v
            elif isinstance(v, (Module, nn.Module)):
                for p in v.parameters():
                    seen[id(p)] = p
        return list(seen.values())

    def __call__(self, *args):
        return self.forward(*args)

    def train(self, mode=True):
        self.training = mode
        for m in self._inner():
            m.train(mode)
        return self

    def eval(self):
        self.training = False
        for m in self._inner():
            m.eval()
        return self
"""
_SAMPLER = """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.dataset, self.shuffle = dataset, shuffle

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        idx = list(range(len(self.dataset)))
        if self.shuffle:
            random.shuffle(idx)
        for i in idx:
            yield i
"""
_BATCHES = """

class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.bs, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        whole, rest = len(self.sampler) // self.bs, len(self.sampler) % self.bs
        return whole if rest == 0 or self.drop_last else whole + 1

    def __iter__(self):
        buffer = []
        for i in self.sampler:
            buffer.append(i)
            if len(buffer) == self.bs:
                yield buffer
                buffer = []
        if buffer and not self.drop_last:
            yield buffer
"""


def _edited(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new)


WRONG = (
    wrong("module", "mode-without-default", "train() asks for its mode", {"mode-needed"},
           _edited(_MODULE, "mode=True", "mode")),
    wrong("module", "train-stays-at-the-top", "train sets its own flag, eval all", {"train-not-passed-on"},
           _edited(_MODULE, "            m.train(mode)\n", "            pass\n")),
    wrong("module", "names-with-parameters", "pairs of a name and a parameter", {"names-besides"},
           _edited(_MODULE, "return list(seen.values())", "return list(enumerate(seen.values()))")),
    wrong("module", "weight-and-bias", "of torch's layers, weight and bias are looked for", {"weight-and-bias"},
           _edited(_MODULE, "for p in v.parameters():",
                   "for p in (v.parameters() if isinstance(v, Module) else [v.weight, v.bias]):")),
    wrong("sequential", "item-not-returned", "s[i] is looked up, and not returned", {"item-not-returned"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers
        for k, layer in enumerate(layers):
            setattr(self, "block" + str(k), layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, k):
        self.layers[k]

    def __iter__(self):
        return iter(self.layers)
"""),
    wrong("optimizer", "grad-is-zero", "a gradient is set to the number 0", {"zero-is-a-number"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= p.grad * self.lr

    def zero_grad(self):
        for p in self.parameters:
            p.grad = 0
"""),
    wrong("optimizer", "smaller-default", "0.01 where nothing is given", {"other-default"}, """
class SGD:
    def __init__(self, parameters, lr=1e-2):
        self.group = {"params": list(parameters)}
        self.lr = lr

    def step(self):
        for p in self.group["params"]:
            if p.grad is not None:
                p.data.sub_(p.grad.mul(self.lr))

    def zero_grad(self):
        for p in self.group["params"]:
            p.grad = None
"""),
    wrong("dataset", "length-of-itself", "len(self) in __len__", {"length-of-itself"}, """
class Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
"""),
    wrong("dataset", "compared-with-the-length", "i >= len, which a list doesn't stand", {"ints-only"}, """
class Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return self.y.shape[0]

    def __getitem__(self, i):
        if i >= len(self):
            raise IndexError("no such example")
        return self.x[i], self.y[i]
"""),
    wrong("sampler", "ranges-of-its-own", "ranges in place of the sampler's numbers", {"own-numbers"},
           _SAMPLER + _edited(_BATCHES, """        buffer = []
        for i in self.sampler:
            buffer.append(i)
            if len(buffer) == self.bs:
                yield buffer
                buffer = []
        if buffer and not self.drop_last:
            yield buffer
""", """        n = len(self.sampler)
        for start in range(0, n, self.bs):
            if start + self.bs <= n or not self.drop_last:
                yield list(range(start, min(start + self.bs, n)))
""")),
    wrong("sampler", "shuffled-range", "random.shuffle of a range", {"range-shuffled"},
           _edited(_SAMPLER, "list(range(len(self.dataset)))", "range(len(self.dataset))") + _BATCHES),
    wrong("sampler", "whole-batches-only", "what is left over never comes", {"drop-last-always"},
           _SAMPLER + _edited(_BATCHES, "        if buffer and not self.drop_last:\n            yield buffer\n", "")),
    wrong("sampler", "batches-as-tensors", "a batch is a tensor", {"batches-as-tensors"},
           _SAMPLER + _edited(_BATCHES, "yield buffer", "yield torch.tensor(buffer)")),
    wrong("dataloader", "tensor-of-tensors", "torch.tensor of a list of tensors", {"tensor-of-tensors"}, """
def collate(samples):
    samples = list(samples)
    X = torch.tensor([x for x, y in samples])
    Y = torch.tensor([y for x, y in samples])
    return X, Y


class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __iter__(self):
        for b in self.batch_sampler:
            yield self.collate_fn([self.dataset[i] for i in b])

    def __len__(self):
        return len(self.batch_sampler)
"""),
)  # fmt: skip
