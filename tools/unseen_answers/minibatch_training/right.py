"""Right answers that look unusual."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("softmax", "row-by-row", "a list of rows, each shifted by its own maximum", """
def softmax(x):
    def of_one(z):
        e = (z - z.max()).exp()
        return e / e.sum()
    return torch.stack([of_one(z) for z in x])
"""),
    right("softmax", "transposed", "classes first, so that broadcasting needs no keepdim", """
def softmax(x):
    z = x.T
    z = z - z.max(dim=0).values.detach()
    e = torch.exp(z)
    return (e / e.sum(dim=0)).T
"""),
    right("softmax", "einsum", "sums and quotients with einsum", """
def softmax(x):
    m = torch.max(x, 1, keepdim=True)[0]
    ex = torch.exp(torch.subtract(x, m))
    total = torch.einsum("nc->n", ex)
    return torch.einsum("nc,n->nc", ex, total.reciprocal())
"""),
    right("log_softmax", "shifted-first", "log_softmax on its own, without logsumexp", """
def logsumexp(x):
    m = x.max(-1)[0]
    return (m + (x - m[:, None]).exp().sum(-1).log())[:, None]


def log_softmax(x):
    shifted = x - x.max(-1, keepdim=True)[0]
    return shifted - shifted.exp().sum(-1, keepdim=True).log()
"""),
    right("log_softmax", "matrix-product-sum", "the sum is a product with ones", """
def logsumexp(x):
    top, _ = torch.max(x.detach(), dim=1)
    top = top.reshape(-1, 1)
    ones = torch.ones(x.shape[1], 1, dtype=x.dtype)
    return torch.log(torch.exp(x - top) @ ones).add(top)


def log_softmax(x):
    return torch.sub(x, logsumexp(x).expand_as(x))
"""),
    right("log_softmax", "log1p", "the largest is left out of the sum and log1p puts it back", """
def logsumexp(x):
    rows = []
    for row in x:
        k = int(row.argmax())
        others = torch.cat([row[:k], row[k + 1:]])
        rows.append(row[k] + torch.log1p(torch.exp(others - row[k]).sum()))
    return torch.stack(rows).unsqueeze(1)


def log_softmax(x):
    return x - logsumexp(x)
"""),
    right("cross_entropy", "one-hot-eye", "one-hot rows out of a unit matrix", """
