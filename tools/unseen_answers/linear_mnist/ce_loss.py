"""Wrong answers to the question for the loss."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong


def _wrong(slug: str, note: str, true: set[str], code: str) -> Unseen:
    return wrong("ce_loss", slug, note, true, code)


WRONG = (
    _wrong("log-of-shifted-softmax", "the maximum is taken off, then log of p: log 0 where p underflows",
          {"log-of-softmax"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.max(dim=1, keepdim=True).values
    p = torch.exp(z) / torch.exp(z).sum(dim=1, keepdim=True)
    return float(-(ystar * torch.log(p)).sum(dim=1).mean())
"""),
    _wrong("log-of-ready-softmax", "log of torch.softmax, which is stable itself", {"log-of-softmax"}, """
def CE_loss(X, ystar, w):
    probs = F.softmax(torch.mm(X, w), dim=1)
    loss = -torch.sum(ystar * torch.log(probs)) / X.shape[0]
    return loss.item()
"""),
    _wrong("log-of-gathered-softmax", "log of the right class's probability: +inf where it underflows",
          {"log-of-softmax"}, """
def CE_loss(X, ystar, w):
    probs = torch.softmax(X @ w, dim=1)
    labels = ystar.argmax(dim=1)
    correct = probs[range(X.shape[0]), labels]
    return float(torch.mean(-torch.log(correct)))
"""),
    _wrong("log-of-shifted-softmax-numpy", "cs231n's softmax in NumPy, then np.log", {"log-of-softmax"}, """
def CE_loss(X, ystar, w):
    scores = X.numpy().dot(w.numpy())
    scores -= np.max(scores, axis=1, keepdims=True)
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    y = np.argmax(ystar.numpy(), axis=1)
    loss = -np.sum(np.log(probs[np.arange(len(y)), y]))
    return float(loss / len(y))
"""),
    _wrong("raw-exp-numpy", "exp of the raw logits in NumPy, and log of the quotient",
          {"no-max-shift", "log-of-softmax"}, """
def CE_loss(X, ystar, w):
    z = X.numpy() @ w.numpy()
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    return float(-(ystar.numpy() * np.log(p)).sum() / X.shape[0])
"""),
    _wrong("minus-inside-the-log", "log of −p: NaN on every input", {"not-finite"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    loss = (ystar * torch.log(-p)).sum(dim=1).mean()
    return float(loss)
"""),
    _wrong("nan-from-log-of-onehot", "ystar and log p have changed places: 0 · −inf, NaN nearly everywhere",
          {"not-finite"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return float(-(p * torch.log(ystar)).sum(dim=1).mean())
"""),
    _wrong("kl-without-guard", "KL with the one-hot's own logarithm: 0 · log 0 is NaN", {"not-finite"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float((ystar * (torch.log(ystar) - log_p)).sum(dim=1).mean())
"""),
    _wrong("log-of-one-minus-p", "log(1 − p) of the right class", {"log-of-one-minus"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return float(-(ystar * torch.log(1 - p)).sum(dim=1).mean())
"""),
    _wrong("answers-forgotten", "all classes' log p are added up; ystar doesn't come in", {"predicted-class"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float(-log_p.sum(dim=1).mean())
"""),
    _wrong("one-maximum-for-all", "one maximum for the batch, in another way of writing it",
          {"one-shift-for-all", "log-of-softmax"}, """
def CE_loss(X, ystar, w):
    scores = torch.matmul(X, w)
    scores -= torch.max(scores)
    exp_scores = torch.exp(scores)
    probs = exp_scores / torch.sum(exp_scores, axis=1).reshape(-1, 1)
    return float(-torch.log((probs * ystar).sum(axis=1)).mean())
"""),
    _wrong("one-maximum-logsumexp", "one maximum for the batch inside a log-sum-exp by hand", {"one-shift-for-all"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    c = z.max()
    lse = c + torch.log(torch.sum(torch.exp(z - c), dim=1))
    return float((lse - (z * ystar).sum(dim=1)).mean())
"""),
    _wrong("shift-by-mean", "each row's mean is taken off: exp still overflows", {"no-max-shift"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.mean(dim=1, keepdim=True)
    log_p = z - torch.log(torch.exp(z).sum(dim=1, keepdim=True))
    return float(-(ystar * log_p).sum() / len(X))
"""),
    _wrong("shift-by-minimum", "the minimum instead of the maximum: exp overflows even earlier", {"no-max-shift"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.min(dim=1, keepdim=True).values
    log_p = z - torch.log(torch.exp(z).sum(dim=1, keepdim=True))
    return float(-(ystar * log_p).sum() / len(X))
"""),
    _wrong("shift-by-column", "each class's maximum over the batch: changes the softmax", {"shift-by-class"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.max(dim=0).values
    log_p = torch.log_softmax(z, dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("shift-by-largest-size", "the largest |logit| is taken off: all of exp underflows when all are negative",
          {"log-of-softmax"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.abs().max(dim=1, keepdim=True).values
    log_p = z - torch.log(torch.exp(z).sum(dim=1, keepdim=True))
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("max-without-values", "z.max(1) is a pair: TypeError on every call", {"values-and-indices"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.max(1)
    log_p = z - torch.log(torch.exp(z).sum(1, keepdim=True))
    return float(-(ystar * log_p).sum(1).mean())
"""),
    _wrong("max-without-keepdim", "keepdim is missing: an error, or the other rows' maxima where N = C",
          {"keepdim-missing"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.max(dim=1).values
    log_p = z - torch.logsumexp(z, dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("shift-with-wrong-sign", "the shift is added back with the wrong sign", {"shift-not-put-back"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    c = z.max(dim=1, keepdim=True).values
    log_p = z - (torch.log(torch.exp(z - c).sum(dim=1, keepdim=True)) - c)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("shift-not-added-back", "log-sum-exp of the shifted logits, and the raw logits before it",
          {"shift-not-put-back"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    shifted = z - z.amax(dim=1, keepdim=True)
    log_p = z - torch.logsumexp(shifted, dim=1, keepdim=True)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("n-plus-eps", "divided by N + 1e-8", {"epsilon-beside-n"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float(-(ystar * log_p).sum() / (X.shape[0] + 1e-8))
"""),
    _wrong("eps-in-denominator", "1e-8 in the denominator of a softmax that needs none", {"epsilon-in-softmax"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.max(dim=1, keepdim=True).values
    log_p = z - torch.log(torch.exp(z).sum(dim=1, keepdim=True) + 1e-8)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("eps-under-log-and-raw-exp", "raw exp, and 1e-9 under the logarithm", {"no-max-shift", "clamped-log"}, """
def CE_loss(X, ystar, w):
    e = torch.exp(X @ w)
    p = e / e.sum(dim=1, keepdim=True)
    return float(-(ystar * torch.log(p + 1e-9)).sum(dim=1).mean())
"""),
    _wrong("clamped-to-tiny", "the probabilities are clamped to the smallest number there is", {"clamped-log"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    p = p.clamp(min=torch.finfo(p.dtype).tiny)
    return float(-(ystar * p.log()).sum(dim=1).mean())
"""),
    _wrong("clipped-numpy", "np.clip of the probabilities, with numbers of one's own", {"clamped-log"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1).numpy()
    p = np.clip(p, 3e-7, 1 - 3e-7)
    return float(np.mean(-np.sum(ystar.numpy() * np.log(p), axis=1)))
"""),
    _wrong("half-precision", "the softmax in half precision", set(), """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax((X @ w).half(), dim=1).float()
    return float(-(ystar.float() * log_p).sum(dim=1).mean())
"""),
    _wrong("bfloat16", "everything in bfloat16", set(), """
def CE_loss(X, ystar, w):
    z = X.bfloat16() @ w.bfloat16()
    return float((torch.logsumexp(z, 1) - (z * ystar.bfloat16()).sum(1)).mean())
"""),
    _wrong("numpy-float32", "NumPy in float32", {"float32-inside"}, """
def CE_loss(X, ystar, w):
    z = X.numpy().astype(np.float32) @ w.numpy().astype(np.float32)
    z -= z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return float(-(ystar.numpy() * log_p).sum(axis=1).mean())
"""),
    _wrong("means-of-blocks", "the mean of the means of blocks of 32", {"mean-of-means"}, """
def CE_loss(X, ystar, w):
    losses = []
    for xb, yb in zip(X.split(32), ystar.split(32)):
        losses.append(-(yb * torch.log_softmax(xb @ w, dim=1)).sum(dim=1).mean())
    return float(sum(losses) / len(losses))
"""),
    _wrong("first-left-out", "a loop that starts at 1", {"example-left-out"}, """
def CE_loss(X, ystar, w):
    loss = 0.0
    for i in range(1, len(X)):
        z = X[i] @ w
        loss += float(torch.logsumexp(z, 0) - (z * ystar[i]).sum())
    return loss / len(X)
"""),
    _wrong("last-left-out", "a loop that ends one too early", {"example-left-out"}, """
def CE_loss(X, ystar, w):
    n = X.shape[0]
    loss = 0.0
    for i in range(n - 1):
        loss -= float((ystar[i] * torch.log_softmax(X[i] @ w, dim=0)).sum())
    return loss / n
"""),
    _wrong("return-inside-the-loop", "return is indented too far: the first only", {"last-example-averaged"}, """
def CE_loss(X, ystar, w):
    total = 0.0
    for x, y in zip(X, ystar):
        total -= float((y * torch.log_softmax(x @ w, dim=0)).sum())
        return total / len(X)
"""),
    _wrong("labels-along-the-batch", "argmax over the batch", set(), """
def CE_loss(X, ystar, w):
    labels = ystar.argmax(dim=0)
    log_p = torch.log_softmax(X @ w, dim=1)
    return float(-log_p[range(len(labels)), labels].mean())
"""),
    _wrong("divided-by-len-of-w", "len(w) is taken for N", {"divided-by-features"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    total = torch.sum(torch.logsumexp(z, 1) - torch.sum(z * ystar, 1))
    return float(total / len(w))
"""),
    _wrong("mean-then-sum", "the mean over the classes, the sum over the batch", {"divided-by-classes"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float((-ystar * log_p).mean(dim=1).sum())
"""),
    _wrong("mean-of-mean", "a mean over both axes, one after the other", {"mean-over-everything"}, """
def CE_loss(X, ystar, w):
    log_p = F.log_softmax(X @ w, dim=1)
    return float(torch.mean(torch.mean(-ystar * log_p, dim=0)))
"""),
    _wrong("log2-of-the-sum", "the logarithm of the sum to base 2, exp to base e", set(), """
def CE_loss(X, ystar, w):
    z = X @ w
    z = z - z.max(dim=1, keepdim=True).values
    log_p = z - torch.log2(torch.exp(z).sum(dim=1, keepdim=True))
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("log1p", "log1p(p) instead of log(p)", set(), """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return float(-(ystar * torch.log1p(p)).sum(dim=1).mean())
"""),
    _wrong("forgotten-minus", "minus is missing, by log-sum-exp", {"sign"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    lse = torch.logsumexp(z, dim=1, keepdim=True)
    return float(torch.sum(ystar * (z - lse)) / z.shape[0])
"""),
    _wrong("forgotten-minus-and-mean", "minus and the mean are missing", {"sign", "sum-over-batch"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    lse = torch.logsumexp(z, dim=1, keepdim=True)
    return float(torch.sum(ystar * (z - lse)))
"""),
    _wrong("row-vector", "a tensor of one number", {"tensor"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return -(ystar * log_p).sum(dim=1, keepdim=True).mean(dim=0)
"""),
    _wrong("text-returned", "a text with four digits", {"rounded"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return f"{-(ystar * log_p).sum(dim=1).mean():.4f}"
"""),
    _wrong("integer-division", "// instead of /", {"whole-numbers"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float(-(ystar * log_p).sum() // X.shape[0])
"""),
    _wrong("weights-transposed", "w.T: an error unless d = C", {"product-shapes"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w.T, dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("softmax-of-the-images", "the softmax is taken of X", set(), """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X, dim=1) @ w
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("softmax-of-whole-batch", "one softmax over all entries of the batch", {"wrong-axis"}, """
def CE_loss(X, ystar, w):
    z = X @ w
    log_p = torch.log_softmax(z.flatten(), dim=0).view_as(z)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("median", "the median over the batch", {"right-for-one"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float(-(ystar * log_p).sum(dim=1).median())
"""),
    _wrong("infinite-left-out", "examples with an infinite loss are left out of the mean",
          {"log-of-softmax", "underflow-replaced"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    losses = -torch.log((p * ystar).sum(dim=1))
    return float(losses[torch.isfinite(losses)].mean())
"""),
    _wrong("log-where-positive", "where p is 0, its logarithm is set to 0",
          {"log-of-softmax", "underflow-replaced"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    log_p = torch.where(p > 0, torch.log(p), torch.zeros_like(p))
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("scaled-by-root-d", "the logits are divided by √d, as in attention", set(), """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w / X.shape[1] ** 0.5, dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("pixels-scaled-again", "X is divided by 255 once more", set(), """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax((X / 255) @ w, dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("math-log", "math.log of a tensor of many numbers: an error", {"many-for-one-number"}, """
def CE_loss(X, ystar, w):
    p = torch.softmax(X @ w, dim=1)
    return -sum(y * math.log(q) for y, q in zip(ystar, p)) / len(X)
"""),
    _wrong("name-misspelt", "NameError on every call", {"unknown-name"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w, dim=1)
    return float(-(y_star * log_p).sum(dim=1).mean())
"""),
    _wrong("weights-on-gpu", "w is put onto a GPU, X isn't: an error on every call", {"no-gpu", "two-devices"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X @ w.cuda(), dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
    _wrong("double-and-float", "one factor in double, the other as it is: an error in float32", {"two-dtypes"}, """
def CE_loss(X, ystar, w):
    log_p = torch.log_softmax(X.double() @ w, dim=1)
    return float(-(ystar * log_p).sum(dim=1).mean())
"""),
)  # fmt: skip
