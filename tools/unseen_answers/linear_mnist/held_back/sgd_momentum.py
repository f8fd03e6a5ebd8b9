"""Wrong answers to the question for gradient descent with momentum, held back."""

from __future__ import annotations

from tools.unseen_answers.answers import Unseen, wrong

_HEAD = "\ndef sgd_momentum_step(w, m, grad, eta, beta):"


def _wrong(slug: str, note: str, true: set[str], body: str) -> Unseen:
    return wrong("sgd_momentum", slug, note, true, _HEAD + body)


WRONG = (
    _wrong("running-mean", "a running mean of the gradients, as in Adam", {"ema"}, """
    m = m * beta + grad * (1.0 - beta)
    w = w - m * eta
    return w, m
"""),
    _wrong("velocity", "the learning rate goes into the momentum, with a minus, and w adds it",
          {"rate-inside", "negative-momentum"}, """
    v = beta * m - eta * grad
    w = w + v
    return w, v
"""),
    _wrong("no-momentum-used", "m is kept, but w takes the plain gradient", {"no-momentum"}, """
    m = beta * m + grad
    w = w - eta * grad
    return w, m
"""),
    _wrong("weights-first", "w moves by the old momentum", {"step-first"}, """
    w_new = w - eta * m
    m_new = beta * m + grad
    return w_new, m_new
"""),
    _wrong("looks-ahead", "Nesterov's step", {"nesterov"}, """
    m = beta * m + grad
    w = w - eta * (beta * m + grad)
    return w, m
"""),
    _wrong("grad-in-place", "the momentum is added to grad itself", {"changes-input"}, """
    grad += beta * m
    m = grad
    w = w - eta * m
    return w, m
"""),
    _wrong("only-the-weights", "the momentum is not handed back", {"only-weights"}, """
    m = beta * m + grad
    w = w - eta * m
    return w
"""),
    _wrong("old-momentum-back", "the old momentum is handed back", {"old-momentum-returned"}, """
    velocity = beta * m + grad
    return w - eta * velocity, m
"""),
    _wrong("eta-in-both", "the learning rate is in both lines", {"rate-squared", "rate-inside"}, """
    m = beta * m + eta * grad
    w = w - eta * m
    return w, m
"""),
    _wrong("nothing-forgotten", "m only ever grows: beta isn't used", {"beta-forgotten"}, """
    m = m + grad
    w = w - eta * m
    return w, m
"""),
    _wrong("up-the-hill", "the step goes along the momentum", {"sign"}, """
    m.mul_(beta).add_(grad)
    w.add_(eta * m)
    return w, m
"""),
)  # fmt: skip