def nll(log_p, y):
    n, c = log_p.shape
    onehot = torch.eye(c, dtype=log_p.dtype)[y]
    return -torch.sum(onehot * log_p) / n


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    right("cross_entropy", "without-nll", "cross_entropy by the difference of log-sum-exp and the right logit", """
def nll(log_p, y):
    return torch.neg(log_p.gather(1, y.reshape(-1, 1)).sum() / y.shape[0])


def cross_entropy(logits, y):
    right = torch.take_along_dim(logits, y[:, None], dim=1)
    return (logsumexp(logits) - right).mean()
"""),
    right("cross_entropy", "sum-of-list", "a loop over the examples that keeps the graph", """
def nll(log_p, y):
    losses = [-row[label] for row, label in zip(log_p, y)]
    return sum(losses) / len(losses)


def cross_entropy(logits, y):
    total = 0
    for row, label in zip(logits, y):
        z = row - row.max()
        total = total - (z[label] - z.exp().sum().log())
    return total / logits.shape[0]
"""),
    right("accuracy", "numpy-mean", "NumPy's mean", """
def accuracy(logits, y):
    predicted = logits.detach().numpy().argmax(axis=1)
    return np.mean(predicted == y.numpy())
"""),
    right("accuracy", "topk-loop", "a Python loop with a counter", """
def accuracy(logits, y):
    right = 0
    for row, label in zip(logits, y):
        _, guess = row.topk(1)
        if guess.item() == label.item():
            right += 1
    return right / len(y)
"""),
    right("module", "looked-up-when-asked", "nothing registered: vars(self) is read each time", """
class Module:
    training = True

    def __init__(self):
        self.training = True

    def _parts(self):
        return [v for v in vars(self).values() if isinstance(v, (Module, nn.Module, nn.Parameter))]

    def parameters(self):
        seen = set()
        for part in self._parts():
            for p in (part,) if isinstance(part, nn.Parameter) else part.parameters():
                if p not in seen:
                    seen.add(p)
                    yield p

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def forward(self, *args):
        raise NotImplementedError

    def train(self, mode=True):
        self.training = bool(mode)
        for part in self._parts():
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    right("module", "two-dictionaries-and-getattr", "as torch has it: dictionaries, and __getattr__", """
class Module:
    def __init__(self):
        self.__dict__["_parameters"] = {}
        self.__dict__["_modules"] = {}
        self.__dict__["training"] = True

    def __setattr__(self, name, value):
        if isinstance(value, nn.Parameter):
            self.__dict__.pop(name, None)
            self._modules.pop(name, None)
            self._parameters[name] = value
        elif isinstance(value, (nn.Module, Module)):
            self.__dict__.pop(name, None)
            self._parameters.pop(name, None)
            self._modules[name] = value
        else:
            self._parameters.pop(name, None)
            self._modules.pop(name, None)
            self.__dict__[name] = value

    def __getattr__(self, name):
        for where in ("_parameters", "_modules"):
            if name in self.__dict__.get(where, {}):
                return self.__dict__[where][name]
        raise AttributeError(name)

    def named_parameters(self, prefix=""):
        for k, v in self._parameters.items():
            yield prefix + k, v
        for k, m in self._modules.items():
            if isinstance(m, Module):
                yield from m.named_parameters(prefix + k + ".")
            else:
                for kk, p in m.named_parameters():
                    yield prefix + k + "." + kk, p

    def parameters(self):
        memo = set()
        for _, p in self.named_parameters():
            if id(p) in memo:
                continue
            memo.add(id(p))
            yield p

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def train(self, mode=True):
        self.training = mode
        for m in self._modules.values():
            m.train(mode)
        return self

    def eval(self):
        self.training = False
        for m in self._modules.values():
            m.eval()
        return self
"""),
    right("sequential", "own-everything", "keeps a tuple and says itself what parameters and modes are", """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self._seq = tuple(layers)

    def __call__(self, x):
        for f in self._seq:
            x = f(x)
        return x

    forward = __call__

    def parameters(self):
        out, ids = [], set()
        for f in self._seq:
            if isinstance(f, (Module, nn.Module)):
                for p in f.parameters():
                    if id(p) not in ids:
                        ids.add(id(p))
                        out.append(p)
        return out

    def train(self, mode=True):
        self.training = mode
        for f in self._seq:
            if isinstance(f, (Module, nn.Module)):
                f.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def __len__(self):
        return len(self._seq)

    def __getitem__(self, i):
        return self._seq[i]

    def __iter__(self):
        return iter(self._seq)
"""),
    right("sequential", "reduce", "functools.reduce, and the layers looked up by name", """
from functools import reduce


class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.n = len(layers)
        for i in range(self.n):
            setattr(self, "layer_" + str(i), layers[i])

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return getattr(self, f"layer_{i}")

    def __iter__(self):
        return (self[i] for i in range(self.n))

    def forward(self, x):
        return reduce(lambda value, layer: layer(value), self, x)
"""),
    right("optimizer", "data-attribute", "p.data, and gradients filled with zeros", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.param_groups = [{"params": [p for p in parameters]}]
        self.lr = lr

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                p.data.add_(p.grad.data, alpha=-self.lr)

    def zero_grad(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.detach_()
                    p.grad.zero_()
"""),
    right("optimizer", "copied", "the new numbers are made and copied into place", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.ps, self.lr = set(parameters), lr

    def step(self):
        with torch.no_grad():
            for p in self.ps:
                g = p.grad
                if g is not None:
                    p.copy_(p - self.lr * g)

    def zero_grad(self):
        for p in self.ps:
            if p.grad is not None:
                p.grad = torch.zeros_like(p.grad)
"""),
    right("dataset", "list-comprehension", "lists and slices by hand", """
class Dataset:
    def __init__(self, x, y):
        assert len(x) == len(y)
        self.data = (x, y)

    def __len__(self):
        return self.data[0].size(0)

    def __getitem__(self, i):
        return tuple(t[i] for t in self.data)
"""),
    right("dataset", "pairs-kept", "a list of pairs, stacked again when several are asked for", """
class Dataset:
    def __init__(self, x, y):
        self.pairs = list(zip(x, y))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        if isinstance(i, int):
            return self.pairs[i]
        chosen = self.pairs[i] if isinstance(i, slice) else [self.pairs[j] for j in i]
        xs, ys = zip(*chosen)
        return torch.stack(xs), torch.stack(ys)
"""),
    right("sampler", "sample-and-islice", "random.sample, and islice until nothing is left", """
from itertools import islice


class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.ds, self.shuffle = dataset, shuffle

    def __len__(self):
        return len(self.ds)

    def __iter__(self):
        res = list(range(len(self.ds)))
        if self.shuffle:
            res = random.sample(res, k=len(res))
        return iter(res)


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.bs, self.drop = sampler, batch_size, drop_last

    def __len__(self):
        return sum(1 for _ in range(0, len(self.sampler) - (self.bs - 1 if self.drop else 0), self.bs))

    def __iter__(self):
        it = iter(self.sampler)
        while chunk := list(islice(it, self.bs)):
            if self.drop and len(chunk) < self.bs:
                return
            yield chunk
"""),
    right("sampler", "iterator-class", "an iterator made afresh, NumPy's permutation, array_split by hand", """
class _Pass:
    def __init__(self, order):
        self.order, self.at = order, -1

    def __iter__(self):
        return self

    def __next__(self):
        self.at += 1
        if self.at >= len(self.order):
            raise StopIteration
        return int(self.order[self.at])


class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.dataset = dataset
        self.shuffle = shuffle

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        n = len(self.dataset)
        return _Pass(np.random.permutation(n) if self.shuffle else np.arange(n))


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        extra = len(self.sampler) % self.batch_size > 0 and not self.drop_last
        return len(self.sampler) // self.batch_size + extra

    def __iter__(self):
        everything = [i for i in self.sampler]
        batches = [everything[k:k + self.batch_size] for k in range(0, len(everything), self.batch_size)]
        if self.drop_last and batches and len(batches[-1]) != self.batch_size:
            batches.pop()
        return iter(batches)
"""),
    right("dataloader", "cat-and-map", "unsqueezed and concatenated, labels appended one by one", """
def collate(samples):
    X, Y = [], []
    for x, y in samples:
        X.append(x.unsqueeze(0))
        Y.append(y if isinstance(y, int) else y.item())
    return torch.cat(X, dim=0), torch.LongTensor(Y)


class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self):
        return len(self.batch_sampler)

    def __iter__(self):
        return map(lambda idxs: self.collate_fn([self.dataset[i] for i in idxs]), self.batch_sampler)
