"""Wrong answers to the question for Adam."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong

_HEAD = "\ndef adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):"


def _wrong(slug: str, note: str, true: set[str], body: str) -> Unseen:
    return wrong("adam", slug, note, true, _HEAD + body)


WRONG = (
    _wrong("no-correction-in-place", "no bias correction, in place", {"no-bias-correction"}, """
    m.mul_(beta_1).add_(grad, alpha=1 - beta_1)
    v.mul_(beta_2).addcmul_(grad, grad, value=1 - beta_2)
    w = w - eta * m / (v.sqrt() + epsilon)
    return w, m, v
"""),
    _wrong("correction-at-first-step-only", "the bias correction is made at t = 1 only", {"no-bias-correction"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m, v
    if t == 1:
        m_hat = m / (1 - beta_1)
        v_hat = v / (1 - beta_2)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("xor", "^ for **: TypeError on every call", {"no-power"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat = m / (1 - beta_1^t)
    v_hat = v / (1 - beta_2^t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("epsilon-inside-and-outside", "epsilon under the root and beside it", {"epsilon-inside-root"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w - eta * m_hat / (torch.sqrt(v_hat + epsilon) + epsilon)
    return w, m, v
"""),
    _wrong("epsilon-squared-inside", "epsilon² under the root", {"epsilon-inside-root"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w - eta * m_hat / torch.sqrt(v_hat + epsilon**2)
    return w, m, v
"""),
    _wrong("epsilon-after-the-fraction", "parentheses are missing: epsilon is added to w",
          {"epsilon-outside"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w - eta * m_hat / torch.sqrt(v_hat) + epsilon
    return w, m, v
"""),
    _wrong("epsilon-as-lower-bound", "the root is clamped at epsilon", {"epsilon-as-bound"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w - eta * m_hat / torch.sqrt(v_hat).clamp(min=epsilon)
    return w, m, v
"""),
    _wrong("m-updated-after-use", "the step is made with the old m, the new v", {"old-moments-used"}, """
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat = m / (1 - beta_1**t)
    v_hat = v / (1 - beta_2**t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    m = beta_1 * m + (1 - beta_1) * grad
    return w, m, v
"""),
    _wrong("t-behind-for-m", "t − 1 in m's correction alone: division by zero at t = 1", {"t-too-small"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat = m / (1 - beta_1 ** (t - 1))
    v_hat = v / (1 - beta_2**t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("t-counted-up-first", "t += 1 before it is used", {"t-too-large"}, """
    t += 1
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    w = w - eta * (m / (1 - beta_1**t)) / ((v / (1 - beta_2**t)) ** 0.5 + epsilon)
    return w, m, v
"""),
    _wrong("m-corrected-in-place", "m is corrected in place and returned so", {"returns-corrected"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m /= 1 - beta_1**t
    v_hat = v / (1 - beta_2**t)
    w = w - eta * m / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("both-corrected-in-place", "m and v are corrected under their own names", {"returns-corrected"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m = m / (1 - beta_1**t)
    v = v / (1 - beta_2**t)
    w = w - eta * m / (torch.sqrt(v) + epsilon)
    return w, m, v
"""),
    _wrong("v-rooted-in-place", "v comes back as its root", {"v-wrong"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    c = (1 - beta_2**t) ** 0.5
    w = w - eta * m / (1 - beta_1**t) / (v.sqrt_() / c + epsilon)
    return w, m, v
"""),
    _wrong("order-v-w-m", "returns v, w, m", {"swapped-returns"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return v, w, m
"""),
    _wrong("four-things", "returns t as well", {"other-form"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v, t + 1
"""),
    _wrong("rate-corrected-epsilon-not", "both corrections in the rate, epsilon without", {"epsilon-corrected"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad * grad
    rate = eta * math.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - rate * m / (torch.sqrt(v) + epsilon), m, v
"""),
    _wrong("weight-decay-of-own", "weight decay with a number of one's own", {"weight-decay"}, """
    grad = grad + 0.03 * w
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("adamax", "the largest |gradient| instead of the root mean square", {"v-wrong"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = torch.maximum(beta_2 * v, grad.abs())
    return w - eta / (1 - beta_1**t) * m / (v + epsilon), m, v
"""),
    _wrong("norm-squared", "the gradient's squared norm instead of its entries' squares", {"v-wrong"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * (grad**2).sum()
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("matrix-square", "grad.T @ grad: an error unless it is square, and no squares then", set(), """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad.T @ grad
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("early-return", "returns early when the gradient's norm is below 1e-6", {"stops-where-flat"}, """
    if torch.norm(grad) < 1e-6:
        return w, m, v
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("half-precision", "the gradient in half precision", set(), """
    grad = grad.half().to(w.dtype)
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("betas-as-float32-tensors", "the settings become float32 tensors", {"float32-inside"}, """
    beta_1, beta_2, eta = torch.tensor(beta_1), torch.tensor(beta_2), torch.tensor(eta)
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("power-of-one-minus-beta", "(1 − beta)^t instead of 1 − beta^t", {"power-of-difference"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat = m / (1 - beta_1) ** t
    v_hat = v / (1 - beta_2) ** t
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("betas-raised-before-update", "beta^t is used in the running means, too", set(), """
    beta_1, beta_2 = beta_1**t, beta_2**t
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1), v / (1 - beta_2)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("weights-forgotten", "the step itself is returned in place of w", {"step-alone", "w-wrong"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return -eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("lerp-with-beta", "lerp with beta where 1 − beta belongs", {"weights-exchanged"}, """
    m = torch.lerp(m, grad, beta_1)
    v = torch.lerp(v, grad**2, beta_2)
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("first-step-without-mean", "at t = 1 m and v are the gradient and its square", set(), """
    if t == 1:
        m, v = grad, grad**2
    else:
        m = beta_1 * m + (1 - beta_1) * grad
        v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("integer-division", "// for / in the step", {"w-wrong"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * (m_hat // (torch.sqrt(v_hat) + epsilon)), m, v
"""),
    _wrong("last-row-left-out", "a loop that ends one row too early", {"left-out", "w-wrong"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    w = w.clone()
    for i in range(w.shape[0] - 1):
        w[i] -= eta * m_hat[i] / (torch.sqrt(v_hat[i]) + epsilon)
    return w, m, v
"""),
    _wrong("root-of-m-hat-too", "the root of the whole fraction's square: the sign of m is lost", {"w-wrong"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * torch.sqrt(m_hat**2) / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("math-sqrt", "math.sqrt of a tensor: an error for more than one weight", {"many-for-one-number"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (math.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("other-device", "m is put onto another device", {"no-gpu", "two-devices"}, """
    m = beta_1 * m.cuda() + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad**2
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (torch.sqrt(v_hat) + epsilon), m, v
"""),
    _wrong("no-correction-and-inside-root", "no bias correction, and epsilon under the root",
          {"no-bias-correction", "epsilon-inside-root"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad.pow(2)
    return w - eta * m / torch.sqrt(v + epsilon), m, v
"""),
    _wrong("no-correction-and-sign", "no bias correction, and uphill", {"no-bias-correction", "sign"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad.pow(2)
    return w + eta * m / (torch.sqrt(v) + epsilon), m, v
"""),
    _wrong("momentum-of-sgd", "m as in the question before: beta_1 · m + grad", {"sums-instead-of-means"}, """
    m = beta_1 * m + grad
    v = beta_2 * v + (1 - beta_2) * torch.square(grad)
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (v_hat.sqrt() + epsilon), m, v
"""),
    _wrong("epsilon-tiny-and-fixed", "1e-9 in place of epsilon", {"epsilon-fixed"}, """
    eps = 3e-9
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * torch.square(grad)
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (v_hat.sqrt() + eps), m, v
"""),
    _wrong("grad-squared-in-place", "grad *= grad", {"changes-input"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    grad *= grad
    v = beta_2 * v + (1 - beta_2) * grad
    m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m_hat / (v_hat.sqrt() + epsilon), m, v
"""),
)  # fmt: skip
