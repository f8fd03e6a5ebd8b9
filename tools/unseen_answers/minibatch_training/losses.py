"""Wrong answers to the questions from softmax to accuracy."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("softmax", "numpy-round-trip", "through NumPy, so that autograd loses it", {"detached"}, """
def softmax(x):
    z = x.detach().numpy()
    z = z - np.max(z, axis=1, keepdims=True)
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return torch.from_numpy(p)
"""),
    wrong("softmax", "mean-shift", "shifted by the mean of the row", {"shifted-by-the-mean"}, """
def softmax(x):
    shifted = x - x.mean(dim=1, keepdim=True)
    exps = shifted.exp()
    return exps / exps.sum(dim=1, keepdim=True)
"""),
    wrong("softmax", "clipped", "logits clipped so that exp stays finite", {"clamped"}, """
def softmax(x):
    x = torch.clamp(x, -50, 50)
    e = torch.exp(x)
    return e / e.sum(1, keepdim=True)
"""),
    wrong("softmax", "unsqueeze-wrong-axis", "the sums stand in a row", {"no-keepdim"}, """
def softmax(x):
    x = x - torch.max(x, dim=1)[0].unsqueeze(1)
    X_exp = torch.exp(x)
    partition = X_exp.sum(1)
    return X_exp / partition.unsqueeze(0)
"""),
    wrong("softmax", "row-by-row-unshifted", "a loop over rows, exp as it is", {"no-shift"}, """
def softmax(x):
    rows = []
    for row in x:
        e = torch.exp(row)
        rows.append(e / e.sum())
    return torch.stack(rows)
"""),
    wrong("softmax", "filled-from-items", "numbers taken out and put into a new tensor", {"detached"}, """
def softmax(x):
    p = torch.zeros_like(x)
    for n in range(x.shape[0]):
        top = max(x[n].tolist())
        total = sum(math.exp(v - top) for v in x[n].tolist())
        for c in range(x.shape[1]):
            p[n, c] = math.exp(x[n, c].item() - top) / total
    return p
"""),
    wrong("log_softmax", "vector-of-maxima", "logsumexp is (N,), log_softmax takes care of it", {"not-a-column"}, """
def logsumexp(x):
    m = x.max(-1)[0]
    return m + (x - m[:, None]).exp().sum(-1).log()


def log_softmax(x):
    return x - logsumexp(x)[:, None]
"""),
    wrong("log_softmax", "maximum-not-added-back", "the maximum is taken out and stays out", {"shift-not-added"}, """
def logsumexp(x):
    m, _ = x.max(dim=1, keepdim=True)
    return torch.log(torch.sum(torch.exp(x - m), dim=1, keepdim=True))


def log_softmax(x):
    return x - logsumexp(x)
"""),
    wrong("log_softmax", "log-of-shifted-softmax", "a good logsumexp, and the log of a softmax",
          {"log-of-softmax"}, """
def logsumexp(x):
    m = torch.amax(x, 1, True)
    return m + (x - m).exp().sum(1, True).log()


def log_softmax(x):
    m = torch.amax(x, 1, True)
    e = (x - m).exp()
    return (e / e.sum(1, True)).log()
"""),
    wrong("log_softmax", "shifted-twice", "log_softmax shifts, and logsumexp adds it back",
          {"shift-taken-off-twice"}, """
def logsumexp(x):
    a = x.amax(dim=1, keepdim=True)
    return a + (x - a).exp().sum(dim=1, keepdim=True).log()


def log_softmax(x):
    a = x.amax(dim=1, keepdim=True)
    return (x - a) - logsumexp(x)
"""),
    wrong("log_softmax", "first-lesson-version", "the textbook formula in both, without the trick", {"no-shift"}, """
def logsumexp(x):
    return x.exp().sum(-1, keepdim=True).log()


def log_softmax(x):
    return x - x.exp().sum(-1, keepdim=True).log()
"""),
    wrong("log_softmax", "tiny-number-against-inf", "1e-12 inside the log", {"clamped-log"}, """
def logsumexp(x):
    c = x.max(dim=1, keepdim=True).values
    return c + torch.log((x - c).exp().sum(dim=1, keepdim=True) + 1e-12)


def log_softmax(x):
    p = torch.exp(x - x.max(dim=1, keepdim=True).values)
    p = p / p.sum(dim=1, keepdim=True)
    return torch.log(p + 1e-12)
"""),
    wrong("cross_entropy", "columns-picked", "log_p[:, y] is N by N", {"all-columns"}, """
def nll(log_p, y):
    return -log_p[:, y].mean()


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    wrong("cross_entropy", "one-hot-mean", "the mean of the masked matrix", {"mean-over-classes"}, """
def nll(log_p, y):
    targets = F.one_hot(y, log_p.shape[1]).to(log_p.dtype)
    return -(targets * log_p).mean()


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    wrong("cross_entropy", "probabilities-into-nll", "forgot the logarithm on the way",
          {"softmax-without-logarithm"}, """
def nll(log_p, y):
    n = y.shape[0]
    picked = log_p[range(n), y]
    return -picked.sum() / n


def cross_entropy(logits, y):
    probs = softmax(logits)
    return nll(probs, y)
"""),
    wrong("cross_entropy", "log-of-probabilities", "softmax, then log, then nll", {"log-of-softmax"}, """
def nll(log_p, y):
    return -log_p.gather(1, y.view(-1, 1)).mean()


def cross_entropy(logits, y):
    probs = softmax(logits)
    return nll(torch.log(probs), y)
"""),
    wrong("cross_entropy", "ten-classes", "one_hot with ten classes, always", {"classes-fixed"}, """
def nll(log_p, y):
    mask = F.one_hot(y, num_classes=10)
    return -(mask * log_p).sum(dim=1).mean()


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    wrong("cross_entropy", "python-float", "item() in nll", {"number"}, """
def nll(log_p, y):
    total = 0.0
    for i in range(len(y)):
        total -= log_p[i, y[i]].item()
    return total / len(y)


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    wrong("cross_entropy", "per-example", "one loss for each example", {"no-mean"}, """
def nll(log_p, y):
    return -log_p.gather(1, y.unsqueeze(1)).squeeze(1)


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    wrong("cross_entropy", "sign-in-one-only", "nll without its minus, cross_entropy puts it right", {"sign"}, """
def nll(log_p, y):
    return log_p[torch.arange(y.shape[0]), y].mean()


def cross_entropy(logits, y):
    return -nll(log_softmax(logits), y)
"""),
    wrong("accuracy", "value-for-index", "max()[0] is the largest logit, not its class", {"values-not-places"}, """
def accuracy(logits, y):
    preds = torch.max(logits, dim=1)[0]
    return (preds == y).float().mean()
"""),
    wrong("accuracy", "number-of-hits", "the count, as the quickstart sums it", {"count"}, """
def accuracy(logits, y):
    return (logits.argmax(1) == y).type(torch.float).sum().item()
"""),
    wrong("accuracy", "percent", "from 0 to 100", {"per-cent"}, """
def accuracy(logits, y):
    correct = logits.argmax(dim=1).eq(y).sum().item()
    return 100.0 * correct / y.size(0)
"""),
    wrong("accuracy", "mean-of-booleans", "torch has no mean of booleans", {"mean-of-booleans"}, """
def accuracy(logits, y):
    return torch.mean(torch.argmax(logits, dim=1) == y)
"""),
    wrong("accuracy", "floor-division", "// where / was meant", {"whole-division", "all-or-nothing"}, """
def accuracy(logits, y):
    hits = (logits.argmax(dim=-1) == y).sum()
    return float(hits // len(y))
"""),
)  # fmt: skip