"""),
    right("dataloader", "as-tensor", "as_tensor for each label, next() by hand", """
def collate(samples):
    samples = [s for s in samples]
    xb = torch.stack([s[0] for s in samples])
    yb = torch.stack([torch.as_tensor(s[1]) for s in samples]).long()
    return [xb, yb]


class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.ds = dataset
        self.sampler = batch_sampler
        self.fn = collate_fn

    def __len__(self):
        return len(self.sampler)

    def __iter__(self):
        it = iter(self.sampler)
        while True:
            try:
                ids = next(it)
            except StopIteration:
                return
            yield self.fn([self.ds[int(i)] for i in ids])
"""),
    right("fit", "two-helpers", "helpers for an epoch and for the measures, gradients cleared first", """
def train_epoch(model, loss_func, opt, loader):
    model.train()
    for xb, yb in loader:
        opt.zero_grad()
        loss = loss_func(model(xb), yb)
        loss.backward()
        opt.step()
    opt.zero_grad()


@torch.no_grad()
def measures(model, loss_func, loader):
    model.eval()
    total, right, n = 0.0, 0, 0
    for xb, yb in loader:
        out = model(xb)
        total += loss_func(out, yb).item() * xb.size(0)
        right += int((out.argmax(1) == yb).sum())
        n += xb.size(0)
    model.train()
    return total / n, right / n


def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    for epoch in range(1, epochs + 1):
        train_epoch(model, loss_func, optimizer, train_loader)
        history.append(measures(model, loss_func, valid_loader))
    return history
