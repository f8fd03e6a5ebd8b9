"""Wrong answers to the question for the gradient."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong


def _wrong(slug: str, note: str, true: set[str], code: str) -> Unseen:
    return wrong("grad_func", slug, note, true, code)


WRONG = (
    _wrong("exp-minus-lse-no-keepdim", "without keepdim: an error, or the wrong rows where N = C",
          {"keepdim-missing"}, """
def grad_func(X, ystar, w):
    z = X @ w
    p = torch.exp(z - torch.logsumexp(z, dim=1))
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("exp-minus-lse-over-batch", "exp(z − lse) with lse over the batch", {"wrong-axis"}, """
def grad_func(X, ystar, w):
    z = X @ w
    p = torch.exp(z - torch.logsumexp(z, dim=0))
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("exp-minus-raw-lse", "exp(z − lse) with a raw log-sum-exp: 0 where exp overflows, inf where it underflows",
          {"no-max-shift"}, """
def grad_func(X, ystar, w):
    z = X @ w
    lse = torch.log(torch.exp(z).sum(dim=1, keepdim=True))
    p = torch.exp(z - lse)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("exp-minus-lse-one-maximum", "exp(z − lse), with one maximum for the batch", {"one-shift-for-all"}, """
def grad_func(X, ystar, w):
    z = X @ w
    c = z.max()
    lse = c + torch.log(torch.exp(z - c).sum(dim=1, keepdim=True))
    p = torch.exp(z - lse)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("one-maximum-numpy", "one maximum for the batch, in NumPy", {"one-shift-for-all"}, """
def grad_func(X, ystar, w):
    x, y = X.numpy(), ystar.numpy()
    scores = x @ w.numpy()
    e = np.exp(scores - np.max(scores))
    p = e / np.sum(e, axis=1, keepdims=True)
    return torch.from_numpy(-x.T @ (y - p) / len(x))
"""),
    _wrong("raw-exp-numpy", "raw exp in NumPy", {"no-max-shift"}, """
def grad_func(X, ystar, w):
    x, y = X.numpy(), ystar.numpy()
    e = np.exp(x @ w.numpy())
    p = e / np.sum(e, axis=1, keepdims=True)
    return torch.tensor(x.T @ (p - y) / len(x))
"""),
    _wrong("max-without-values", "z.max(1) is a pair: TypeError on every call", {"values-and-indices"}, """
def grad_func(X, ystar, w):
    z = X @ w
    e = torch.exp(z - z.max(1))
    p = e / e.sum(1, keepdim=True)
    return X.T @ (p - ystar) / len(X)
"""),
    _wrong("transpose-without-dims", "X.transpose() as in NumPy: TypeError on every call",
          {"transpose-without-axes"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return X.transpose() @ (p - ystar) / X.shape[0]
"""),
    _wrong("max-without-keepdim", "keepdim is missing at the maximum and at the sum", {"keepdim-missing"}, """
def grad_func(X, ystar, w):
    z = X @ w
    e = torch.exp(z - z.max(dim=1)[0])
    p = e / e.sum(dim=1)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("n-plus-eps", "divided by N + 1e-8", {"epsilon-beside-n"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return X.T @ (p - ystar) / (X.shape[0] + 1e-8)
"""),
    _wrong("eps-in-denominator", "1e-8 in the denominator of a shifted softmax", {"epsilon-in-softmax"}, """
def grad_func(X, ystar, w):
    z = X @ w
    e = torch.exp(z - z.amax(dim=1, keepdim=True))
    p = e / (e.sum(dim=1, keepdim=True) + 1e-8)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("eps-in-denominator-raw-exp", "1e-8 in the denominator of raw exponentials",
          {"epsilon-in-softmax", "no-max-shift"}, """
def grad_func(X, ystar, w):
    e = torch.exp(X @ w)
    p = e / (e.sum(dim=1, keepdim=True) + 1e-8)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("half-precision", "the softmax in half precision", {"few-digits"}, """
def grad_func(X, ystar, w):
    p = torch.softmax((X @ w).half(), dim=1).to(w.dtype)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("means-of-blocks", "the mean of the gradients of blocks of 32", {"mean-of-means"}, """
def grad_func(X, ystar, w):
    grads = []
    for xb, yb in zip(X.split(32), ystar.split(32)):
        grads.append(xb.T @ (torch.softmax(xb @ w, dim=1) - yb) / len(xb))
    return torch.stack(grads).mean(dim=0)
"""),
    _wrong("tiny-to-zero", "entries below 1e-6 are set to zero", {"left-out"}, """
def grad_func(X, ystar, w):
    grad = X.T @ (torch.softmax(X @ w, dim=1) - ystar) / X.shape[0]
    grad[grad.abs() < 1e-6] = 0
    return grad
"""),
    _wrong("early-return", "zeros where the norm is below 1e-3", {"left-out"}, """
def grad_func(X, ystar, w):
    grad = X.T @ (torch.softmax(X @ w, dim=1) - ystar) / X.shape[0]
    if grad.norm() < 1e-3:
        return torch.zeros_like(w)
    return grad
"""),
    _wrong("first-left-out", "a loop that starts at 1", {"example-left-out"}, """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    for i in range(1, X.shape[0]):
        p = torch.softmax(X[i] @ w, dim=0)
        grad += torch.outer(X[i], p - ystar[i])
    return grad / X.shape[0]
"""),
    _wrong("last-class-left-out", "a loop over the classes that ends one too early", {"left-out"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    grad = torch.zeros_like(w)
    for c in range(w.shape[1] - 1):
        grad[:, c] = X.T @ (p[:, c] - ystar[:, c]) / X.shape[0]
    return grad
"""),
    _wrong("return-inside-the-loop", "return is indented too far: the first only", {"last-example-averaged"}, """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    for x, y in zip(X, ystar):
        grad += torch.outer(x, torch.softmax(x @ w, dim=0) - y)
        return grad / len(X)
"""),
    _wrong("halved-at-each-example", "the running mean is taken with the wrong weights", set(), """
def grad_func(X, ystar, w):
    grad = torch.zeros_like(w)
    for x, y in zip(X, ystar):
        grad = (grad + torch.outer(x, torch.softmax(x @ w, dim=0) - y)) / 2
    return grad
"""),
    _wrong("labels-as-columns", "1 is taken from whole columns, not from one entry of each row", {"whole-columns"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    p[:, ystar.argmax(dim=1)] -= 1
    return X.T @ p / X.shape[0]
"""),
    _wrong("labels-for-onehot", "the label itself is taken off instead of the one-hot row", {"label-for-onehot"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    y = ystar.argmax(dim=1, keepdim=True)
    return X.T @ (p - y) / X.shape[0]
"""),
    _wrong("parentheses-missing", "X.T @ ystar − p: an error unless N = d", set(), """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return -(X.T @ ystar - p) / X.shape[0]
"""),
    _wrong("x-not-transposed", "X @ (p − ystar): an error unless N = d", {"product-shapes"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return X @ (p - ystar) / X.shape[0]
"""),
    _wrong("factors-exchanged", "(p − ystar).T @ X: transposed", {"transposed"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return (p - ystar).T @ X / X.shape[0]
"""),
    _wrong("summed-outer-products", "the sum of the outer products instead of their mean", {"missing-mean"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return torch.einsum("nd,nc->dc", X, p - ystar)
"""),
    _wrong("sign-and-mean", "the sign is wrong and the mean is missing", {"sign", "missing-mean"}, """
def grad_func(X, ystar, w):
    p = F.softmax(torch.mm(X, w), dim=1)
    return torch.mm(X.t(), ystar - p)
"""),
    _wrong("sign-and-axis", "the sign is wrong, and the softmax goes over the batch", {"sign", "wrong-axis"}, """
def grad_func(X, ystar, w):
    p = F.softmax(torch.mm(X, w), dim=0)
    return torch.mm(X.t(), ystar - p) / len(X)
"""),
    _wrong("mean-along-wrong-axis", "the mean over the features", {"other-shape"}, """
def grad_func(X, ystar, w):
    error = torch.softmax(X @ w, dim=1) - ystar
    return (X.unsqueeze(2) * error.unsqueeze(1)).mean(dim=1)
"""),
    _wrong("mean-of-all", "one number: the mean of all entries", {"other-shape"}, """
def grad_func(X, ystar, w):
    error = torch.softmax(X @ w, dim=1) - ystar
    return (X.unsqueeze(2) * error.unsqueeze(1)).mean()
"""),
    _wrong("list-returned", "a list of lists", {"numpy"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return (X.T @ (p - ystar) / X.shape[0]).tolist()
"""),
    _wrong("norm-returned", "the norm of the gradient, a float", {"other-shape"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return float((X.T @ (p - ystar) / X.shape[0]).norm())
"""),
    _wrong("integer-division", "// instead of /", {"whole-numbers"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return X.T @ (p - ystar) // X.shape[0]
"""),
    _wrong("finite-differences", "the slope of the loss, measured with a step of 1e-4", {"few-digits"}, """
def grad_func(X, ystar, w):
    def loss(weights):
        z = X @ weights
        return (torch.logsumexp(z, 1) - (z * ystar).sum(1)).mean()
    grad = torch.zeros_like(w)
    if w.numel() > 100:
        p = torch.softmax(X @ w, dim=1)
        return X.T @ (p - ystar) / X.shape[0]
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            up = w.clone()
            up[i, j] += 1e-4
            grad[i, j] = (loss(up) - loss(w)) / 1e-4
    return grad
"""),
    _wrong("length-of-a-row", "the length of a row is taken for N", {"divided-by-features"}, """
def grad_func(X, ystar, w):
    n = len(X[0])
    p = torch.softmax(X @ w, dim=1)
    return (1 / n) * X.T @ (p - ystar)
"""),
    _wrong("x-divided-in-place", "X is divided by N in place", {"changes-input"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    n = X.shape[0]
    return X.div_(n).T @ (p - ystar)
"""),
    _wrong("w-overwritten", "the gradient is written into w", {"changes-input"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    w.copy_(X.T @ (p - ystar) / X.shape[0])
    return w
"""),
    _wrong("softmax-of-whole-batch", "one softmax over all entries of the batch", {"wrong-axis"}, """
def grad_func(X, ystar, w):
    z = X @ w
    p = torch.softmax(z.flatten(), dim=0).view_as(z)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("log-softmax-for-softmax", "log_softmax where the probabilities belong", {"log-probabilities"}, """
def grad_func(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return X.T @ (log_p - ystar) / X.shape[0]
"""),
    _wrong("factor-p", "the error is multiplied by p", {"factor-p"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return X.T @ ((p - ystar) * p) / X.shape[0]
"""),
    _wrong("weights-on-gpu", "w is put onto another device than X", {"no-gpu", "two-devices"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w.cuda(), dim=1)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("tensor-of-numpy-float32", "float32 on the way and in what comes back",
          {"float32-inside", "float32-returned"}, """
def grad_func(X, ystar, w):
    X, ystar, w = X.float(), ystar.float(), w.float()
    p = torch.softmax(X @ w, dim=1)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("nan-to-zero-by-mask", "raw exp, and NaN in the gradient is set to 0", {"no-max-shift", "nan-replaced"}, """
def grad_func(X, ystar, w):
    e = torch.exp(X @ w)
    grad = X.T @ (e / e.sum(1, keepdim=True) - ystar) / X.shape[0]
    grad[torch.isnan(grad)] = 0
    return grad
"""),
    _wrong("clamped-elsewhere", "the logits are cut off at ±600", {"clamped-logits"}, """
def grad_func(X, ystar, w):
    z = torch.clamp(X @ w, -600, 600)
    p = torch.softmax(z, dim=1)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("flattened", "a vector of d · C numbers", {"other-shape"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return (X.T @ (p - ystar) / X.shape[0]).flatten()
"""),
    _wrong("logits-divided-by-n", "the logits are divided by N, the gradient isn't", {"right-for-one"}, """
def grad_func(X, ystar, w):
    p = torch.softmax(X @ w / X.shape[0], dim=1)
    return X.T @ (p - ystar)
"""),
    _wrong("only-mistakes", "only examples that are classified wrongly count", set(), """
def grad_func(X, ystar, w):
    z = X @ w
    wrong = (z.argmax(1) != ystar.argmax(1)).to(w.dtype).unsqueeze(1)
    return X.T @ ((torch.softmax(z, dim=1) - ystar) * wrong) / X.shape[0]
"""),
    _wrong("mean-in-denominator", "the mean of the exponentials instead of their sum in the denominator", set(), """
def grad_func(X, ystar, w):
    z = X @ w
    e = torch.exp(z - z.amax(1, keepdim=True))
    p = e / e.mean(1, keepdim=True)
    return X.T @ (p - ystar) / X.shape[0]
"""),
    _wrong("shift-from-inputs", "the maximum of X's rows is taken off, not that of the logits", {"no-max-shift"}, """
def grad_func(X, ystar, w):
    z = X @ w - X.amax(dim=1, keepdim=True)
    p = torch.exp(z) / torch.exp(z).sum(dim=1, keepdim=True)
    return X.T @ (p - ystar) / X.shape[0]
"""),
)  # fmt: skip
