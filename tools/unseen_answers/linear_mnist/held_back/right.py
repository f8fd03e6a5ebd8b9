"""Right answers that look unusual, held back."""

from __future__ import annotations

from tools.unseen_answers.answers import right

_SGD = "\ndef sgd_momentum_step(w, m, grad, eta, beta):"
_ADAM = "\ndef adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):"


RIGHT = (
    right("ce_loss", "no-dim", "log_softmax without dim: old torch picks the classes, with a warning", """
def CE_loss(X, ystar, w):
    return -(ystar * F.log_softmax(X @ w)).sum().item() / len(X)
"""),
    right("ce_loss", "differences-to-the-right", "logits less the right class's: logsumexp is the loss", """
def CE_loss(X, ystar, w):
    z = X @ w
    own = (z * ystar).sum(dim=1, keepdim=True)
    return torch.logsumexp(z - own, dim=1).mean().item()
"""),
    right("ce_loss", "logaddexp", "the logarithms are added up class by class", """
def CE_loss(X, ystar, w):
    z = X @ w
    total = z[:, 0]
    for c in range(1, z.shape[1]):
        total = torch.logaddexp(total, z[:, c])
    return float((total - z[ystar.bool()]).mean())
"""),
    right("ce_loss", "running-mean", "the mean is kept up as the examples come", """
def CE_loss(X, ystar, w):
    mean = 0.0
    for n, (x, y) in enumerate(zip(X.double(), ystar), start=1):
        z = x @ w.double()
        mean += (float(z.logsumexp(0) - z[y.argmax()]) - mean) / n
    return mean
"""),
    right("grad_func", "cs231n", "the probabilities less 1 at the labels, in place", """
def grad_func(X, ystar, w):
    N = X.shape[0]
    scores = X @ w
    scores -= scores.max(dim=1, keepdim=True)[0]
    probs = torch.exp(scores)
    probs /= probs.sum(dim=1, keepdim=True)
    probs[torch.arange(N), ystar.argmax(dim=1)] -= 1
    return X.T @ (probs / N)
"""),
    right("grad_func", "mean-of-outers", "all outer products at once, and their mean", """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=-1)
    return torch.mean(X[:, :, None] * (p - ystar)[:, None, :], dim=0)
"""),
    right("grad_func", "two-sums", "what the model expects less what is there", """
def grad_func(X, ystar, w):
    N = len(X)
    expected = X.T @ torch.softmax(X @ w, 1)
    seen = X.T @ ystar
    return (expected - seen) / N
"""),
    right("grad_func", "column-by-column", "one class after the other", """
def grad_func(X, ystar, w):
    z = X @ w
    lse = torch.logsumexp(z, dim=1)
    columns = [X.T @ (torch.exp(z[:, c] - lse) - ystar[:, c]) for c in range(w.shape[1])]
    return torch.stack(columns, dim=1) / X.shape[0]
"""),
    right("sgd_momentum", "first-step-apart", "the first step takes the gradient as it is", _SGD + """
    if torch.count_nonzero(m) == 0:
        m = grad.clone()
    else:
        m = beta * m + grad
    return w - eta * m, m
"""),
    right("sgd_momentum", "torch-add", "torch.add with alpha, and a list", _SGD + """
    m = torch.add(grad, m, alpha=beta)
    return [torch.sub(w, m, alpha=eta), m]
"""),
    right("sgd_momentum", "two-terms", "w moves by both parts of the momentum", _SGD + """
    step = -eta * beta * m - eta * grad
    return w + step, beta * m + grad
"""),
    right("adam", "lerp", "running means as interpolations", _ADAM + """
    m = torch.lerp(m, grad, 1 - beta_1)
    v = torch.lerp(v, grad.square(), 1 - beta_2)
    bias_1, bias_2 = 1 - math.pow(beta_1, t), 1 - math.pow(beta_2, t)
    return w - eta / bias_1 * m / ((v / bias_2).sqrt() + epsilon), m, v
"""),
    right("adam", "torch-docs", "the lines of PyTorch's own optimiser", _ADAM + """
    m.mul_(beta_1).add_(grad, alpha=1 - beta_1)
    v.mul_(beta_2).addcmul_(grad, grad, value=1 - beta_2)
    bias_correction1 = 1 - beta_1 ** t
    bias_correction2 = 1 - beta_2 ** t
    step_size = eta / bias_correction1
    denom = (v.sqrt() / math.sqrt(bias_correction2)).add_(epsilon)
    w.addcdiv_(m, denom, value=-step_size)
    return w, m, v
"""),
    right("adam", "epsilon-scaled", "both corrections in the learning rate, and epsilon scaled along", _ADAM + """
    m = m + (1 - beta_1) * (grad - m)
    v = v + (1 - beta_2) * (grad * grad - v)
    root = (1 - beta_2 ** t) ** 0.5
    return w - eta * root / (1 - beta_1 ** t) * m / (v.sqrt() + epsilon * root), m, v
"""),
    right("adam", "numpy-and-back", "NumPy, and back to tensors", _ADAM + """
    g = grad.numpy()
    m_new = beta_1 * m.numpy() + (1 - beta_1) * g
    v_new = beta_2 * v.numpy() + (1 - beta_2) * np.square(g)
    step = eta * (m_new / (1 - beta_1 ** t)) / (np.sqrt(v_new / (1 - beta_2 ** t)) + epsilon)
    as_tensor = lambda a: torch.from_numpy(np.asarray(a)).to(w.dtype)
    return as_tensor(w.numpy() - step), as_tensor(m_new), as_tensor(v_new)
"""),
)  # fmt: skip