"""),
    right("fit", "everything-concatenated", "all logits are kept and measured at once", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    out = []
    while len(out) < epochs:
        model.train()
        for batch in train_loader:
            x, y = batch
            loss = loss_func(model.__call__(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.inference_mode():
            pairs = [(model(x), y) for x, y in valid_loader]
            z, y = torch.cat([a for a, _ in pairs]), torch.cat([b for _, b in pairs])
            out.append([loss_func(z, y).item(), (z.argmax(-1) == y).double().mean().item()])
    return out
"""),
    right("fit", "running-means", "means brought up to date batch by batch", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    losses, accs = [], []
    for e in range(epochs):
        model.train(True)
        running = 0.0
        for i, (inputs, labels) in enumerate(train_loader):
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = loss_func(outputs, labels)
            loss.backward()
            optimizer.step()
            running += loss.item()
        model.eval()
        mean_loss = mean_acc = 0.0
        n = 0
        with torch.set_grad_enabled(False):
            for vinputs, vlabels in valid_loader:
                k = len(vlabels)
                voutputs = model(vinputs)
                n += k
                mean_loss += (loss_func(voutputs, vlabels).item() - mean_loss) * k / n
                mean_acc += (np.mean((voutputs.argmax(1) == vlabels).numpy()) - mean_acc) * k / n
        losses.append(mean_loss)
        accs.append(float(mean_acc))
    return list(zip(losses, accs))
"""),
    right("softmax", "normalize", "F.normalize with p=1", """
def softmax(x):
    return F.normalize(torch.exp(x - x.amax(1, keepdim=True)), p=1, dim=1)
"""),
    right("cross_entropy", "masked-select", "a mask made by comparing with arange", """
def nll(log_p, y):
    mask = torch.arange(log_p.size(1)).unsqueeze(0) == y.unsqueeze(1)
    return -torch.masked_select(log_p, mask).mean()


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    right("module", "registered-and-walked", "a list of children kept up to date, and a generator that walks", """
class Module:
    def __init__(self):
        self.__dict__["children"] = {}
        self.training = True

    def __setattr__(self, name, value):
        kids = self.__dict__["children"]
        if isinstance(value, (nn.Parameter, nn.Module, Module)):
            kids[name] = value
        else:
            kids.pop(name, None)
        super().__setattr__(name, value)

    def walk(self):
        for kid in self.children.values():
            if isinstance(kid, nn.Parameter):
                yield kid
            elif isinstance(kid, Module):
                yield from kid.walk()
            else:
                yield from kid.parameters()

    def parameters(self):
        done = []
        for p in self.walk():
            if all(p is not q for q in done):
                done.append(p)
        return iter(done)

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def train(self, mode=True):
        self.training = mode
        for kid in self.children.values():
            if not isinstance(kid, nn.Parameter):
                kid.train(mode)
        return self

    def eval(self):
        return self.train(mode=False)
"""),
    right("optimizer", "data-replaced", "p.data is given other numbers", """
class SGD:
    def __init__(self, parameters, lr=0.1):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        for p in filter(lambda q: q.grad is not None, self.parameters):
            p.data = p.data - self.lr * p.grad.data

    def zero_grad(self):
        for p in self.parameters:
            if p.grad is not None:
                p.grad.data.fill_(0)
"""),
    right("sampler", "numpy-generator", "NumPy's generator, and the iterator by zip_longest's recipe", """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.n, self.rng = len(dataset), np.random.default_rng() if shuffle else None

    def __len__(self):
        return self.n

    def __iter__(self):
        return iter(self.rng.permutation(self.n).tolist() if self.rng else range(self.n))


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.args = sampler, batch_size, drop_last

    def __len__(self):
        sampler, size, drop = self.args
        return math.floor(len(sampler) / size) if drop else math.ceil(len(sampler) / size)

    def __iter__(self):
        sampler, size, drop = self.args
        numbers = list(sampler)
        while len(numbers) >= size:
            batch, numbers = numbers[:size], numbers[size:]
            yield batch
        if numbers and not drop:
            yield numbers
"""),
    right("fit", "modes-by-flag", "train(False), set_grad_enabled, a list of rows", """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    def run(loader, learning):
        model.train(learning)
        rows = []
        with torch.set_grad_enabled(learning):
            for X, y in loader:
                z = model(X)
                loss = loss_func(z, y)
                if learning:
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                rows.append([loss.item() * len(y), float((z.argmax(1) == y).sum()), len(y)])
        totals = np.array(rows).sum(axis=0)
        return totals[0] / totals[2], totals[1] / totals[2]

    history = []
    for _ in range(epochs):
        run(train_loader, True)
        history.append(run(valid_loader, False))
    return history
"""),
)  # fmt: skip
