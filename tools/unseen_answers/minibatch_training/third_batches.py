"""Wrong answers of a third set, those whose hints were not all true or missing at first: batches and the loop."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("dataset", "list-of-pairs", "a slice gives a list of pairs, and a list raises", {"list-of-pairs"}, """
class Dataset:
    def __init__(self, x, y):
        self.samples = list(zip(x, y))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        return self.samples[i]
"""),
    wrong("sampler", "slices-sampler", "cuts the sampler like a list, and forgets drop_last",
          {"sliced", "drop-last-ignored", "len-ignores-drop-last"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.n = len(dataset)
        self.shuffle = shuffle

    def __iter__(self):
        idx = list(range(self.n))
        if self.shuffle:
            random.shuffle(idx)
        for i in idx:
            yield i

    def __len__(self):
        return self.n


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self):
        for i in range(0, len(self.sampler), self.batch_size):
            yield self.sampler[i:i + self.batch_size]

    def __len__(self):
        return math.ceil(len(self.sampler) / self.batch_size)
"""),
    wrong("dataloader", "x-as-floats", "torch.tensor of lists: x in float64 comes back as float32", {"other-dtype"}, """
def collate(samples):
    xs, ys = [], []
    for x, y in samples:
        xs.append(x.tolist())
        ys.append(int(y))
    return torch.tensor(xs), torch.tensor(ys)


class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __iter__(self):
        for idx in self.batch_sampler:
            yield self.collate_fn([self.dataset[i] for i in idx])

    def __len__(self):
        return len(self.batch_sampler)
"""),
    wrong("fit", "training-numbers", "reports the training loss and accuracy",
          {"on-training-data", "training-loss"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(epochs):
        model.train()
        total, right, n = 0.0, 0, 0
        for X, y in train_loader:
            out = model(X)
            loss = loss_func(out, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            right += (out.argmax(1) == y).sum().item()
            n += len(y)
        model.eval()
        with torch.no_grad():
            for X, y in valid_loader:
                model(X)
        history.append((total / n, right / n))
    return history
"""),
    wrong("fit", "append-after", "the numbers are appended after the last epoch only", {"appended-once"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
        model.eval()
        s, r, n = 0.0, 0, 0
        with torch.no_grad():
            for X, y in valid_loader:
                z = model(X)
                s += loss_func(z, y).item() * len(y)
                r += (z.argmax(dim=1) == y).sum().item()
                n += len(y)
    history.append((s / n, r / n))
    return history
"""),
    wrong("fit", "tensors-returned", "a tensor with an axis, and a number for each example", {"tensors"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            outs, labels = [], []
            for X, y in valid_loader:
                outs.append(model(X))
                labels.append(y)
            outs, labels = torch.cat(outs), torch.cat(labels)
            history.append([loss_func(outs, labels).unsqueeze(0), (outs.argmax(1) == labels).float()])
    return history
"""),
    wrong("fit", "correct-by-first-size", "counts with the size of the first batch for all",
          {"one-size-for-all", "loss-mean-of-means"}, """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
        model.eval()
        batches = list(valid_loader)
        size = len(batches[0][1])
        s, r = 0.0, 0
        with torch.no_grad():
            for X, y in batches:
                z = model(X)
                s += loss_func(z, y).item() * size
                r += (z.argmax(dim=1) == y).sum().item()
        history.append((s / (size * len(batches)), r / (size * len(batches))))
    return history
"""),
)  # fmt: skip
