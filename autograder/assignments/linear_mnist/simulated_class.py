"""The fixed class that `autograder simulate` writes: who gives which answers, and what happened to the notebook."""

from __future__ import annotations

_QUESTIONS = ("ce_loss", "grad_func", "sgd_momentum", "adam")


def _answers(*slugs: str) -> tuple[str, ...]:
    return tuple(f"{question}/{slug}" for question, slug in zip(_QUESTIONS, slugs, strict=True) if slug)


_USUAL = _answers("log-softmax", "matrix", "new-tensors", "textbook")

# (student, answers as "question/name of the answer", a damage of ``authoring.damaged_notebooks``, "truncated", or "")
CLASS = (
    ("ada", (*_USUAL, "other_optimiser/rmsprop"), ""),
    ("alan", (*_answers("numpy-shifted", "loop", "in-place", "lerp"), "other_optimiser/adagrad"), ""),
    ("carl", _answers("log-softmax", "matrix", "new-tensors", "no-bias-correction"), ""),
    ("edsger", _answers("log-softmax", "sign", "new-tensors", "textbook"), "tampered"),
    ("emmy", _answers("no-max-shift", "missing-mean", "in-place", "lerp"), ""),
    ("grace", _answers("ready-made", "autograd", "new-tensors", "textbook"), ""),
    ("hedy", _answers("log-softmax", "ends-the-process", "step-first", "textbook"), ""),
    ("john", _answers("tensor", "matrix", "new-tensors", "hangs"), ""),
    ("katherine", _USUAL, "truncated"),
    ("kurt", _USUAL, "hanging_cell"),
    ("rosalind", _answers("sum-over-batch", "changes-input", "", ""), ""),
    ("sofia", _answers("log-softmax", "matrix", "ema", "memory"), ""),
)
