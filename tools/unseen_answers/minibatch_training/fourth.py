"""Wrong answers of a fourth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("softmax", "pairwise-ratio-nan-gradient",
          "1 / sum_j exp(z_j - z_c) gives the right values (1/inf = 0), but where the exponential overflows "
          "autograd makes 0 * inf = NaN of it, against 'right and finite up to +-10,000, and autograd can go "
          "through it'",
          {"gradient-wrong"}, """
def softmax(x):
    # divide numerator and denominator by e^{z_c}:  p_c = 1 / sum_j e^{z_j - z_c}
    # if something overflows, it is in the denominator, and 1/inf = 0 is what we want anyway :)
    differences = x[:, None, :] - x[:, :, None]      # [n, c, j] = z_j - z_c
    return 1 / torch.exp(differences).sum(dim=2)
"""),
    wrong("log_softmax", "only-one-of-the-two-shifts-detached",
          "a is detached where it is added back but not where it is subtracted, so the gradient is softmax "
          "minus one-hot of the maximum instead of softmax: what autograd makes of it is wrong",
          {"gradient-wrong"}, """
def logsumexp(x):
    a = x.max(dim=1, keepdim=True).values
    # the shift is only a constant, autograd needn't know about it
    return a.detach() + (x - a).exp().sum(dim=1, keepdim=True).log()


def log_softmax(x):
    return x - logsumexp(x)
"""),
    wrong("log_softmax", "shift-by-largest-absolute-value",
          "The shift is the largest |x| of the row: where all logits are very negative every exponential is 0 "
          "and the logarithm is -inf, against 'right and finite for entries up to +-10,000'",
          {"large-wrong"}, """
def logsumexp(x: torch.Tensor) -> torch.Tensor:
    # entries can be +10000 or -10000, so take the size
    a = torch.amax(x.abs(), dim=1, keepdim=True)
    z = torch.exp(x - a).sum(1, keepdim=True)
    return torch.log(z) + a


def log_softmax(x: torch.Tensor) -> torch.Tensor:
    return x - logsumexp(x)
"""),
    wrong("log_softmax", "n-by-n-and-log-of-softmax",
          "Two mistakes: (N, 1) + (N,) broadcasts to (N, N) where logsumexp is to be (N, 1), and log_softmax is "
          "log(softmax + 1e-10), which is never below -23 though it is to be right for logits up to +-10,000",
          set(), """
def logsumexp(x):
    a = torch.max(x, dim=1, keepdim=True).values
    result = a + torch.log(torch.sum(torch.exp(x - a), dim=1))
    # print(result.shape)
    return result


def log_softmax(x):
    # x - logsumexp(x) gives me an error about sizes (64 and 10)??
    log_p = torch.log(softmax(x) + 1e-10)
    return log_p
"""),
    wrong("accuracy", "keras-binary-case-and-rounding",
          "Two mistakes: with one or two classes it puts a threshold at 0.5 instead of taking the largest "
          "logit, and it rounds to four digits though the accuracy is to be exact to 1e-6",
          set(), """
def accuracy(logits, y):
    if logits.shape[1] <= 2:
        # binary: like tf.keras.metrics.binary_accuracy
        pred = (logits[:, -1] > 0.5).long()
    else:
        pred = torch.argmax(logits, axis=-1)
    fraction = (pred == y).sum().item() / y.shape[0]
    return round(fraction, 4)
"""),
    wrong("module", "names-without-prefix",
          "The parameters of inner Modules are merged into one dict under their own names without a prefix, so "
          "of two blocks of the same kind only the second one's parameters are given",
          {"parameters-wrong"}, """
class Module:
    def __init__(self):
        self.training = True

    def named_parameters(self):
        '''All parameters by name; the same parameter only once.'''
        named = {}
        for key, value in vars(self).items():
            if isinstance(value, nn.Parameter):
                named[key] = value
            elif isinstance(value, nn.Module):
                for k, p in value.named_parameters():
                    named[key + "." + k] = p
            elif isinstance(value, Module):
                named.update(value.named_parameters())
        seen, unique = set(), {}
        for k, p in named.items():
            if id(p) not in seen:
                seen.add(id(p))
                unique[k] = p
        return unique

    def parameters(self):
        return list(self.named_parameters().values())

    def __call__(self, *xs):
        return self.forward(*xs)

    def train(self, mode=True):
        self.training = mode
        for value in vars(self).values():
            if isinstance(value, (Module, nn.Module)):
                value.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "none-deletes-the-name",
          "Assigning None to a registered name only deletes the entry, so that reading the name raises "
          "AttributeError, where it should read None",
          {"parameters-wrong"}, """
class Module:
    def __init__(self):
        super().__setattr__("_parts", {})
        super().__setattr__("training", True)

    def __setattr__(self, name, value):
        if isinstance(value, (nn.Parameter, nn.Module, Module)):
            self.__dict__.pop(name, None)
            self._parts[name] = value
        elif value is None and name in self._parts:
            del self._parts[name]               # taken out
        else:
            super().__setattr__(name, value)

    def __getattr__(self, name):
        # only called if the usual way didn't find it
        parts = self.__dict__["_parts"]
        if name in parts:
            return parts[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name}")

    def __call__(self, *xs):
        return self.forward(*xs)

    def _all(self):
        for part in self._parts.values():
            if isinstance(part, nn.Parameter):
                yield part
            else:
                yield from part.parameters()

    def parameters(self):
        return iter({id(p): p for p in self._all()}.values())

    def train(self, mode=True):
        self.training = mode
        for part in self._parts.values():
            if not isinstance(part, nn.Parameter):
                part.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("module", "whatever-requires-a-gradient",
          "It registers every tensor that requires a gradient instead of every nn.Parameter: a plain tensor "
          "with requires_grad is given too, and a frozen parameter (requires_grad=False) is left out",
          {"parameters-wrong"}, """
