"""Wrong answers of a third set, those whose hints were not all true or missing at first: functions."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("softmax", "row-loop-tensor", "rebuilt from Python floats: dtype float32 and no gradient",
          {"detached", "single-result"}, """
def softmax(x):
    rows = []
    for row in x:
        m = max(row.tolist())
        exps = [math.exp(v - m) for v in row.tolist()]
        total = sum(exps)
        rows.append([e / total for e in exps])
    return torch.tensor(rows)
"""),
    wrong("softmax", "clamped-logits", "large logits are clamped in place of shifted", {"clamped"}, """
def softmax(x):
    x = torch.clamp(x, max=80)
    e = torch.exp(x)
    return e / e.sum(dim=1, keepdim=True)
"""),
    wrong("softmax", "abs-max", "shifts by the largest absolute value: rows of large negative logits become 0/0",
          {"shifted-by-the-size"}, """
def softmax(x):
    c = x.abs().max(dim=1, keepdim=True).values
    e = torch.exp(x - c)
    return e / e.sum(dim=1, keepdim=True)
"""),
    wrong("log_softmax", "minus-a", "the max is taken off again in place of being added", {"shift-sign"}, """
def logsumexp(x):
    a = torch.max(x, dim=1, keepdim=True).values
    result = torch.log(torch.sum(torch.exp(x - a), dim=1, keepdim=True)) - a
    return result


def log_softmax(x):
    return x - logsumexp(x)
"""),
    wrong("log_softmax", "lse-left-out", "only log_softmax is written; logsumexp is the stub", {"half-done"}, """
def logsumexp(x):
    result = x[:, :1]
    return result


def log_softmax(x):
    shifted = x - x.max(dim=1, keepdim=True)[0]
    return shifted - torch.log(torch.exp(shifted).sum(dim=1, keepdim=True))
"""),
    wrong("log_softmax", "eps-in-log", "a small number inside the logarithm", {"epsilon"}, """
def logsumexp(x):
    a = x.max(dim=1, keepdim=True)[0]
    return a + torch.log(torch.exp(x - a).sum(dim=1, keepdim=True) + 1e-8)


def log_softmax(x):
    return x - logsumexp(x)
"""),
    wrong("log_softmax", "divided", "divides by the log-sum-exp", {"divided"}, """
def logsumexp(x):
    m, _ = torch.max(x, dim=1, keepdim=True)
    return m + torch.log(torch.sum(torch.exp(x - m), dim=1, keepdim=True))


def log_softmax(x):
    return x / logsumexp(x)
"""),
    wrong("log_softmax", "lse-of-softmax", "the log-softmax of the softmax", {"of-probabilities"}, """
def logsumexp(x):
    m = x.max(1, keepdim=True).values
    return m + torch.exp(x - m).sum(1, keepdim=True).log()


def log_softmax(x):
    p = softmax(x)
    return p - logsumexp(p)
"""),
    wrong("cross_entropy", "item-loop", "adds up floats and wraps them: no gradient", {"detached"}, """
def nll(log_p, y):
    total = 0.0
    for i in range(log_p.shape[0]):
        total += log_p[i, y[i]].item()
    return torch.tensor(-total / log_p.shape[0], dtype=log_p.dtype)


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    wrong("cross_entropy", "gather-no-unsqueeze", "gather with a 1-d index raises", {"gather-shape"}, """
def nll(log_p, y):
    return -log_p.gather(1, y).mean()


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    wrong("cross_entropy", "binary-formula", "adds the terms of the other classes, as for the binary cross-entropy",
          {"as-for-two-classes"}, """
def nll(log_p, y):
    return -log_p[torch.arange(len(y)), y].mean()


def cross_entropy(logits, y):
    p = softmax(logits)
    t = torch.zeros_like(p)
    t[torch.arange(len(y)), y] = 1
    return -(t * torch.log(p) + (1 - t) * torch.log(1 - p)).sum(dim=1).mean()
"""),
    wrong("accuracy", "dim-zero", "argmax over the batch", {"wrong-axis"}, """
def accuracy(logits, y):
    preds = torch.argmax(logits, dim=0)
    correct = (preds == y).sum()
    return correct / len(y)
"""),
)  # fmt: skip
