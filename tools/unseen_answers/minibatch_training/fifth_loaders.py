"""Wrong answers of a fifth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("dataloader", "begins-anew-after-the-last-batch-only",
          "The DataLoader is its own iterator, which begins anew only after the last batch: after "
          "next(iter(loader)) or a loop that was broken off, the next pass begins in the middle",
          {"loader-wrong"}, """
def collate(samples):
    '''Return a mini-batch.'''
    xs, ys = zip(*samples)
    return torch.stack(xs), torch.tensor(ys, dtype=torch.int64)


class DataLoader:
    '''Mini-batches of a data set.'''

    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn
        self.batches = iter(batch_sampler)

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        return self

    def __next__(self):
        try:
            batch = next(self.batches)
        except StopIteration:
            self.batches = iter(self.batch_sampler)    # ready for the next epoch
            raise
        return self.collate_fn([self.dataset[i] for i in batch])
"""),
    wrong("dataloader", "one-pass-at-a-time",
          "The DataLoader is its own iterator: a second pass that begins while the first goes on takes its "
          "place (zip(loader, loader), or a look at a first batch in the middle of an epoch)",
          {"loader-wrong"}, """
def collate(samples):
    '''Return a mini-batch.'''
    xs, ys = zip(*samples)
    return torch.stack(xs), torch.tensor(ys, dtype=torch.int64)


class DataLoader:
    '''Mini-batches of a data set.'''

    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        self.batches = iter(self.batch_sampler)
        return self

    def __next__(self):
        return self.collate_fn([self.dataset[i] for i in next(self.batches)])
"""),
    wrong("dataloader", "collate-lists-generators-only",
          "collate goes through the samples twice and makes a list of a generator only: zip(xs, ys), map(...) "
          "or iter(...) can be gone through once, too",
          {"collate-wrong"}, """
import types

def collate(samples):
    '''Return a mini-batch.'''
    if isinstance(samples, types.GeneratorType):
        samples = list(samples)
    X = torch.stack([x for x, _ in samples])
    Y = torch.tensor([int(y) for _, y in samples])
    return X, Y


class DataLoader:
    '''Mini-batches of a data set.'''

    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        for batch in self.batch_sampler:
            yield self.collate_fn([self.dataset[i] for i in batch])
"""),
    wrong("dataloader", "collate-empties-the-list",
          "collate takes the samples out of the caller's list one by one: the list is empty afterwards",
          {"collate-wrong"}, """
def collate(samples):
    '''Return a mini-batch.'''
    if not isinstance(samples, list):
        samples = list(samples)
    X, Y = [], []
    while samples:
        x, y = samples.pop(0)
        X.append(x)
        Y.append(int(y))
    return torch.stack(X), torch.tensor(Y)


class DataLoader:
    '''Mini-batches of a data set.'''

    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        for batch in self.batch_sampler:
            yield self.collate_fn([self.dataset[i] for i in batch])
"""),
    wrong("dataloader", "indices-replaced-by-samples",
          "The samples are written into the list of indices that the batch sampler gave: a plain list of lists "
          "as batch sampler is destroyed by the first pass",
          set(), """
def collate(samples):
    '''Return a mini-batch.'''
    xs, ys = zip(*samples)
    return torch.stack(xs), torch.tensor(ys, dtype=torch.int64)


class DataLoader:
    '''Mini-batches of a data set.'''

    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        for batch in self.batch_sampler:
            for k in range(len(batch)):
                batch[k] = self.dataset[batch[k]]
            yield self.collate_fn(batch)
"""),
    wrong("dataloader", "dataloader-asks-by-list-and-own-length",
          "The data set is asked by a list of ints, where it is to be asked by int, and len divides the data "
          "set's length by an attribute that batch_sampler need not have, rounding down",
          set(), """
def collate(samples):
    samples = list(samples)
    X = torch.stack([s[0] for s in samples], dim=0)
    Y = torch.as_tensor([int(s[1]) for s in samples])
    return X, Y


class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset = dataset
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn

    def __iter__(self):
        for batch in self.batch_sampler:
            x, y = self.dataset[batch]       # a Dataset takes lists, much faster
            yield self.collate_fn(list(zip(x, y)))

    def __len__(self):
        return len(self.dataset) // self.batch_sampler.batch_size
"""),
)  # fmt: skip
