"""Named wrong answers and right ones, as students write them, each a few lines of code.

A solution cell's grade_id says where an answer belongs. The first right answer of a question is the usual one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a student might write into one solution cell."""

    question: str  # the solution cell's grade_id
    slug: str  # stable name
    sentence: str  # what it does, for the instructor
    code: str


RIGHT = (
    Answer("ce_loss", "log-softmax", "log_softmax, summed over the classes, averaged over the batch", """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    loss = -(ystar * log_p).sum(dim=1).mean()
    return float(loss)
"""),
    Answer("ce_loss", "numpy-shifted", "NumPy, with the largest logit taken out first", """
def CE_loss(X, ystar, w):
    z = X.cpu().numpy() @ w.cpu().numpy()
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(log_p * ystar.cpu().numpy()).sum() / len(z)
"""),
    Answer("grad_func", "matrix", "the formula, with a matrix product", """
def grad_func(X, ystar, w):
    grad = -X.T @ (ystar - torch.softmax(X @ w, dim=1)) / X.shape[0]
    return grad
"""),
    Answer("grad_func", "loop", "one example at a time", """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    for x, y in zip(X, ystar):
        grad += torch.outer(x, torch.softmax(x @ w, dim=0) - y)
    return grad / len(X)
"""),
    Answer("sgd_momentum", "new-tensors", "the formula, with new tensors", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m = beta * m + grad
    w = w - eta * m
    return w, m
"""),
    Answer("sgd_momentum", "in-place", "in place", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m.mul_(beta).add_(grad)
    w.sub_(m, alpha=eta)
    return [w, m]
"""),
    Answer("adam", "textbook", "the paper's formulas", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    Answer("adam", "lerp", "in place with lerp and addcmul, as torch.optim does it", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m.lerp_(grad, 1 - beta_1)
    v.mul_(beta_2).addcmul_(grad, grad, value=1 - beta_2)
    root = v.sqrt() / (1 - beta_2**t) ** 0.5 + epsilon
    w.addcdiv_(m, root, value=-eta / (1 - beta_1**t))
    return w, m, v
"""),
)  # fmt: skip

WRONG = (
    Answer("ce_loss", "no-max-shift", "exp of the raw logits: overflows when they are large", """
def CE_loss(X, ystar, w):
    e = torch.exp(X @ w)
    p = e / e.sum(dim=1, keepdim=True)
    return float(-(ystar * torch.log(p)).sum(dim=1).mean())
"""),
    Answer("ce_loss", "sum-over-batch", "the sum over the batch instead of the mean", """
def CE_loss(X, ystar, w):
    return float(-(ystar * torch.log_softmax(X @ w, dim=1)).sum())
"""),
    Answer("ce_loss", "ready-made", "the ready-made loss, under another name", """
from torch.nn import functional as tools
def CE_loss(X, ystar, w):
    return float(getattr(tools, "cross" + "_entropy")(X @ w, ystar))
"""),
    Answer("ce_loss", "tensor", "returns a tensor instead of a float", """
def CE_loss(X, ystar, w):
    return -(ystar * torch.log_softmax(X @ w, dim=1)).sum(dim=1).mean()
"""),
    Answer("grad_func", "missing-mean", "the 1/N is missing", """
def grad_func(X, ystar, w):
    return -X.T @ (ystar - torch.softmax(X @ w, dim=1))
"""),
    Answer("grad_func", "sign", "the sign is wrong", """
def grad_func(X, ystar, w):
    return X.T @ (ystar - torch.softmax(X @ w, dim=1)) / X.shape[0]
"""),
    Answer("grad_func", "changes-input", "subtracts the probabilities from ystar in place", """
def grad_func(X, ystar, w):
    ystar -= torch.softmax(X @ w, dim=1)
    return -X.T @ ystar / X.shape[0]
"""),
    Answer("grad_func", "autograd", "automatic differentiation", """
def grad_func(X, ystar, w):
    with torch.enable_grad():
        weights = w.clone().requires_grad_()
        loss = -(ystar * torch.log_softmax(X @ weights, dim=1)).sum(dim=1).mean()
        loss.backward()
    return weights.grad
"""),
    Answer("grad_func", "ends-the-process", "ends the whole process", """
import os
def grad_func(X, ystar, w):
    os._exit(0)
"""),
    Answer("sgd_momentum", "ema", "averages the gradient: (1 - beta) in front of it", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m = beta * m + (1 - beta) * grad
    w = w - eta * m
    return w, m
"""),
    Answer("sgd_momentum", "step-first", "takes the step before the momentum is updated", """
def sgd_momentum_step(w, m, grad, eta, beta):
    w = w - eta * m
    m = beta * m + grad
    return w, m
"""),
    Answer("adam", "no-bias-correction", "the bias correction is missing", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    w = w - eta * m / (v.sqrt() + epsilon)
    return w, m, v
"""),
    Answer("adam", "hangs", "never returns", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    while t > 0:
        m = beta_1 * m + (1 - beta_1) * grad
    return w, m, v
"""),
    Answer("adam", "memory", "asks for ever more memory", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    kept = []
    while True:
        kept.append(torch.ones(10_000_000))
"""),
)  # fmt: skip
