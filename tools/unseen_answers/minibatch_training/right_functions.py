"""Right answers of a third set, many as public courses write them: functions."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("softmax", "r-amax-exp", "amax and dim -1", """
def softmax(x):
    shifted = x - x.amax(-1, keepdim=True)
    weights = shifted.exp()
    return weights / weights.sum(-1, keepdim=True)
"""),
    right("softmax", "r-transpose", "with a transpose and a detached maximum", """
def softmax(X):
    X_exp = torch.exp((X.T - X.detach().max(dim=1).values).T)
    partition = X_exp.sum(1, keepdim=True)
    return X_exp / partition
"""),
    right("softmax", "r-row-stack", "a loop over rows, stacked", """
def softmax(x):
    out = []
    for row in x:
        e = torch.exp(row - torch.max(row))
        out.append(e / e.sum())
    return torch.stack(out)
"""),
    right("softmax", "r-einops", "via ratio of differences: 1 / sum_j exp(z_j - z_c)", """
def softmax(x):
    diffs = x[:, None, :] - x[:, :, None]
    return 1 / torch.exp(diffs.clamp(max=700 if x.dtype == torch.float64 else 80)).sum(-1)
"""),
    right("softmax", "r-filled-in", "fills the given zeros row by row", """
def softmax(x):
    p = torch.zeros_like(x)
    for n in range(x.shape[0]):
        e = torch.exp(x[n] - x[n].max())
        p[n] = e / e.sum()
    return p
"""),
    right("log_softmax", "r-fastai", "from the foundations", """
def logsumexp(x):
    m = x.max(-1)[0]
    return (m + (x - m[:, None]).exp().sum(-1).log())[:, None]


def log_softmax(x):
    return x - logsumexp(x)
"""),
    right("log_softmax", "r-minitorch", "shift first, log of sum, both independent", """
def logsumexp(x):
    mx = torch.max(x, 1, keepdim=True).values
    e = torch.exp(x - mx)
    return torch.log(torch.sum(e, 1, keepdim=True)) + mx


def log_softmax(x):
    mx = torch.max(x, 1, keepdim=True).values
    lse = torch.log(torch.sum(torch.exp(x - mx), 1, keepdim=True)) + mx
    return x - lse
"""),
    right("log_softmax", "r-makemore", "counts and logprobs", """
def logsumexp(x):
    logit_maxes = x.max(1, keepdim=True).values
    norm_logits = x - logit_maxes
    counts = norm_logits.exp()
    return counts.sum(1, keepdims=True).log() + logit_maxes


def log_softmax(logits):
    logit_maxes = logits.max(1, keepdim=True).values
    norm_logits = logits - logit_maxes
    counts = norm_logits.exp()
    counts_sum = counts.sum(1, keepdims=True)
    return norm_logits - counts_sum.log()
"""),
    right("cross_entropy", "r-onehot-sum", "DLS: -1/m * sum(Y * log(A))", """
def nll(log_p, y):
    m = y.shape[0]
    Y = torch.eye(log_p.shape[1], dtype=log_p.dtype)[y]
    return -(1. / m) * torch.sum(Y * log_p)


def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    right("cross_entropy", "r-gather", "gather with unsqueeze and squeeze", """
def nll(log_p, y):
    return -log_p.gather(1, y.unsqueeze(-1)).squeeze(-1).mean()


def cross_entropy(logits, y):
    lse = logsumexp(logits).squeeze(1)
    right = logits[range(len(y)), y]
    return (lse - right).mean()
"""),
    right("cross_entropy", "r-python-sum", "a comprehension over the rows", """
def nll(log_p, y):
    return -sum(row[label] for row, label in zip(log_p, y)) / len(y)


def cross_entropy(logits, y):
    return nll(log_softmax(log_softmax(logits)), y)
"""),
    right("accuracy", "r-d2l", "y_hat as in d2l", """
def accuracy(y_hat, y):
    if len(y_hat.shape) > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(axis=1)
    else:
        y_hat = y_hat.argmax(axis=1)
    cmp = y_hat.type(y.dtype) == y
    return float(cmp.type(y.dtype).sum()) / len(y)
"""),
    right("accuracy", "r-topk", "topk and eq", """
def accuracy(logits, y):
    _, pred = logits.topk(1, 1)
    return pred.view(-1).eq(y).double().mean().item()
"""),
    right("accuracy", "r-numpy", "numpy", """
def accuracy(logits, y):
    return np.mean(np.argmax(logits.detach().numpy(), axis=1) == y.numpy())
"""),
)  # fmt: skip
