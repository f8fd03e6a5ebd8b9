"""Wrong answers of a fifth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("dataset", "counts-once-and-for-all",
          "The data set is its own iterator, whose counter is set in __init__ only: a second loop over it gives "
          "nothing",
          {"own-iterator"}, """
class Dataset:
    '''Examples and their labels.'''

    def __init__(self, x, y):
        self.x, self.y = x, y
        self.current = 0

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]

    def __iter__(self):
        return self

    def __next__(self):
        if self.current >= len(self):
            raise StopIteration
        self.current += 1
        return self[self.current - 1]
"""),
    wrong("dataset", "one-loop-at-a-time",
          "The data set is its own iterator: an inner loop over it resets the counter of the outer one, and a "
          "loop in a loop (all pairs) goes wrong",
          {"own-iterator"}, """
class Dataset:
    '''Examples and their labels.'''

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]

    def __iter__(self):
        self.current = 0
        return self

    def __next__(self):
        if self.current == len(self):
            raise StopIteration
        sample = self[self.current]
        self.current += 1
        return sample
"""),
    wrong("dataset", "dataset-casts-to-float32",
          "The constructor turns x into float32, so ds[i] of a float64 x isn't x[i]: results must keep the "
          "dtype",
          {"other-dtype"}, """
class Dataset:
    def __init__(self, x, y):
        self.x = torch.as_tensor(x, dtype=torch.float32)
        self.y = torch.as_tensor(y, dtype=torch.int64)

    def __len__(self):
        return self.y.shape[0]

    def __getitem__(self, idx):
        return self.x[idx], self.y[idx]
"""),
    wrong("dataset", "dataset-slice-without-step",
          "A slice is taken apart into start and stop and its step is forgotten, so ds[::2] gives all examples "
          "and not (x[::2], y[::2])",
          {"slice-without-step"}, """
class Dataset:
    def __init__(self, x, y):
        assert len(x) == len(y)
        self.x, self.y = x, y

    def __len__(self):
        return self.x.size(0)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self.x[index.start:index.stop], self.y[index.start:index.stop]
        elif isinstance(index, list):
            return self.x[torch.tensor(index)], self.y[torch.tensor(index)]
        return self.x[index], self.y[index]
"""),
    wrong("sampler", "counter-reset-at-the-end-only",
          "The Sampler is its own iterator, and its counter goes back to 0 only where a pass has come to its "
          "end: after a pass that was broken off the next one begins in the middle",
          {"sampler-wrong"}, """
class Sampler:
    '''The numbers 0 to n - 1, in order or shuffled.'''

    def __init__(self, dataset, shuffle=False):
        self.n = len(dataset)
        self.shuffle = shuffle
        self._new_order()

    def _new_order(self):
        self.position = 0
        self.order = torch.randperm(self.n).tolist() if self.shuffle else list(range(self.n))

    def __len__(self):
        return self.n

    def __iter__(self):
        return self

    def __next__(self):
        if self.position == self.n:
            self._new_order()
            raise StopIteration
        self.position += 1
        return self.order[self.position - 1]


class BatchSampler:
    '''Lists of the numbers that a sampler gives.'''

    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

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
    wrong("sampler", "shuffled-again-after-each-pass",
          "The order is drawn anew at the end of a pass: after one that was broken off, the same order comes "
          "again",
          {"sampler-wrong"}, """
class Sampler:
    '''The numbers 0 to n - 1, in order or shuffled.'''

    def __init__(self, dataset, shuffle=False):
        self.order = list(range(len(dataset)))
        self.shuffle = shuffle
        if shuffle:
            random.shuffle(self.order)

    def __len__(self):
        return len(self.order)

    def __iter__(self):
        for i in self.order:
            yield i
        if self.shuffle:
            random.shuffle(self.order)    # for the next epoch


class BatchSampler:
    '''Lists of the numbers that a sampler gives.'''

    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

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
    wrong("sampler", "size-of-the-batch-on-the-class",
          "The size of a batch is kept on the class: of two batch samplers that are there at the same time, "
          "both use the size of the second",
          {"batch-sampler-wrong"}, """
class Sampler:
    '''The numbers 0 to n - 1, in order or shuffled.'''

    def __init__(self, dataset, shuffle=False):
        self.n, self.shuffle = len(dataset), shuffle

    def __len__(self):
        return self.n

    def __iter__(self):
        return iter(torch.randperm(self.n).tolist() if self.shuffle else range(self.n))


class BatchSampler:
    '''Lists of the numbers that a sampler gives.'''

    def __init__(self, sampler, batch_size, drop_last=False):
        global bs, drop
        bs, drop = batch_size, drop_last
        self.sampler = sampler

    def __len__(self):
        return len(self.sampler) // bs if drop else math.ceil(len(self.sampler) / bs)

    def __iter__(self):
        indices = list(self.sampler)
        for k in range(len(self)):
            yield indices[k * bs:(k + 1) * bs]
"""),
    wrong("sampler", "sampler-goes-through-the-dataset",
          "The numbers are had by enumerating the data set, which needs only have a length: one that can't be "
          "gone through raises TypeError",
          {"data-set-gone-through"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.dataset = dataset
        self.shuffle = shuffle

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        ids = [i for i, _ in enumerate(self.dataset)]
        if self.shuffle:
            random.shuffle(ids)
        for i in ids:
            yield i


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __len__(self):
        n = len(self.sampler)
        if n % self.batch_size == 0 or self.drop_last:
            return n // self.batch_size
        return n // self.batch_size + 1

    def __iter__(self):
        b = []
        for i in self.sampler:
            b += [i]
            if len(b) == self.batch_size:
                yield b
                b = []
        if b != [] and not self.drop_last:
            yield b
"""),
)  # fmt: skip
