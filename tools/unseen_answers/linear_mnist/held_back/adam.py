"""Wrong answers to the question for Adam, held back."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong

_HEAD = "\ndef adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):"


def _wrong(slug: str, note: str, true: set[str], body: str) -> Unseen:
    return wrong("adam", slug, note, true, _HEAD + body)


WRONG = (
    _wrong("plain-running-means", "no bias correction at all", {"no-bias-correction"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    w = w - eta * m / (torch.sqrt(v) + epsilon)
    return w, m, v
"""),
    _wrong("root-of-sum", "epsilon under the root", {"epsilon-inside-root"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * torch.square(grad)
    mh = m / (1 - beta_1 ** t)
    vh = v / (1 - beta_2 ** t)
    w = w - eta * mh * torch.rsqrt(vh + epsilon)
    return w, m, v
"""),
    _wrong("corrected-handed-on", "the corrected m and v are handed on", {"returns-corrected"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad * grad
    m = m / (1 - beta_1 ** t)
    v = v / (1 - beta_2 ** t)
    w = w - eta * m / (v ** 0.5 + epsilon)
    return w, m, v
"""),
    _wrong("square-forgotten", "v is a running mean of the gradients themselves: roots of negative numbers",
          {"no-square"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad
    m_hat = m / (1 - beta_1 ** t)
    v_hat = v / (1 - beta_2 ** t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("one-step-late", "t + 1 in the correction, as if t counted from 0", {"t-too-large"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1 ** (t + 1))
    v_hat = v / (1 - beta_2 ** (t + 1))
    w = w - eta * m_hat / (v_hat.sqrt() + epsilon)
    return w, m, v
"""),
    _wrong("times-t", "beta times t for beta to the t", {"product-for-power"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1 * t)
    v_hat = v / (1 - beta_2 * t)
    w = w - eta * m_hat / (v_hat.sqrt() + epsilon)
    return w, m, v
"""),
    _wrong("parentheses", "(1 − beta) to the t", {"power-of-difference"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1) ** t
    v_hat = v / (1 - beta_2) ** t
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("no-root", "divided by v̂, not by its root", {"no-root"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1 ** t)
    v_hat = v / (1 - beta_2 ** t)
    return w - eta * m_hat / (v_hat + epsilon), m, v
"""),
    _wrong("betas-changed-places", "beta_1 with v, beta_2 with m", {"betas-exchanged"}, """
    m = beta_2 * m + (1 - beta_2) * grad
    v = beta_1 * v + (1 - beta_1) * grad ** 2
    m_hat = m / (1 - beta_2 ** t)
    v_hat = v / (1 - beta_1 ** t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("learning-rate-corrected", "the corrections go into the learning rate: epsilon isn't corrected",
          {"epsilon-corrected"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    eta_t = eta * math.sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t)
    w = w - eta_t * m / (torch.sqrt(v) + epsilon)
    return w, m, v
"""),
    _wrong("second-moment-uncorrected", "m is corrected, v isn't", {"v-not-corrected"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1 ** t)
    w = w - eta * m_hat / (torch.sqrt(v) + epsilon)
    return w, m, v
"""),
    _wrong("square-of-mean", "v averages the square of the new m", {"m-squared"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * m ** 2
    m_hat = m / (1 - beta_1 ** t)
    v_hat = v / (1 - beta_2 ** t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
    _wrong("moments-changed-places", "v comes back before m", {"swapped-returns"}, """
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1 ** t)
    v_hat = v / (1 - beta_2 ** t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, v, m
"""),
    _wrong("weights-decay", "AdamW's shrinking of the weights by 0.01", {"weight-decay"}, """
    w = w * (1 - eta * 0.01)
    m = beta_1 * m + (1 - beta_1) * grad
    v = beta_2 * v + (1 - beta_2) * grad ** 2
    m_hat = m / (1 - beta_1 ** t)
    v_hat = v / (1 - beta_2 ** t)
    w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)
    return w, m, v
"""),
)  # fmt: skip
