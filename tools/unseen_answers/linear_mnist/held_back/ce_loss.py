"""Wrong answers to the question for the loss, held back."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong


def _wrong(slug: str, note: str, true: set[str], code: str) -> Unseen:
    return wrong("ce_loss", slug, note, true, code)


WRONG = (
    _wrong("batch-softmax-by-hand", "the softmax is taken down the batch", {"wrong-axis"}, """
def CE_loss(X, ystar, w):
    Z = X @ w
    Z = Z - Z.max(0, keepdim=True).values
    logp = Z - torch.log(torch.exp(Z).sum(0, keepdim=True))
    loss = -torch.sum(ystar * logp) / len(X)
    return float(loss)
"""),
    _wrong("mean-of-everything", "one mean over examples and classes", {"mean-over-everything"}, """
def CE_loss(X, ystar, w):
    logits = torch.matmul(X, w)
    log_probs = logits - torch.logsumexp(logits, dim=-1, keepdim=True)
    loss = torch.mean(-ystar * log_probs)
    return float(loss)
"""),
    _wrong("loop-never-divided", "a loop adds up the examples and stops there", {"sum-over-batch"}, """
def CE_loss(X, ystar, w):
    loss = 0.0
    for i in range(X.shape[0]):
        z = X[i] @ w
        log_p = z - torch.logsumexp(z, dim=0)
        loss += -torch.dot(ystar[i], log_p)
    return float(loss)
"""),
    _wrong("log-softmax-of-softmax", "softmax first, then log_softmax of the probabilities", {"softmax-twice"}, """
def CE_loss(X, ystar, w):
    probs = torch.softmax(X @ w, dim=1)
    log_probs = F.log_softmax(probs, dim=1)
    loss = -(log_probs * ystar).sum(1).mean()
    return float(loss)
"""),
    _wrong("exp-helper", "a softmax of one's own without any shift, and its log",
          {"no-max-shift", "log-of-softmax"}, """
def softmax(z):
    ez = torch.exp(z)
    return ez / ez.sum(axis=1).reshape(-1, 1)

def CE_loss(X, ystar, w):
    loss = 0.0
    p = softmax(X @ w)
    loss = -torch.sum(ystar * torch.log(p), axis=1).mean()
    return float(loss)
"""),
    _wrong("whole-max", "the largest logit of the whole batch is taken off", {"one-shift-for-all"}, """
def CE_loss(X, ystar, w):
    z = X.mm(w)
    z = z - torch.max(z)
    lse = torch.log(torch.sum(torch.exp(z), dim=1))
    right = torch.sum(z * ystar, dim=1)
    return float(torch.mean(lse - right))
"""),
    _wrong("clamped-probabilities", "probabilities are kept away from 0 by clamp", {"clamped-log"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    p = p.clamp(min=1e-7, max=1.0)
    return float(-(ystar * p.log()).sum(dim=1).mean())
"""),
    _wrong("binary-terms-too", "the terms of binary cross-entropy for the other classes are added",
          {"binary", "log-of-softmax"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    loss = -(ystar * torch.log(p) + (1 - ystar) * torch.log(1 - p)).sum() / X.shape[0]
    return float(loss)
"""),
    _wrong("no-log-at-all", "minus the mean probability of the right class", {"no-logarithm"}, """
def CE_loss(X, ystar, w):
    P = F.softmax(X @ w, dim=1)
    N = X.shape[0]
    loss = -1 / N * torch.sum(ystar * P)
    return float(loss)
"""),
    _wrong("divided-by-features", "X.shape[1] for the number of examples", {"divided-by-features"}, """
def CE_loss(X, ystar, w):
    N = X.shape[1]
    logits = X @ w
    log_p = logits - torch.logsumexp(logits, 1, keepdim=True)
    loss = -torch.sum(ystar * log_p) / N
    return float(loss)
"""),
    _wrong("all-columns-of-labels", "p[:, labels] picks each example's label from all examples", {"right-for-one"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    labels = torch.argmax(ystar, dim=1)
    return float(-log_p[:, labels].mean())
"""),
    _wrong("lse-without-keepdim", "logsumexp has lost its axis: wrong broadcast, or an exception",
          {"keepdim-missing"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    log_p = z - torch.logsumexp(z, dim=1)
    loss = -(ystar * log_p).sum() / X.shape[0]
    return float(loss)
"""),
    _wrong("log-of-mean", "the logarithm of the mean probability in place of the mean logarithm",
          {"log-of-softmax"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    p_right = (p * ystar).sum(dim=1)
    return float(-torch.log(p_right.mean()))
"""),
    _wrong("float-first", "everything is made float32 first", {"float32-inside"}, """
def CE_loss(X, ystar, w):
    X, ystar, w = X.float(), ystar.float(), w.float()
    z = X @ w
    log_p = z - z.logsumexp(1, keepdim=True)
    return float(-(ystar * log_p).sum(1).mean())
"""),
    _wrong("return-in-the-loop", "the loop returns after its first example",
          {"last-example-averaged", "one-example"}, """
def CE_loss(X, ystar, w):
    loss = 0
    for x, y in zip(X, ystar):
        z = x @ w
        log_p = z - torch.logsumexp(z, dim=0)
        loss = loss - (y * log_p).sum()
        return float(loss / len(X))
"""),
    _wrong("clipped-logits", "logits are clipped to ±50 so that exp can't overflow", {"clamped-logits"}, """
def CE_loss(X, ystar, w):
    z = torch.clamp(X @ w, -50, 50)
    log_p = z - torch.log(torch.exp(z).sum(dim=1, keepdim=True))
    return float(-(ystar * log_p).sum() / len(z))
"""),
    _wrong("entropy-of-p", "weighted by the probabilities themselves: the entropy of p",
          {"entropy", "predicted-class"}, """
def CE_loss(X, ystar, w):
    logits = X @ w
    log_p = logits - torch.logsumexp(logits, dim=1, keepdim=True)
    p = torch.exp(log_p)
    loss = -(p * log_p).sum() / X.shape[0]
    return float(loss)
"""),
    _wrong("plus-and-all-mean", "no minus, and a mean over classes as well", {"sign", "mean-over-everything"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    loss = (ystar * log_p).mean()
    return loss.item()
"""),
    _wrong("max-minus-logits", "the shift is taken off the logits, but not put back for the right class's",
          {"shift-not-put-back"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    zmax = z.max(dim=1, keepdim=True).values
    lse = torch.log(torch.exp(z - zmax).sum(dim=1))
    return float((lse - (z * ystar).sum(dim=1)).mean())
"""),
)  # fmt: skip
