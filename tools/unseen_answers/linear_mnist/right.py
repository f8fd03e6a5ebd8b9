"""Right answers that look unusual."""

from __future__ import annotations

from tools.unseen_answers.answers import right

_SGD = "\ndef sgd_momentum_step(w, m, grad, eta, beta):"
_ADAM = "\ndef adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):"


RIGHT = (
    right("ce_loss", "log-softmax-twice", "log_softmax of log_softmax changes nothing", """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(torch.log_softmax(X @ w, dim=1), dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    right("ce_loss", "abs", "the size of a number that is negative", """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return abs(float((ystar * log_p).sum())) / len(X)
"""),
    right("ce_loss", "largest-term", "the one term that isn't zero is the largest", """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float((-ystar * log_p).amax(dim=1).mean())
"""),
    right("ce_loss", "index-arithmetic", "places in the flattened matrix", """
def CE_loss(X, ystar, w):
    z = X @ w
    n, c = z.shape
    log_p = torch.log_softmax(z, 1).reshape(-1)
    places = torch.arange(n) * c + ystar.argmax(1)
    return -log_p[places].sum().item() / n
"""),
    right("ce_loss", "boolean-mask", "a mask picks the right classes", """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return -log_p[ystar.bool()].mean().item()
"""),
    right("ce_loss", "softplus-of-differences", "log of 1 + the sum of exp of differences", """
def CE_loss(X, ystar, w):
    z = X @ w
    right = (z * ystar).sum(1, keepdim=True)
    return float(torch.logsumexp(z - right, dim=1).mean())
"""),
    right("ce_loss", "logaddexp-loop", "log-sum-exp folded with logaddexp, class by class", """
def CE_loss(X, ystar, w):
    z = X @ w
    total = z[:, 0]
    for j in range(1, z.shape[1]):
        total = torch.logaddexp(total, z[:, j])
    return float((total - (z * ystar).sum(1)).sum() / z.shape[0])
"""),
    right("ce_loss", "blocks-weighted", "blocks of 32, each with its weight", """
def CE_loss(X, ystar, w):
    total = 0.0
    for i in range(0, len(X), 32):
        x, y = X[i:i + 32], ystar[i:i + 32]
        total += float(-(y * torch.log_softmax(x @ w, 1)).sum(1).mean()) * len(x)
    return total / len(X)
"""),
    right("ce_loss", "trace", "the trace of a product", """
def CE_loss(X, ystar, w):
    log_p = torch.nn.LogSoftmax(dim=-1)(F.linear(X, w.T))
    return -float(torch.trace(ystar.T @ log_p)) / X.shape[0]
"""),
    right("ce_loss", "own-copy-in-place", "in place on its own logits", """
def CE_loss(X, ystar, w):
    z = X @ w
    z -= z.max(dim=1, keepdim=True)[0]
    z -= z.exp().sum(dim=1, keepdim=True).log_()
    return -z.mul_(ystar).sum(dim=1).mean().item()
"""),
    right("ce_loss", "numpy-float", "np.float64, NumPy with labels", """
def CE_loss(X, ystar, w):
    z = (X.double() @ w.double()).numpy()
    c = z.max(1)
    lse = c + np.log(np.sum(np.exp(z - c[:, None]), 1))
    return np.mean(lse - z[np.arange(len(z)), ystar.numpy().argmax(1)])
"""),
    right("grad_func", "scatter", "scatter_add takes 1 off", """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    labels = ystar.argmax(dim=1, keepdim=True)
    p.scatter_add_(1, labels, -torch.ones_like(labels, dtype=p.dtype))
    return X.T @ p / X.shape[0]
"""),
    right("grad_func", "exp-minus-lse", "exp(z − logsumexp)", """
def grad_func(X, ystar, w):
    z = X @ w
    p = torch.exp(z - torch.logsumexp(z, dim=1, keepdim=True))
    return X.T @ (p - ystar) / X.shape[0]
"""),
    right("grad_func", "no-dim", "softmax without dim, which takes the classes of a matrix", """
def grad_func(X, ystar, w):
    p = F.softmax(X @ w)
    return X.t() @ (p - ystar) / X.size(0)
"""),
    right("grad_func", "count-by-answers", "N is the sum of the one-hot rows", """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return X.T @ (p - ystar) / ystar.sum()
"""),
    right("grad_func", "column-by-column", "a loop over the classes", """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    columns = [X.T @ (p[:, c] - ystar[:, c]) / X.shape[0] for c in range(w.shape[1])]
    return torch.stack(columns, dim=1)
"""),
    right("grad_func", "by-jacobian", "the softmax's Jacobian and 1/p, where p isn't tiny; the short form else", """
def grad_func(X, ystar, w):
    p = torch.softmax(X.double() @ w.double(), dim=1)
    y = ystar.double()
    jacobian = torch.diag_embed(p) - p.unsqueeze(2) * p.unsqueeze(1)
    right = (p * y).sum(1)
    long = torch.einsum("nij,nj->ni", jacobian, -y / p.clamp(min=1e-300))
    error = torch.where((right > 1e-3).unsqueeze(1), long, p - y)
    return (X.double().T @ error / len(X)).to(w.dtype)
"""),
    right("grad_func", "tensordot", "tensordot, and a difference of two products", """
def grad_func(X, ystar, w):
    p = torch.softmax(torch.tensordot(X, w, dims=1), dim=1)
    return torch.tensordot(X, p / len(X), dims=([0], [0])) - torch.tensordot(X, ystar / len(X), dims=([0], [0]))
"""),
    right("grad_func", "ready-zeros", "added up into zeros with addmm", """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    error = ystar.neg().add(torch.softmax(X @ w, dim=1))
    return torch.addmm(grad, X.T, error, alpha=1 / X.shape[0])
"""),
    right("sgd_momentum", "foreach", "the rows as a list, stacked again", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m = torch.stack([beta * a + b for a, b in zip(m, grad)])
    return torch.stack([a - eta * b for a, b in zip(w, m)]), m
"""),
    right("sgd_momentum", "stacked", "one matrix product for both", """
def sgd_momentum_step(w, m, grad, eta, beta):
    A = torch.tensor([[1.0, -eta * beta, -eta], [0.0, beta, 1.0]], dtype=w.dtype)
    both = torch.einsum("ij,jdc->idc", A, torch.stack([w, m, grad]))
    return both[0], both[1]
"""),
    right("sgd_momentum", "velocity-with-sign", "a velocity that points downhill, turned round at the end", """
def sgd_momentum_step(w, m, grad, eta, beta):
    downhill = -m
    downhill = beta * downhill - grad
    return w + eta * downhill, -downhill
"""),
    right("sgd_momentum", "first-step-apart", "the first step apart, as in torch.optim", """
def sgd_momentum_step(w, m, grad, eta, beta):
    if not m.any():
        m = grad.clone()
    else:
        m = m * beta + grad
    return w.sub(m, alpha=eta), m
"""),
    right("sgd_momentum", "copy-of-grad", "grad's copy is the buffer", """
def sgd_momentum_step(w, m, grad, eta, beta):
    buffer = grad.clone()
    buffer += beta * m
    w = w.detach().clone()
    w -= eta * buffer
    return w, buffer
"""),
    right("adam", "power-of-tensor", "torch.pow, rsqrt's square, float64", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    b1, b2 = math.pow(beta_1, t), math.pow(beta_2, t)
    m = m.mul(beta_1).add(grad.mul(1 - beta_1))
    v = torch.addcmul(v.mul(beta_2), grad, grad, value=1 - beta_2)
    root = torch.pow(v.div(1 - b2), 0.5).add(epsilon)
    return w.sub(m.div(1 - b1).div(root).mul(eta)), m, v
"""),
    right("adam", "hypot", "the square by abs and multiplication, the weights row by row", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad.abs() * grad.abs()
    out = torch.empty_like(w)
    for i in range(len(w)):
        out[i] = w[i] - eta * (m[i] / (1 - beta_1**t)) / (torch.sqrt(v[i] / (1 - beta_2**t)) + epsilon)
    return out, m, v
"""),
    right("adam", "sum-of-geometric-series", "1 − beta^t as a product and a sum", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    c1 = (1 - beta_1) * sum(beta_1**i for i in range(t))
    c2 = (1 - beta_2) * sum(beta_2**i for i in range(t))
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    return [w - eta * (m / c1) / ((v / c2).sqrt() + epsilon), m, v]
"""),
    right("adam", "einsum-square", "einsum for the square, numbers as float64 tensors", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m = torch.einsum("dc,->dc", m, torch.tensor(beta_1, dtype=m.dtype)) + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * torch.einsum("dc,dc->dc", grad, grad)
    return w - eta * (m / (1 - beta_1**t)) / (torch.sqrt(v / (1 - beta_2**t)) + epsilon), m, v
"""),
    right("adam", "own-copies-in-place", "in place on copies", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    w, m, v, g = w.clone(), m.clone(), v.clone(), grad.clone()
    m.mul_(beta_1).add_(g, alpha=1 - beta_1)
    v.mul_(beta_2).add_(g.square_(), alpha=1 - beta_2)
    w.addcdiv_(m / (1 - beta_1**t), (v / (1 - beta_2**t)).sqrt_().add_(epsilon), value=-eta)
    return w, m, v
"""),
)  # fmt: skip
