"""Right answers, written as differently as students write them. All of them must get all points.

The first one of a question is the usual answer: what ``misconceptions.py`` edits.
"""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right
from autograder.judge.diagnosis.registry import giving

RIGHT = (
    Right("ce_loss", "log-softmax", "log_softmax, summed over the classes, averaged over the batch", """
def CE_loss(X, ystar, w):
    logits = X @ w
    log_p = torch.log_softmax(logits, dim=1)
    loss = -(ystar * log_p).sum(dim=1).mean()
    return float(loss)
"""),
    Right("ce_loss", "numpy-shifted", "NumPy, with the largest logit taken out first", """
def CE_loss(X, ystar, w):
    z = X.cpu().numpy() @ w.cpu().numpy()
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -(log_p * ystar.cpu().numpy()).sum() / len(z)
"""),
    Right("ce_loss", "logsumexp", "logsumexp minus the right logit", """
def CE_loss(X, ystar, w):
    z = torch.matmul(X, w)
    loss = torch.logsumexp(z, 1) - (z * ystar).sum(1)
    return loss.mean().item()
"""),
    Right("ce_loss", "loop-over-examples", "one example at a time, in Python", """
def CE_loss(X, ystar, w):
    total = 0.0
    for x, y in zip(X, ystar):
        z = x @ w
        z = z - z.max()
        total += float(torch.log(torch.exp(z).sum()) - (z * y).sum())
    return total / len(X)
"""),
    Right("ce_loss", "gather", "labels, and gather for the right class", """
def CE_loss(X, ystar, w):
    labels = ystar.argmax(dim=1, keepdim=True)
    log_p = (X @ w).log_softmax(-1)
    return -log_p.gather(1, labels).mean().item()
"""),
    Right("ce_loss", "einsum", "einsum for both sums", """
def CE_loss(X, ystar, w):
    z = torch.einsum("nd,dc->nc", X, w)
    z = z - z.amax(dim=1, keepdim=True)
    log_p = z - z.exp().sum(1, keepdim=True).log()
    return float(-torch.einsum("nc,nc->", ystar, log_p) / X.size(0))
"""),
    Right("ce_loss", "float64-inside", "float64 on the way, a helper for the softmax", """
def stable_log_softmax(z):
    shifted = z - torch.max(z, dim=1, keepdim=True).values
    return shifted - torch.log(torch.sum(torch.exp(shifted), dim=1, keepdim=True))

def CE_loss(X, ystar, w):
    log_p = stable_log_softmax(X.double() @ w.double())
    return float(-torch.mean(torch.sum(ystar.double() * log_p, dim=1)))
"""),
    Right("ce_loss", "transposed", "everything with the classes in rows", """
def CE_loss(X, ystar, w):
    n = X.shape[0]
    log_p = F.log_softmax(w.t().mm(X.t()), dim=0)
    return float(-(ystar.t() * log_p).sum()) / n
"""),
    Right("ce_loss", "long-double", "NumPy in long double", """
def CE_loss(X, ystar, w):
    z = X.numpy().astype(np.longdouble) @ w.numpy().astype(np.longdouble)
    z = z - z.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - (z * ystar.numpy()).sum(axis=1))
"""),
    Right("grad_func", "matrix", "the formula, with a matrix product", """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    grad = -X.T @ (ystar - p) / X.shape[0]
    return grad
"""),
    Right("grad_func", "loop", "one example at a time", """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    for x, y in zip(X, ystar):
        grad += torch.outer(x, torch.softmax(x @ w, dim=0) - y)
    return grad / len(X)
"""),
    Right("grad_func", "einsum", "einsum", """
def grad_func(X, ystar, w):
    p = F.softmax(torch.einsum("nd,dc->nc", X, w), dim=-1)
    return torch.einsum("nd,nc->dc", X, p - ystar) / len(X)
"""),
    Right("grad_func", "numpy-and-back", "NumPy and back", """
def grad_func(X, ystar, w):
    x, y, v = X.cpu().numpy(), ystar.cpu().numpy(), w.cpu().numpy()
    z = x @ v
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return torch.from_numpy(x.T @ (p - y) / x.shape[0]).to(w.dtype).to(w.device)
"""),
    Right("grad_func", "own-softmax", "a softmax of its own", """
def softmax(z):
    e = torch.exp(z - z.max(dim=1, keepdim=True)[0])
    return e / e.sum(dim=1, keepdim=True)

def grad_func(X, ystar, w):
    error = softmax(X.mm(w)) - ystar
    return X.t().mm(error).div(X.shape[0])
"""),
    Right("grad_func", "mean-of-outer-products", "all outer products, averaged", """
def grad_func(X, ystar, w):
    error = torch.softmax(X @ w, 1).sub(ystar)
    return (X.unsqueeze(2) * error.unsqueeze(1)).mean(dim=0)
"""),
    Right("grad_func", "float64-inside", "float64 on the way", """
def grad_func(X, ystar, w):
    x = X.double()
    log_p = torch.log_softmax(x @ w.double(), dim=1)
    grad = x.T @ (log_p.exp() - ystar.double()) / x.shape[0]
    return grad.to(w.dtype)
"""),
    Right("grad_func", "in-place-on-a-copy", "in place, but on a tensor of its own", """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    p[torch.arange(len(X)), ystar.argmax(1)] -= 1
    p /= len(X)
    return X.T @ p
"""),
    Right("sgd_momentum", "new-tensors", "the formula, with new tensors", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m = beta * m + grad
    w = w - eta * m
    return w, m
"""),
    Right("sgd_momentum", "in-place", "in place", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m.mul_(beta).add_(grad)
    w.sub_(m, alpha=eta)
    return [w, m]
"""),
    Right("sgd_momentum", "operators-in-place", "augmented assignments", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m *= beta
    m += grad
    w -= eta * m
    return w, m
"""),
    Right("sgd_momentum", "numpy-and-back", "NumPy and back", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m_new = beta * m.cpu().numpy() + grad.cpu().numpy()
    w_new = w.cpu().numpy() - eta * m_new
    return torch.from_numpy(w_new).to(w), torch.from_numpy(m_new).to(m)
"""),
    Right("sgd_momentum", "torch-functions", "torch.add with alpha", """
def sgd_momentum_step(w, m, grad, eta, beta):
    velocity = torch.add(grad, m, alpha=beta)
    return torch.add(w, velocity, alpha=-eta), velocity
"""),
    Right("sgd_momentum", "entry-by-entry", "two loops", """
def sgd_momentum_step(w, m, grad, eta, beta):
    new_w, new_m = w.clone(), m.clone()
    for i in range(w.shape[0]):
        new_m[i] = beta * m[i] + grad[i]
        new_w[i] = w[i] - eta * new_m[i]
    return new_w, new_m
"""),
    Right("sgd_momentum", "split-step", "the two parts of the step one after the other", """
def sgd_momentum_step(w, m, grad, eta, beta):
    w = w - eta * beta * m - eta * grad
    return w, grad.add(m.mul(beta))
"""),
    Right("sgd_momentum", "difference", "the change of the momentum, added to it", """
def sgd_momentum_step(w, m, grad, eta, beta):
    m_next = m + (grad - (1 - beta) * m)
    return w - eta * m_next, m_next
"""),
    Right("adam", "textbook", "the paper's formulas", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    Right("adam", "lerp", "in place with lerp and addcmul, as torch.optim does it", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m.lerp_(grad, 1 - beta_1)
    v.mul_(beta_2).addcmul_(grad, grad, value=1 - beta_2)
    root = v.sqrt() / (1 - beta_2**t) ** 0.5 + epsilon
    w.addcdiv_(m, root, value=-eta / (1 - beta_1**t))
    return w, m, v
"""),
    Right("adam", "one-rate", "both corrections in the learning rate, epsilon with them (section 2 of the paper)", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m = m * beta_1 + grad * (1 - beta_1)
    v = v * beta_2 + grad * grad * (1 - beta_2)
    c = math.sqrt(1 - beta_2**t)
    rate = eta * c / (1 - beta_1**t)
    return w - rate * m / (v.sqrt() + epsilon * c), m, v
"""),
    Right("adam", "numpy-and-back", "NumPy and back", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    g = grad.cpu().numpy()
    m_new = beta_1 * m.cpu().numpy() + (1 - beta_1) * g
    v_new = beta_2 * v.cpu().numpy() + (1 - beta_2) * np.square(g)
    step = (m_new / (1 - beta_1**t)) / (np.sqrt(v_new / (1 - beta_2**t)) + epsilon)
    w_new = w.cpu().numpy() - eta * step
    return tuple(torch.from_numpy(a).to(w) for a in (w_new, m_new, v_new))
"""),
    Right("adam", "moving-average", "the difference to the old mean, and a helper", """
def moving_average(old, new, beta):
    return old + (1 - beta) * (new - old)

def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m, v = moving_average(m, grad, beta_1), moving_average(v, grad.pow(2), beta_2)
    m_hat, v_hat = m.div(1 - beta_1**t), v.div(1 - beta_2**t)
    return w - eta * (m_hat / (v_hat**0.5 + epsilon)), m, v
"""),
    Right("adam", "float64-inside", "float64 on the way", """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    g = grad.double()
    m1 = beta_1 * m.double() + (1 - beta_1) * g
    v1 = beta_2 * v.double() + (1 - beta_2) * g * g
    w1 = w.double() - eta * m1 / (1 - beta_1**t) / (torch.sqrt(v1 / (1 - beta_2**t)) + epsilon)
    return w1.to(w.dtype), m1.to(w.dtype), v1.to(w.dtype)
"""),
    Right("adam", "operators-in-place", "augmented assignments and a class for the result", """
from collections import namedtuple
Adam = namedtuple("Adam", "w m v")

def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m *= beta_1
    m += (1 - beta_1) * grad
    v *= beta_2
    v += (1 - beta_2) * grad * grad
    w -= eta * (m / (1 - beta_1**t)) / ((v / (1 - beta_2**t)).sqrt() + epsilon)
    return Adam(w, m, v)
"""),
)  # fmt: skip

# Of the question that gives extra points: nothing but training tries them.
OPTIONAL = (
    Right("other_optimiser", "rmsprop", "each weight's step by the root of a mean of its squared gradients", """
def other_step(w, state, grad, eta):
    v = torch.zeros_like(w) if state is None else state
    v = 0.99 * v + 0.01 * grad**2
    return w - eta * grad / (v.sqrt() + 1e-8), v
"""),
    Right("other_optimiser", "adagrad", "each weight's step by the root of the sum of its squared gradients", """
def other_step(w, state, grad, eta):
    total = grad**2 if state is None else state["total"] + grad**2
    return w - eta * grad / (total.sqrt() + 1e-10), {"total": total}
"""),
    Right("other_optimiser", "plain", "plain gradient descent", """
def other_step(w, state, grad, eta):
    return w - eta * grad, state
"""),
)  # fmt: skip

# What simulated students write where a human marks: short, plausible, and not all of it right.
TEXTS = {
    "derivation": (
        r"For one example $\log p_c = z_c - \log \sum_j e^{z_j}$, so $\partial \log p_c / \partial z_j$ is $1 - p_j$ "
        r"for $j = c$ and $-p_j$ else. Hence $\partial \ell / \partial z_j = p_j - y^\ast_j$. With $z = xw$ and the "
        r"mean over the batch we get $-\frac{1}{N} X^\top (y^\ast - p)$.",
        r"The derivative of the logarithm is $1/p$ and that of the softmax $p(1 - p)$, so the $p$ cancels and "
        r"$p - y^\ast$ remains. By the chain rule we multiply with $X^\top$ and divide by $N$.",
        "It follows from the chain rule: the loss depends on $w$ through $z = Xw$ only.",
    ),
    "batch_size": (
        "With small batches the loss falls faster per epoch, since there are more steps, but it is noisier. Large "
        "batches give smooth curves and need more epochs.",
        "The curve for the smallest batch is below the others after one epoch. After several epochs they come close.",
        "Larger batches are better because the gradient is more exact.",
    ),
}


# Answers that know nothing of the question: not one of them may get a point, whatever it is for.
KNOWS_NOTHING = {
    "ce_loss": giving(
        "CE_loss(X, ystar, w)", "0.0", "1.0", "-1.0", "0.5", "math.log(10)", "math.nan", "math.inf",
        "torch.tensor(1.0)", "X", "ystar", "w", "float(X.mean())", "float(w.mean())", "float(ystar.mean())",
        "float(w.norm())", "1 / len(X)", "float(torch.rand(()))", "float(torch.randn(()))",
    ),
    "grad_func": giving(
        "grad_func(X, ystar, w)", "0.0", "torch.zeros_like(w)", "torch.ones_like(w)", "torch.full_like(w, 0.1)",
        "torch.full_like(w, math.nan)", "X", "ystar", "X.T", "w", "-w", "w / len(X)", "torch.randn_like(w)",
        "torch.rand_like(w)",
    ),
    "sgd_momentum": giving(
        "sgd_momentum_step(w, m, grad, eta, beta)", "0.0", "0.0, 0.0", "w", "w, m", "m, w", "w, w", "w, 0 * m",
        "w, grad", "grad, grad", "0 * w, 0 * m", "torch.ones_like(w), torch.ones_like(m)", "w - eta, m", "w, m, grad",
        "torch.randn_like(w), torch.randn_like(m)", "w + torch.randn_like(w), m + torch.randn_like(m)",
    ),
    "adam": giving(
        "adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8)", "0.0", "0.0, 0.0, 0.0", "w",
        "w, m, v", "w, v, m", "w, w, w", "w, 0 * m, 0 * v", "0 * w, 0 * m, 0 * v", "grad, grad, grad", "w, m, v, grad",
        "torch.ones_like(w), torch.ones_like(m), torch.ones_like(v)", "w - eta, m, v",
        "torch.randn_like(w), torch.randn_like(m), torch.rand_like(v)",
        "w + torch.randn_like(w), m + torch.randn_like(m), v + torch.rand_like(v)",
    ),
}  # fmt: skip
