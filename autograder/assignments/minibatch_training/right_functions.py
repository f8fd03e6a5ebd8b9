"""Right answers for the functions of tensors: softmax, its logarithm, cross-entropy, accuracy."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right

RIGHT = (
    Right("softmax", "max-shift", "exp of what is left of the row's largest entry, over its sum", """
def softmax(x):
    top = x.max(dim=1, keepdim=True).values
    e = torch.exp(x - top)
    return e / e.sum(dim=1, keepdim=True)
"""),
    Right("softmax", "row-by-row", "a loop over the rows", """
def softmax(x):
    rows = []
    for row in x:
        e = (row - row.max()).exp()
        rows.append(e / torch.sum(e))
    return torch.stack(rows)
"""),
    Right("softmax", "transposed", "with the classes in rows", """
def softmax(x):
    z = x.T
    z = z - z.amax(0)
    p = z.exp()
    return (p / p.sum(0)).T.contiguous()
"""),
    Right("softmax", "exp-of-logarithm", "exp of the logarithm of the softmax", """
def softmax(x):
    z = x - x.detach().max(dim=-1, keepdim=True)[0]
    log_sum = z.exp().sum(dim=-1, keepdim=True).log()
    return torch.exp(z - log_sum)
"""),
    Right("softmax", "differences", "one over the sum of exp of the differences, limited where exp is infinite", """
def softmax(x):
    differences = x.unsqueeze(1) - x.unsqueeze(2)
    top = x.amax(1, keepdim=True)
    num = torch.pow(math.e, x - top)
    den = torch.einsum("nc->n", num)
    return num / den[:, None] + 0 * differences.sum(dim=2)
"""),
    Right("log_softmax", "max-shift", "the row's largest entry is taken out and added again", """
def logsumexp(x):
    top = x.max(dim=1, keepdim=True).values
    return top + (x - top).exp().sum(dim=1, keepdim=True).log()

def log_softmax(x):
    return x - logsumexp(x)
"""),
    Right("log_softmax", "each-on-its-own", "log_softmax goes without logsumexp", """
def logsumexp(x):
    m = torch.amax(x, 1)
    s = torch.sum(torch.exp(x - m[:, None]), 1)
    return (m + torch.log(s)).view(-1, 1)

def log_softmax(x):
    z = x - torch.amax(x, 1)[:, None]
    return z - z.exp().sum(1).log().reshape(len(x), 1)
"""),
    Right("log_softmax", "detached-shift", "the shift has no gradient", """
def logsumexp(x):
    with torch.no_grad():
        c = x.max(-1, keepdim=True)[0]
    return torch.log(torch.exp(x.sub(c)).sum(-1, keepdim=True)).add(c)

def log_softmax(x):
    return x.sub(logsumexp(x))
"""),
    Right("log_softmax", "row-by-row", "loops over the rows", """
def logsumexp(x):
    out = []
    for i in range(x.shape[0]):
        top = max(x[i])
        out.append(top + sum(torch.exp(v - top) for v in x[i]).log())
    return torch.stack(out).unsqueeze(1)

def log_softmax(x):
    return torch.stack([x[i] - logsumexp(x[i:i + 1])[0] for i in range(len(x))])
"""),
    Right("cross_entropy", "indexing", "the label's entry of each row, by an index", """
def nll(log_p, y):
    return -log_p[torch.arange(len(y)), y].mean()

def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    Right("cross_entropy", "gather", "gather, and the mean as a sum over N", """
def nll(log_p, y):
    chosen = log_p.gather(1, y.unsqueeze(1))
    return -chosen.sum() / y.shape[0]

def cross_entropy(logits, y):
    return nll(log_softmax(logits), y)
"""),
    Right("cross_entropy", "one-hot", "one-hot rows", """
def nll(log_p, y):
    one_hot = F.one_hot(y, log_p.shape[1]).to(log_p.dtype)
    return -(one_hot * log_p).sum(dim=1).mean()

def cross_entropy(logits, y):
    log_p = log_softmax(logits)
    return nll(log_p, y)
"""),
    Right("cross_entropy", "log-sum-exp-minus-logit", "the loss is logsumexp minus the label's logit", """
def nll(log_p, y):
    return torch.mean(-torch.take_along_dim(log_p, y[:, None], dim=1))

def cross_entropy(logits, y):
    return (logsumexp(logits).squeeze(1) - logits[range(len(y)), y]).mean()
"""),
    Right("cross_entropy", "loop", "a loop over the examples", """
def nll(log_p, y):
    total = 0
    for row, label in zip(log_p, y):
        total = total - row[label]
    return total / len(y)

def cross_entropy(logits, y):
    z = logits - logits.max(1, keepdim=True)[0]
    return nll(z - z.exp().sum(1, keepdim=True).log(), y)
"""),
    Right("accuracy", "argmax", "argmax and a mean", """
def accuracy(logits, y):
    guess = logits.argmax(dim=1)
    return (guess == y).float().mean()
"""),
    Right("accuracy", "counted", "counted in Python", """
def accuracy(logits, y):
    right = 0
    for row, label in zip(logits.tolist(), y.tolist()):
        if row.index(max(row)) == label:
            right += 1
    return right / len(y)
"""),
    Right("accuracy", "item", "a float, by max and item", """
def accuracy(logits, y):
    _, guess = torch.max(logits, 1)
    return torch.eq(guess, y).sum().item() / y.size(0)
"""),
    Right("accuracy", "numpy", "NumPy's mean", """
def accuracy(logits, y):
    return np.mean(logits.detach().numpy().argmax(axis=1) == y.numpy())
"""),
    Right("accuracy", "by-value", "whether the label's logit is the largest", """
def accuracy(logits, y):
    chosen = logits[torch.arange(len(y)), y]
    return (chosen >= logits.max(1).values).double().mean()
"""),
)  # fmt: skip
