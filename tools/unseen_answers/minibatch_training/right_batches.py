"""Right answers of a third set, many as public courses write them: batches and the loop."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("dataset", "r-plain", "fast.ai", """
class Dataset():
    def __init__(self, x, y): self.x, self.y = x, y
    def __len__(self): return len(self.x)
    def __getitem__(self, i): return self.x[i], self.y[i]
"""),
    right("dataset", "r-checked", "asserts lengths, own IndexError", """
class Dataset:
    def __init__(self, *tensors):
        assert all(len(t) == len(tensors[0]) for t in tensors)
        self.tensors = tensors

    def __getitem__(self, index):
        if isinstance(index, int) and not -len(self) <= index < len(self):
            raise IndexError(f"{index} is not in a data set of {len(self)}")
        return tuple(t[index] for t in self.tensors)

    def __len__(self):
        return self.tensors[0].size(0)
"""),
    right("sampler", "r-fastai", "islice and random.shuffle", """
from itertools import islice


class Sampler():
    def __init__(self, ds, shuffle=False): self.n, self.shuffle = len(ds), shuffle
    def __len__(self): return self.n
    def __iter__(self):
        res = list(range(self.n))
        if self.shuffle: random.shuffle(res)
        return iter(res)


class BatchSampler():
    def __init__(self, sampler, bs, drop_last=False):
        self.sampler, self.bs, self.drop_last = sampler, bs, drop_last

    def __len__(self):
        return len(self.sampler) // self.bs + (0 if self.drop_last or len(self.sampler) % self.bs == 0 else 1)

    def __iter__(self):
        it = iter(self.sampler)
        while True:
            b = list(islice(it, self.bs))
            if not b or (len(b) < self.bs and self.drop_last):
                return
            yield b
"""),
    right("sampler", "r-d2l", "indices, np.random.permutation", """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.dataset = dataset
        self.shuffle = shuffle

    def __iter__(self):
        num_examples = len(self.dataset)
        indices = list(range(num_examples))
        if self.shuffle:
            indices = [int(i) for i in np.random.permutation(num_examples)]
        for i in indices:
            yield i

    def __len__(self):
        return len(self.dataset)


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        indices = [i for i in self.sampler]
        num_examples = len(indices)
        for i in range(0, num_examples, self.batch_size):
            batch = indices[i: min(i + self.batch_size, num_examples)]
            if self.drop_last and len(batch) != self.batch_size:
                continue
            yield batch

    def __len__(self):
        count = math.floor if self.drop_last else math.ceil
        return count(len(self.sampler) / self.batch_size)
"""),
    right("sampler", "r-uvadl-argsort", "sorts random keys", """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.size = len(dataset)
        self.shuffle = shuffle

    def __iter__(self):
        if not self.shuffle:
            return iter(range(self.size))
        return iter(torch.rand(self.size).argsort().tolist())

    def __len__(self):
        return self.size


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        batch = []
        for idx in self.sampler:
            if len(batch) == self.batch_size:
                yield batch
                batch = []
            batch.append(idx)
        if len(batch) == self.batch_size or (batch and not self.drop_last):
            yield batch

    def __len__(self):
        length = len(self.sampler) // self.batch_size
        if not self.drop_last and len(self.sampler) % self.batch_size > 0:
            length += 1
        return length
"""),
    right("dataloader", "r-fastai", "map and next", """
def collate(b):
    xs, ys = zip(*b)
    return torch.stack(xs), torch.stack([torch.as_tensor(y) for y in ys]).long()


class DataLoader():
    def __init__(self, ds, batchs, collate_fn=collate):
        self.ds, self.batchs, self.collate_fn = ds, batchs, collate_fn

    def __len__(self): return len(self.batchs)
    def __iter__(self): yield from (self.collate_fn([self.ds[i] for i in b]) for b in self.batchs)
"""),
    right("dataloader", "r-i2dl", "own iterator class", """
def collate(samples):
    samples = list(samples)
    X = torch.cat([x.unsqueeze(0) for x, _ in samples], dim=0)
    Y = torch.LongTensor([int(y) for _, y in samples])
    return X, Y


class _Batches:
    def __init__(self, loader):
        self.loader = loader
        self.batches = iter(loader.batch_sampler)

    def __iter__(self):
        return self

    def __next__(self):
        indices = next(self.batches)
        return self.loader.collate_fn([self.loader.dataset[i] for i in indices])


class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset = dataset
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn

    def __iter__(self):
        return _Batches(self)

    def __len__(self):
        return len(self.batch_sampler)
"""),
    right("fit", "r-fastai", "tot_loss, tot_acc, count", """
def fit(epochs, model, loss_func, opt, train_dl, valid_dl):
    history = []
    for epoch in range(epochs):
        model.train()
        for xb, yb in train_dl:
            loss = loss_func(model(xb), yb)
            loss.backward()
            opt.step()
            opt.zero_grad()

        model.eval()
        with torch.no_grad():
            tot_loss, tot_acc, count = 0., 0., 0
            for xb, yb in valid_dl:
                pred = model(xb)
                n = len(xb)
                count += n
                tot_loss += loss_func(pred, yb).item() * n
                tot_acc += float(accuracy(pred, yb)) * n
        print(epoch, tot_loss / count, tot_acc / count)
        history.append((tot_loss / count, tot_acc / count))
    return history
"""),
    right("fit", "r-d2l-accumulator", "Accumulator, train_epoch, evaluate", """
class Accumulator:
    def __init__(self, n):
        self.data = [0.0] * n

    def add(self, *args):
        self.data = [a + float(b) for a, b in zip(self.data, args)]

    def __getitem__(self, idx):
        return self.data[idx]


def train_epoch(net, train_iter, loss, updater):
    net.train()
    for X, y in train_iter:
        l = loss(net(X), y)
        updater.zero_grad()
        l.backward()
        updater.step()


@torch.no_grad()
def evaluate_net(net, data_iter, loss):
    net.eval()
    metric = Accumulator(3)
    for X, y in data_iter:
        y_hat = net(X)
        metric.add(loss(y_hat, y) * y.numel(), (y_hat.argmax(axis=1) == y).sum(), y.numel())
    return metric[0] / metric[2], metric[1] / metric[2]


def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    result = []
    for _ in range(epochs):
        train_epoch(model, train_loader, loss_func, optimizer)
        result.append(evaluate_net(model, valid_loader, loss_func))
    return result
"""),
    right("fit", "r-all-logits", "gathers all logits and asks once", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(epochs):
        model.train(True)
        for data in train_loader:
            inputs, labels = data
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = loss_func(outputs, labels)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.inference_mode():
            pairs = [(model(X), y) for X, y in valid_loader]
        logits = torch.cat([a for a, _ in pairs])
        labels = torch.cat([b for _, b in pairs])
        history += [(loss_func(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item())]
    return history
"""),
)  # fmt: skip