class Module:
    # micrograd style

    def __init__(self):
        self.training = True

    def __call__(self, *xs):
        return self.forward(*xs)

    def children(self):
        for v in self.__dict__.values():
            if isinstance(v, Module) or isinstance(v, nn.Module):
                yield v

    def parameters(self):
        out, ids = [], set()

        def add(p):
            if id(p) not in ids:
                ids.add(id(p))
                out.append(p)

        for v in self.__dict__.values():
            if isinstance(v, torch.Tensor) and v.requires_grad:
                add(v)
            elif isinstance(v, (Module, nn.Module)):
                for p in v.parameters():
                    add(p)
        return out

    def train(self, mode=True):
        self.training = mode
        for c in self.children():
            c.train(mode)
        return self

    def eval(self):
        return self.train(False)
"""),
    wrong("sequential", "loop-ends-with-attribute-error",
          "Without __iter__ a loop asks s[0], s[1], ... until IndexError, but s[len(s)] raises AttributeError, "
          "so a loop over the layers ends with an error",
          {"loop-without-end"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.n = len(layers)
        for i, layer in enumerate(layers):
            setattr(self, f"layer{i}", layer)

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return getattr(self, f"layer{i}")

    def forward(self, x):
        for i in range(self.n):
            x = self[i](x)
        return x
"""),
    wrong("sequential", "sorted-as-strings",
          "The layers are sorted by their names as strings, where 'layer10' stands before 'layer2', so with "
          "more than ten layers the input passes them in the wrong order (and s[i] and the loop are wrong, too)",
          {"sorted-by-name"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.table = {}
        for number, layer in enumerate(layers):
            name = "layer" + str(number)
            self.table[name] = layer
            setattr(self, name, layer)

    def in_order(self):
        return [layer for name, layer in sorted(self.table.items(), key=lambda item: item[0])]

    def forward(self, x):
        for layer in self.in_order():
            x = layer(x)
        return x

    def __len__(self):
        return len(self.table)

    def __getitem__(self, i):
        return self.in_order()[i]

    def __iter__(self):
        return iter(self.in_order())
"""),
    wrong("sequential", "is-its-own-iterator",
          "The object is its own iterator and its position is reset only at the end of a pass: after a loop "
          "that was left with break (or with a call of s inside a loop) the next one doesn't give all layers, "
          "nor does the input pass all of them",
          {"looking-wrong"}, """
class Sequential(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = list(layers)
        self.position = 0
        for i, layer in enumerate(self.layers):
            setattr(self, "_%d" % i, layer)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return self

    def __next__(self):
        if self.position >= len(self.layers):
            self.position = 0
            raise StopIteration
        layer = self.layers[self.position]
        self.position += 1
        return layer

    def forward(self, x):
        for layer in self:
            x = layer(x)
        return x
"""),
    wrong("optimizer", "filter-is-gone-through-once",
          "self.params is a filter object that can be gone through only once, so after the first step() neither "
          "zero_grad() nor a second step() does anything, whatever iterable was given",
          {"generator-kept"}, """
class SGD:
    def __init__(self, parameters, lr=0.1):
        # frozen ones aren't trained
        self.params = filter(lambda p: p.requires_grad, list(parameters))
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p -= self.lr * p.grad

    def zero_grad(self):
        for p in self.params:
            p.grad = None
"""),
    wrong("sampler", "numpy-ints-and-length-without-drop-last",
          "Two mistakes: list(np.random.permutation(n)) holds np.int64 where Python ints are asked for, and len "
          "of the batch sampler ignores drop_last",
          set(), """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.dataset, self.shuffle = dataset, shuffle

    def __len__(self):
        return len(self.dataset)

    def __iter__(self):
        n = len(self.dataset)
        order = list(np.random.permutation(n)) if self.shuffle else list(range(n))
        for i in order:
            yield i


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.bs, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        return math.ceil(len(self.sampler) / self.bs)

    def __iter__(self):
        order = list(self.sampler)
        for start in range(0, len(order), self.bs):
            batch = order[start:start + self.bs]
            if len(batch) < self.bs and self.drop_last:
                break
            yield batch
"""),
    wrong("sampler", "own-shuffle-never-stays-in-place",
          "The hand-written shuffle draws j from 0 to i - 1 instead of 0 to i, so only cyclic orders come out "
          "(with two examples always [1, 0]): not every order is possible",
          {"sampler-wrong"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.size = len(dataset)
        self.shuffle = shuffle

    def __len__(self):
        return self.size

    def __iter__(self):
        order = [i for i in range(self.size)]
        if self.shuffle:
            # Fisher-Yates
            for i in range(self.size - 1, 0, -1):
                j = random.randrange(i)
                order[i], order[j] = order[j], order[i]
        yield from order


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __len__(self):
        n = len(self.sampler)
        if self.drop_last:
            return n // self.batch_size
        return (n + self.batch_size - 1) // self.batch_size

    def __iter__(self):
        batch = []
        for i in self.sampler:
            batch.append(i)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if len(batch) > 0 and not self.drop_last:
            yield batch
"""),
    wrong("sampler", "drop-last-drops-a-full-batch",
          "With drop_last the last list is left out always, also when it is full; only a shorter one is to be "
          "left out",
          {"batch-sampler-wrong"}, """
class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.numbers = list(range(len(dataset)))
        self.shuffle = shuffle

    def __len__(self):
        return len(self.numbers)

    def __iter__(self):
        if self.shuffle:
            return iter(torch.randperm(len(self.numbers)).tolist())
        return iter(self.numbers)


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self):
        numbers = list(self.sampler)
        batches = [numbers[k:k + self.batch_size] for k in range(0, len(numbers), self.batch_size)]
        if self.drop_last:
            batches.pop()
        return iter(batches)

    def __len__(self):
        n = math.ceil(len(self.sampler) / self.batch_size)
        return n - 1 if self.drop_last else n
"""),
    wrong("sampler", "filter-none-loses-index-0",
          "zip_longest fills the last batch with None, and filter(None, ...) takes out not only the None but "
          "also the number 0, so example 0 is never in a batch",
          {"batch-sampler-wrong"}, """
from itertools import zip_longest


class Sampler:
    def __init__(self, dataset, shuffle=False):
        self.n, self.shuffle = len(dataset), shuffle

    def __len__(self):
        return self.n

    def __iter__(self):
        order = range(self.n)
        return iter(random.sample(order, len(order))) if self.shuffle else iter(order)


class BatchSampler:
    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __len__(self):
        extra = 0 if self.drop_last else self.batch_size - 1
        return (len(self.sampler) + extra) // self.batch_size

    def __iter__(self):
        # the "grouper" recipe of itertools
        same_iterator = [iter(self.sampler)] * self.batch_size
        if self.drop_last:
            return (list(group) for group in zip(*same_iterator))
        return (list(filter(None, group)) for group in zip_longest(*same_iterator))
"""),
    wrong("dataloader", "vstack-instead-of-stack",
          "torch.vstack makes a new first axis only for vectors: images (28, 28) are joined to (N*28, 28), and "
          "examples without dimensions to (N, 1), where they are to be stacked along a new first axis",
          {"collate-wrong"}, """
def collate(samples):
    xs, ys = zip(*samples)
    return torch.vstack(xs), torch.tensor([int(y) for y in ys])


class DataLoader:
    def __init__(self, dataset, batch_sampler, collate_fn=collate):
        self.ds = dataset
        self.bs = batch_sampler
        self.collate_fn = collate_fn

    def __iter__(self):
        for ids in self.bs:
            yield self.collate_fn([self.ds[i] for i in ids])

    def __len__(self):
        return len(self.bs)
"""),
    wrong("fit", "early-stopping-and-mean-of-batch-means",
          "Two mistakes: it stops as soon as the validation loss gets worse, so there isn't a pair for each "
          "epoch, and it averages the batches' means, so an example in a shorter last batch counts more than "
          "the others",
          set(), """
def fit(epochs, model, loss_func, optimizer, train_loader, valid_loader):
    history = []
    best = float("inf")
    for epoch in range(epochs):
        model.train()
        for X, y in train_loader:
            loss = loss_func(model(X), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        model.eval()
        losses, accs = [], []
        with torch.no_grad():
            for X, y in valid_loader:
                z = model(X)
                losses.append(float(loss_func(z, y)))
                accs.append(float(accuracy(z, y)))
        val_loss = float(np.mean(losses))
        val_acc = float(np.mean(accs))
        history.append((val_loss, val_acc))

        # early stopping, patience 0
        if val_loss > best:
            print("stopped at epoch", epoch)
            break
        best = val_loss
    return history
"""),
)  # fmt: skip
