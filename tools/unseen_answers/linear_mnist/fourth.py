"""Wrong answers of a fourth set, those that escaped, or whose hints were missing, at first."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("ce_loss", "ce-shift-by-largest-absolute-logit",
          "Shifts each row by its largest |logit| instead of its largest logit: with large negative logits all "
          "exponentials underflow, log 0, and the loss is infinite although logits up to -1e4 must work",
          {"shifted-by-the-size"}, """
def CE_loss(X, ystar, w):
    Z = X @ w
    # never exponentiate something big
    shift = Z.abs().amax(dim=1, keepdim=True)
    Zs = Z - shift
    logP = Zs - Zs.exp().sum(dim=1, keepdim=True).log()
    picked = torch.where(ystar > 0, logP, torch.zeros_like(logP))
    loss = -picked.sum() / Z.shape[0]
    return float(loss)
"""),
    wrong("ce_loss", "ce-cs231n-regularisation-left-in",
          "Adds 0.5 * reg * sum(w^2) from a CS231n softmax classifier: the loss must be the mean cross-entropy "
          "alone, and this differs whenever w isn't 0",
          {"weight-decay"}, """
def CE_loss(X, ystar, w):
    reg = 1e-4
    num_train = X.shape[0]
    scores = X.mm(w)
    scores = scores - scores.max(dim=1, keepdim=True)[0]
    y = ystar.argmax(dim=1)
    data_loss = (torch.log(torch.exp(scores).sum(dim=1)) - scores[torch.arange(num_train), y]).sum() / num_train
    reg_loss = 0.5 * reg * torch.sum(w * w)
    loss = data_loss + reg_loss
    return float(loss)
"""),
    wrong("ce_loss", "ce-ten-classes-and-no-shift",
          "Two: loops over exactly 10 classes (any C must work: IndexError for fewer, the rest dropped for "
          "more) and takes exp of raw logits, which overflows to inf/nan for large logits",
          set(), """
def CE_loss(X, ystar, w):
    Z = X @ w
    E = torch.exp(Z)
    denominator = E.sum(dim=1)
    total = 0.0
    for digit in range(10):
        p = E[:, digit] / denominator
        total -= (ystar[:, digit] * torch.log(p)).sum()
    loss = total / len(X)
    return float(loss)
"""),
    wrong("ce_loss", "ce-binary-formula-meaned-over-everything",
          "Two: adds the (1 - y) log(1 - p) terms of the binary cross-entropy, and takes the mean over all N*C "
          "entries instead of over the N examples",
          set(), """
def CE_loss(X, ystar, w):
    Z = (X @ w).cpu().numpy().astype(np.float64)
    Y = ystar.cpu().numpy()
    Z = Z - Z.max(axis=1, keepdims=True)
    P = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    tiny = 1e-300
    loss = -np.mean(Y * np.log(P + tiny) + (1 - Y) * np.log(1 - P + tiny))
    return float(loss)
"""),
    wrong("grad_func", "grad-reshape-instead-of-transpose",
          "X.reshape(d, N) isn't the transpose: the shape fits, but the pixels of different images are mixed up "
          "(right only for N = 1 or d = 1)",
          {"reshaped"}, """
def grad_func(X, ystar, w):
    N, d = X.shape
    P = F.softmax(X.matmul(w), dim=1)
    # X^T must be d x N
    Xt = X.reshape(d, N)
    grad = -(Xt @ (ystar - P)) / N
    assert grad.shape == w.shape
    return grad
"""),
    wrong("grad_func", "grad-sigmoid-when-one-class",
          "Treats C = 1 as binary logistic regression with a sigmoid: the softmax of one class is 1 and the "
          "gradient is 0, but this returns something else",
          set(), """
def grad_func(X, ystar, w):
    logits = X @ w
    if w.shape[1] == 1:
        probs = torch.sigmoid(logits)      # only one output -> binary case
    else:
        probs = torch.softmax(logits, dim=1)
    return X.t() @ (probs - ystar) / X.shape[0]
"""),
    wrong("grad_func", "grad-one-sided-differences",
          "Approximates the gradient by one-sided finite differences of step 1e-5: off by about 1e-6 in float64 "
          "(nine digits are asked for) and mostly noise in float32",
          set(), """
def _loss(X, ystar, w):
    Z = X @ w
    return (torch.logsumexp(Z, dim=1) - (Z * ystar).sum(dim=1)).mean()


def grad_func(X, ystar, w):
    h = 1e-5
    grad = torch.zeros_like(w)
    base = _loss(X, ystar, w)
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            w2 = w.clone()
            w2[i, j] += h
            grad[i, j] = (_loss(X, ystar, w2) - base) / h
    return grad
"""),
    wrong("grad_func", "grad-logits-clamped-at-80",
          "Clamps the logits at 80 before exp so that it doesn't overflow: all logits above 80 then count as "
          "equal, and rows of very negative logits give 0/0; wrong for logits up to 1e4",
          {"clamped-logits"}, """
def grad_func(X, ystar, w):
    z = (X @ w).clamp(max=80.0)   # exp(89) is inf in float32
    e = z.exp()
    s = e / e.sum(1, keepdim=True)
    grad = -X.T.mm(ystar - s).div(X.shape[0])
    return grad
"""),
    wrong("sgd_momentum", "sgd-add-without-underscore",
          "m.mul_(beta).add(grad) throws the sum away (add instead of add_), so m only decays and never takes "
          "up the gradient",
          {"gradient-lost"}, """
def sgd_momentum_step(w, m, grad, eta, beta):
    with torch.no_grad():
        m.mul_(beta).add(grad)
        w.sub_(eta * m)
    return w, m
"""),
    wrong("sgd_momentum", "sgd-loop-over-too-few-rows",
          "Loops over w.shape[1] (C) rows instead of w.shape[0] (d): the rows from C on are never updated (an "
          "IndexError when C > d)",
          set(), """
def sgd_momentum_step(w, m, grad, eta, beta):
    w = w.clone()
    m = m.clone()
    for i in range(w.shape[1]):
        m[i] = beta * m[i] + grad[i]
        w[i] = w[i] - eta * m[i]
    return w, m
"""),
    wrong("sgd_momentum", "sgd-view-needs-contiguous",
          "Flattens with .view(-1), which raises an error for tensors that aren't contiguous in memory; those, "
          "gradients too, have to work",
          set(), """
def sgd_momentum_step(w, m, grad, eta, beta):
    shape = w.shape
    flat_w, flat_m, flat_g = (q.view(-1) for q in (w, m, grad))
    flat_m = beta * flat_m + flat_g
    flat_w = flat_w - eta * flat_m
    return flat_w.view(shape), flat_m.view(shape)
"""),
    wrong("adam", "adam-fastai-defaults",
          "Changes the default settings to fast.ai's (beta_2 = 0.99, epsilon = 1e-5); they have to be kept, and "
          "calls that rely on them come out wrong",
          set(), """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.99, epsilon=1e-5):
    def unbias(avg, beta):
        return avg / (1 - beta ** t)

    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad * grad
    w = w - eta * unbias(m, beta_1) / (unbias(v, beta_2).sqrt() + epsilon)
    return w, m, v
"""),
    wrong("adam", "adam-arguments-in-another-order",
          "Changes the order of the arguments to (w, grad, m, v, t, ...); the function is called with "
          "positional arguments (w, m, v, grad, t), so m, v and grad get mixed up",
          set(), """
def adam_step(w, grad, m, v, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1 ** t)
    v_hat = v / (1 - beta_2 ** t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
)  # fmt: skip
