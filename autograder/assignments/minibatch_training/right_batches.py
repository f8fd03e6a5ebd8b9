"""Right answers for the optimiser, the data set, the samplers and the loader."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right

RIGHT = (
    Right("optimizer", "no-grad", "a step in place, under no_grad", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None
"""),
    Right("optimizer", "data", "the numbers are changed by p.data", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.lr, self.params = lr, tuple(parameters)

    def step(self):
        for p in self.params:
            if p.grad is None:
                continue
            p.data = p.data - self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            if p.grad is not None:
                p.grad.zero_()
"""),
    Right("optimizer", "sub", "sub_ with alpha, as a decorated method", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.lr = lr
        self.groups = [p for p in parameters]

    @torch.no_grad()
    def step(self):
        for p in filter(lambda one: one.grad is not None, self.groups):
            p.sub_(p.grad, alpha=self.lr)

    @torch.no_grad()
    def zero_grad(self):
        for p in self.groups:
            if p.grad is not None:
                p.grad *= 0
"""),
    Right("optimizer", "copy", "the new numbers are copied into the parameter", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters = []
        for p in parameters:
            self.parameters.append(p)
        self.lr = lr

    def step(self):
        for p in self.parameters:
            gradient = p.grad if p.grad is not None else torch.zeros_like(p)
            with torch.no_grad():
                p.copy_(p.detach() - gradient * self.lr)

    def zero_grad(self):
        for p in self.parameters:
            p.grad = torch.zeros_like(p)
"""),
    Right("dataset", "indexed", "x and y are indexed", """
class Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]
"""),
    Right("dataset", "size", "the length by size, the samples in a list", """
class Dataset:
    def __init__(self, x, y):
        self.parts = [x, y]

    def __len__(self):
        return self.parts[1].size(0)

    def __getitem__(self, i):
        return [part[i] for part in self.parts]
"""),
    Right("dataset", "checked", "an int is checked, and __iter__ is written out", """
class Dataset:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, i):
        if isinstance(i, int) and not -len(self) <= i < len(self):
            raise IndexError(f"no example {i}")
        return (self.x[i], self.y[i])

    def __iter__(self):
        return zip(self.x, self.y)
"""),
    Right("sampler", "randperm", "randperm, and a list that fills up", """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.n = len(dataset)
        self.shuffle = shuffle

    def __len__(self):
        return self.n

    def __iter__(self):
        order = torch.randperm(self.n).tolist() if self.shuffle else list(range(self.n))
        return iter(order)

class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __len__(self):
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full + 1 if rest and not self.drop_last else full

    def __iter__(self):
        batch = []
        for i in self.sampler:
            batch.append(i)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch
"""),
    Right("sampler", "random", "random.sample, slices of a list, a ceiling", """
import random

class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.dataset, self.shuffle = dataset, shuffle

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        indices = range(len(self.dataset))
        yield from random.sample(indices, len(indices)) if self.shuffle else indices

class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.size, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        n = len(self.sampler) / self.size
        return math.floor(n) if self.drop_last else math.ceil(n)

    def __iter__(self):
        indices = list(self.sampler)
        for start in range(0, len(indices), self.size):
            batch = indices[start:start + self.size]
            if len(batch) < self.size and self.drop_last:
                return
            yield batch
"""),
    Right("sampler", "numpy-islice", "NumPy's permutation, islice", """
from itertools import islice

class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.dataset = dataset
        self.shuffle = shuffle

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        idx = np.arange(len(self.dataset))
        if self.shuffle:
            np.random.shuffle(idx)
        return iter(idx.tolist())

class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.bs = batch_size
        self.drop_last = drop_last

    def __len__(self):
        if self.drop_last:
            return len(self.sampler) // self.bs
        return (len(self.sampler) + self.bs - 1) // self.bs

    def __iter__(self):
        it = iter(self.sampler)
        while chunk := list(islice(it, self.bs)):
            if len(chunk) == self.bs or not self.drop_last:
                yield chunk
"""),
    Right("sampler", "lists-of-all", "all batches are made at once; shuffled in place at each pass", """
import random

class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.order = [i for i in range(len(dataset))]
        self.shuffle = shuffle

    def __len__(self):
        return len(self.order)

    def __iter__(self):
        if self.shuffle:
            random.shuffle(self.order)
        return iter(list(self.order))

class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        return -(-len(self.sampler) // self.batch_size) - (self.drop_last and len(self.sampler) % self.batch_size > 0)

    def __iter__(self):
        every = [i for i in self.sampler]
        batches = [every[i * self.batch_size:(i + 1) * self.batch_size] for i in range(len(self))]
        return iter(batches)
"""),
    Right("dataloader", "zip-and-stack", "zip, stack, and the samples in a list", """
def collate(samples):
    xs, ys = zip(*samples)
    return torch.stack(xs), torch.tensor(ys, dtype=torch.int64)

class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset = dataset
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        for indices in self.batch_sampler:
            yield self.collate_fn([self.dataset[i] for i in indices])
"""),
    Right("dataloader", "loops", "loops, and cat of what has one more axis", """
def collate(samples):
    X, Y = [], []
    for x, y in samples:
        X.append(x[None])
        Y.append(int(y))
    return torch.cat(X), torch.LongTensor(Y)

class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.data, self.batches, self.collate = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for batch in self.batches:
            samples = []
            for i in batch:
                samples.append(self.data[i])
            yield self.collate(samples)
"""),
    Right("dataloader", "generators", "generators all the way", """
def collate(samples):
    samples = list(samples)
    x = torch.stack([s[0] for s in samples], dim=0)
    y = torch.stack([torch.as_tensor(s[1]) for s in samples]).long()
    return [x, y]

class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        return (self.collate_fn(self.dataset[i] for i in batch) for batch in self.batch_sampler)
"""),
)  # fmt: skip
