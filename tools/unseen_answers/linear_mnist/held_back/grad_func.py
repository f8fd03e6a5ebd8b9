"""Wrong answers to the question for the gradient, held back."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong


def _wrong(slug: str, note: str, true: set[str], code: str) -> Unseen:
    return wrong("grad_func", slug, note, true, code)


WRONG = (
    _wrong("outer-products-added", "outer products, added up and never averaged", {"missing-mean"}, """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    for n in range(len(X)):
        p = torch.softmax(X[n] @ w, dim=0)
        grad += torch.outer(X[n], p - ystar[n])
    return grad
"""),
    _wrong("uphill", "the minus of the formula is forgotten", {"sign"}, """
def grad_func(X, ystar, w):
    N = X.shape[0]
    diff = ystar - F.softmax(X @ w, dim=1)
    grad = (1 / N) * X.T @ diff
    return grad
"""),
    _wrong("softmax-of-columns", "softmax down the batch", {"wrong-axis"}, """
def grad_func(X, ystar, w):
    z = X @ w
    p = torch.softmax(z, dim=0)
    grad = -(X.t() @ (ystar - p)) / X.size(0)
    return grad
"""),
    _wrong("divided-by-all-entries", "divided by N times C", {"mean-over-everything"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    delta = (p - ystar) / p.numel()
    grad = X.T @ delta
    return grad
"""),
    _wrong("sigmoid-derivative", "p(1 − p), the derivative of the sigmoid, as a further factor",
          {"derivative-too-many"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    dz = (p - ystar) * p * (1 - p)
    return X.T @ dz / X.shape[0]
"""),
    _wrong("plain-exponentials", "exp of the logits as they are", {"no-max-shift"}, """
def grad_func(X, ystar, w):
    e = (X @ w).exp()
    p = e / e.sum(dim=1, keepdim=True)
    return X.T.matmul(p - ystar).div(X.shape[0])
"""),
    _wrong("turned-result", "the product the other way round: (C, d)", {"transposed"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    grad = (p - ystar).T @ X / len(X)
    return grad
"""),
    _wrong("labels-forgotten", "the labels aren't used at all", {"answers-forgotten"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(torch.mm(X, w), dim=1)
    grad = torch.mm(X.T, p) / X.shape[0]
    return grad
"""),
    _wrong("residual-of-logits", "logits minus labels, as in linear regression", {"no-softmax"}, """
def grad_func(X, ystar, w):
    y_hat = X @ w
    error = y_hat - ystar
    grad = X.T @ error / len(X)
    return grad
"""),
    _wrong("hard-decisions", "the most probable class counts as 1, the others as 0", {"hard-decision"}, """
def grad_func(X, ystar, w):
    logits = X @ w
    guess = F.one_hot(logits.argmax(dim=1), num_classes=w.shape[1]).to(X.dtype)
    return X.T @ (guess - ystar) / X.shape[0]
"""),
    _wrong("float32-zeros", "added up in torch.zeros(d, C), which is float32",
          {"float32-returned", "float32-inside"}, """
def grad_func(X, ystar, w):
    grad = torch.zeros(X.shape[1], ystar.shape[1])
    p = torch.softmax(X @ w, dim=1)
    for i in range(X.shape[0]):
        grad += torch.outer(X[i], p[i] - ystar[i])
    return grad / X.shape[0]
"""),
    _wrong("last-example-only", "the loop overwrites the gradient in place of adding to it",
          {"last-example-averaged", "one-example"}, """
def grad_func(X, ystar, w):
    N = X.shape[0]
    for n in range(N):
        p = torch.softmax(X[n] @ w, dim=0)
        grad = torch.outer(X[n], p - ystar[n])
    return grad / N
"""),
    _wrong("right-column-only", "only the right class's column gets something", {"right-class-only"}, """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    p = torch.softmax(X @ w, dim=1)
    labels = ystar.argmax(dim=1)
    for i, c in enumerate(labels):
        grad[:, c] += (p[i, c] - 1) * X[i]
    return grad / X.shape[0]
"""),
    _wrong("small-differences", "a difference quotient in place of the formula", {"few-digits"}, """
def grad_func(X, ystar, w):
    def loss(w):
        log_p = torch.log_softmax(X @ w, dim=1)
        return -(ystar * log_p).sum() / X.shape[0]
    grad = torch.zeros_like(w)
    h = 1e-4
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            step = torch.zeros_like(w)
            step[i, j] = h
            grad[i, j] = (loss(w + step) - loss(w)) / h
    return grad
"""),
    _wrong("product-of-means", "the mean image times the mean error", {"right-for-one"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    error = (p - ystar).mean(dim=0)
    x = X.mean(dim=0)
    return torch.outer(x, error)
"""),
    _wrong("onehot-as-index", "the one-hot rows are taken for labels: an IndexError", set(), """
def grad_func(X, ystar, w):
    N = X.shape[0]
    p = torch.softmax(X @ w, dim=1)
    p[range(N), ystar] -= 1
    return X.T @ p / N
"""),
    _wrong("floor-division", "1 // N is 0 for more than one example", {"left-out", "right-for-one"}, """
def grad_func(X, ystar, w):
    N = X.shape[0]
    p = torch.softmax(X @ w, dim=1)
    return -(1 // N) * (X.T @ (ystar - p))
"""),
    _wrong("log-probabilities", "log_softmax where softmax belongs", {"log-probabilities"}, """
def grad_func(X, ystar, w):
    logp = F.log_softmax(X @ w, dim=1)
    grad = -1.0 / X.shape[0] * X.T @ (ystar - logp)
    return grad
"""),
    _wrong("batch-of-128", "divided by the usual size of a batch", {"batch-size-fixed"}, """
def grad_func(X, ystar, w):
    P = torch.softmax(X @ w, dim=1)
    G = X.T @ (P - ystar)
    return G / 128
"""),
    _wrong("uphill-sum", "neither the minus nor the division", {"missing-mean", "sign"}, """
def grad_func(X, ystar, w):
    z = X @ w
    p = (z - torch.logsumexp(z, 1, keepdim=True)).exp()
    grad = X.T @ (ystar - p)
    return grad
"""),
    _wrong("overwrites-labels", "works in the labels' own memory", {"changes-input"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    ystar -= p
    grad = -X.T @ ystar / X.shape[0]
    return grad
"""),
)  # fmt: skip
