"""Wrong answers to the questions for data sets, samplers and loaders."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

_SAMPLER = """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.n = len(dataset)
        self.shuffle = shuffle

    def __len__(self):
        return self.n

    def __iter__(self):
        order = list(range(self.n))
        if self.shuffle:
            random.shuffle(order)
        return iter(order)
"""
_BATCHES = """
class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.bs, self.drop = sampler, batch_size, drop_last

    def __len__(self):
        n = len(self.sampler)
        return n // self.bs if self.drop else math.ceil(n / self.bs)

    def __iter__(self):
        order = list(self.sampler)
        for start in range(0, len(order), self.bs):
            batch = order[start:start + self.bs]
            if len(batch) == self.bs or not self.drop:
                yield batch
"""
_COLLATE = """
def collate(samples):
    samples = list(samples)
    X = torch.stack([x for x, _ in samples])
    Y = torch.tensor([int(y) for _, y in samples])
    return X, Y
"""
_LOADER = """
class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.ds = dataset
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        for idxs in self.batch_sampler:
            yield self.collate_fn([self.ds[i] for i in idxs])
"""

WRONG = (
    wrong("dataset", "dictionary", "a sample is a dictionary", {"dictionary"}, """
class Dataset:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, idx):
        return {"image": self.x[idx], "label": self.y[idx]}
"""),
    wrong("dataset", "around-the-corner", "an index outside comes round again", {"round-again"}, """
class Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        if isinstance(i, int):
            i = i % len(self)
        return self.x[i], self.y[i]
"""),
    wrong("dataset", "label-as-int", "int(y[i]), which a slice doesn't stand", {"label-as-number", "ints-only"}, """
class Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], int(self.y[i])
"""),
    wrong("dataset", "one-row-slice", "x[i:i+1] keeps an axis, and takes ints only", {"axis-kept"}, """
class Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        if isinstance(i, int):
            if not -len(self.x) <= i < len(self.x):
                raise IndexError(i)
            i = i % len(self.x)
            return self.x[i:i + 1], self.y[i:i + 1]
        return self.x[i], self.y[i]
"""),
    wrong("sampler", "shuffled-at-birth", "shuffled in the constructor", {"order-drawn-once"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.indices = list(range(len(dataset)))
        if shuffle:
            random.shuffle(self.indices)

    def __len__(self):
        return len(self.indices)

    def __iter__(self):
        return iter(self.indices)
""" + _BATCHES),
    wrong("sampler", "list-cleared", "the same list is handed out and cleared", {"list-reused"}, _SAMPLER + """
class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        batch = []
        for idx in self.sampler:
            batch.append(idx)
            if len(batch) == self.batch_size:
                yield batch
                batch.clear()
        if len(batch) > 0 and not self.drop_last:
            yield batch

    def __len__(self):
        if self.drop_last:
            return len(self.sampler) // self.batch_size
        return (len(self.sampler) + self.batch_size - 1) // self.batch_size
"""),
    wrong("sampler", "with-replacement", "each number drawn by itself", {"with-replacement"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.ds, self.shuffle = dataset, shuffle

    def __len__(self):
        return len(self.ds)

    def __iter__(self):
        n = len(self.ds)
        if self.shuffle:
            return iter(random.choices(range(n), k=n))
        return iter(range(n))
""" + _BATCHES),
    wrong("sampler", "tensor-numbers", "numbers come as tensors", {"tensors"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.n = len(dataset)
        self.shuffle = shuffle

    def __len__(self):
        return self.n

    def __iter__(self):
        idx = torch.randperm(self.n) if self.shuffle else torch.arange(self.n)
        for i in idx:
            yield i
""" + _BATCHES),
    wrong("sampler", "length-forgets-drop-last", "ceil, whatever drop_last says",
          {"len-ignores-drop-last"}, _SAMPLER + """
class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.bs, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        return -(-len(self.sampler) // self.bs)

    def __iter__(self):
        b = []
        for i in self.sampler:
            b = b + [i]
            if len(b) == self.bs:
                yield b
                b = []
        if b and not self.drop_last:
            yield b
"""),
    wrong("sampler", "state-in-next", "__iter__ returns self and never starts again", {"batches-once"}, _SAMPLER + """
class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last
        self.it = iter(sampler)

    def __len__(self):
        n = len(self.sampler)
        return n // self.batch_size + (0 if self.drop_last or n % self.batch_size == 0 else 1)

    def __iter__(self):
        return self

    def __next__(self):
        batch = []
        for _ in range(self.batch_size):
            try:
                batch.append(next(self.it))
            except StopIteration:
                break
        if not batch or (self.drop_last and len(batch) < self.batch_size):
            raise StopIteration
        return batch
"""),
    wrong("sampler", "seeded", "a seed set at each pass", {"order-drawn-once"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.n, self.shuffle = len(dataset), shuffle

    def __len__(self):
        return self.n

    def __iter__(self):
        if self.shuffle:
            rng = np.random.default_rng(42)
            return iter(rng.permutation(self.n).tolist())
        return iter(range(self.n))
""" + _BATCHES),
    wrong("dataloader", "labels-stacked", "torch.stack of the labels, which may be ints",
          {"labels-must-be-tensors"}, """
def collate(samples):
    xs, ys = zip(*samples)
    return torch.stack(xs), torch.stack(ys)
""" + _LOADER),
    wrong("dataloader", "float-labels", "the labels come as floats", {"labels-not-int64"}, """
def collate(samples):
    xs, ys = zip(*samples)
    return torch.stack(xs), torch.Tensor([float(y) for y in ys])
""" + _LOADER),
    wrong("dataloader", "asks-with-a-list", "the data set is asked for all at once", {"asked-by-list"}, _COLLATE + """
class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        for batch in self.batch_sampler:
            xb, yb = self.dataset[batch]
            yield self.collate_fn(zip(xb, yb))
"""),
    wrong("dataloader", "batches-made-once", "the batches are listed in the constructor",
          {"batch-sampler-kept"}, _COLLATE + """
class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset = dataset
        self.batches = list(batch_sampler)
        self.collate_fn = collate_fn

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for batch in self.batches:
            yield self.collate_fn([self.dataset[i] for i in batch])
"""),
    wrong("dataloader", "own-collate-always", "collate_fn is stored and never asked",
          {"collate-ignored"}, _COLLATE + """
class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset = dataset
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        for batch in self.batch_sampler:
            yield collate([self.dataset[i] for i in batch])
"""),
    wrong("dataloader", "number-of-examples", "len is that of the data set", {"length-of-data"}, _COLLATE + """
class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        return (self.collate_fn(self.dataset[i] for i in b) for b in self.batch_sampler)
"""),
)  # fmt: skip
