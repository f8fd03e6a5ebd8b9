"""Wrong answers to the question for SGD with momentum."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong

_HEAD = "\ndef sgd_momentum_step(w, m, grad, eta, beta):"


def _wrong(slug: str, note: str, true: set[str], body: str) -> Unseen:
    return wrong("sgd_momentum", slug, note, true, _HEAD + body)


WRONG = (
    _wrong("early-return", "returns early when the gradient's norm is below 1e-6", {"stops-where-flat"}, """
    if grad.norm() < 1e-6:
        return w, m
    m = beta * m + grad
    return w - eta * m, m
"""),
    _wrong("early-return-at-zero", "returns early when the gradient is zero", {"stops-where-flat"}, """
    if not grad.any():
        return w, m
    m = beta * m + grad
    return w - eta * m, m
"""),
    _wrong("no-step-for-zero-entries", "only weights with a gradient that isn't zero move", {"left-out", "w-wrong"}, """
    m = beta * m + grad
    w = torch.where(grad != 0, w - eta * m, w)
    return w, m
"""),
    _wrong("dictionary", "a dictionary", {"other-form"}, """
    m = beta * m + grad
    w = w - eta * m
    return {"w": w, "m": m}
"""),
    _wrong("lists", "lists instead of tensors", {"numpy"}, """
    m = beta * m + grad
    w = w - eta * m
    return w.tolist(), m.tolist()
"""),
    _wrong("three-things", "returns w, m and the step", {"other-form"}, """
    m = beta * m + grad
    step = eta * m
    return w - step, m, step
"""),
    _wrong("swapped-in-place", "in place, and in the wrong order", {"swapped-returns"}, """
    m.mul_(beta).add_(grad)
    w.sub_(eta * m)
    return m, w
"""),
    _wrong("beta-before-minus", "beta · (m − grad)", {"beta-before-both", "negative-momentum"}, """
    m = beta * (m - grad)
    w = w - eta * m
    return w, m
"""),
    _wrong("divided-by-one-minus-beta", "the step is divided by 1 − beta", {"other-size", "w-wrong"}, """
    m = beta * m + grad
    w = w - eta / (1 - beta) * m
    return w, m
"""),
    _wrong("mean-of-m", "all weights move by the mean of m", {"same-step", "w-wrong"}, """
    m = beta * m + grad
    w = w - eta * m.mean()
    return w, m
"""),
    _wrong("sum-of-m", "all weights move by the sum of m", {"same-step", "w-wrong"}, """
    m = beta * m + grad
    w = w - eta * m.sum()
    return w, m
"""),
    _wrong("grad-scaled-in-place", "grad is multiplied by eta in place", {"rate-inside", "changes-input"}, """
    grad *= eta
    m = beta * m + grad
    w = w - m
    return w, m
"""),
    _wrong("grad-as-buffer", "the momentum is written into grad", {"changes-input"}, """
    grad += beta * m
    return w - eta * grad, grad
"""),
    _wrong("sign-of-m", "the sign of the momentum", {"w-wrong"}, """
    m = beta * m + grad
    w = w - eta * torch.sign(m)
    return w, m
"""),
    _wrong("last-row-left-out", "a loop that ends one row too early", {"left-out", "w-wrong"}, """
    m = beta * m + grad
    w = w.clone()
    for i in range(len(w) - 1):
        w[i] -= eta * m[i]
    return w, m
"""),
    _wrong("first-row-left-out", "a loop that starts at 1", set(), """
    m, w = m.clone(), w.clone()
    for i in range(1, w.shape[0]):
        m[i] = beta * m[i] + grad[i]
        w[i] = w[i] - eta * m[i]
    return w, m
"""),
    _wrong("half-precision", "the momentum in half precision", set(), """
    m = (beta * m.half() + grad.half()).to(w.dtype)
    w = w - eta * m
    return w, m
"""),
    _wrong("rate-as-float32-tensor", "eta and beta become float32 tensors", {"float32-inside"}, """
    eta, beta = torch.tensor(eta), torch.tensor(beta)
    m = beta * m + grad
    w = w - eta * m
    return w, m
"""),
    _wrong("float32-throughout", "float32 all the way", {"float32-inside", "float32-returned"}, """
    w, m, grad = w.float(), m.float(), grad.float()
    m = beta * m + grad
    return w - eta * m, m
"""),
    _wrong("nesterov-with-rate-inside", "Nesterov's momentum, with the learning rate inside",
          {"nesterov", "rate-inside"}, """
    m = beta * m + eta * grad
    w = w - (beta * m + eta * grad)
    return w, m
"""),
    _wrong("nesterov-of-keras", "Keras's form of Nesterov's momentum",
          {"nesterov", "rate-inside"}, """
    m = beta * m - eta * grad
    w = w + beta * m - eta * grad
    return w, m
"""),
    _wrong("weight-decay-of-own", "weight decay with a number of one's own", {"weight-decay"}, """
    grad = grad + 0.03 * w
    m = beta * m + grad
    return w - eta * m, m
"""),
    _wrong("divided-by-rows", "the step is divided by the number of rows", {"other-size", "w-wrong"}, """
    m = beta * m + grad
    return w - eta / len(w) * m, m
"""),
    _wrong("other-device", "the step is put onto another device", {"no-gpu", "two-devices"}, """
    m = beta * m + grad.cuda()
    return w - eta * m, m
"""),
    _wrong("name-misspelt", "NameError on every call", {"unknown-name"}, """
    m = beta * m + gradient
    return w - eta * m, m
"""),
    _wrong("tensor-called", "the sign of multiplication is forgotten: a float is called", {"number-called"}, """
    m = beta(m) + grad
    return w - eta * m, m
"""),
    _wrong("xor", "^ for **", {"no-power"}, """
    m = beta^1 * m + grad
    return w - eta * m, m
"""),
    _wrong("ema-and-sign", "averages the gradient and climbs", {"ema", "sign"}, """
    m = beta * m + (1 - beta) * grad
    return w + eta * m, m
"""),
    _wrong("rate-times-beta", "beta multiplies the step as well", {"w-wrong"}, """
    m = beta * m + grad
    return w - eta * beta * m, m
"""),
    _wrong("weights-forgotten", "the step itself is returned in place of w", {"step-alone", "w-wrong"}, """
    m = beta * m + grad
    return eta * m, m
"""),
    _wrong("matrix-product", "@ for *", {"number-in-matrix-product"}, """
    m = beta * m + grad
    return w - eta @ m, m
"""),
    _wrong("momentum-before-step-only", "the step is right, the momentum comes back with eta in it", {"m-wrong"}, """
    m = eta * (beta * m + grad)
    return w - m, m
"""),
)  # fmt: skip
