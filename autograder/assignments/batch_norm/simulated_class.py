"""The fixed class that `autograder simulate` writes: who gives which answers, and what happened to the notebook."""

from __future__ import annotations

_QUESTIONS = (
    "standardise",
    "batch_norm",
    "batch_norm_grad",
    "batch_norm_layer",
    "conv_net",
    "evaluate",
    "error_ratio",
)


def _answers(*slugs: str) -> tuple[str, ...]:
    return tuple(f"{question}/{slug}" for question, slug in zip(_QUESTIONS, slugs, strict=True) if slug)


_USUAL = ("two-numbers", "biased", "one-line", "views", "sequential", "weighted", "fraction")


def _usual_but(**slugs: str) -> tuple[str, ...]:
    return _answers(*(slugs.get(question, slug) for question, slug in zip(_QUESTIONS, _USUAL, strict=True)))


# (student, answers as "question/name of the answer", a damage of ``authoring.damaged_notebooks``, "truncated", or "")
CLASS = (
    ("ada", _answers(*_USUAL), ""),
    (
        "alan",
        _answers("std-mean", "var-mean", "paper", "images-as-rows", "own-class", "all-at-once", "tensor"),
        "",
    ),
    ("carl", _usual_but(batch_norm="unbiased", batch_norm_layer="unbiased-normalise"), ""),
    ("edsger", _usual_but(batch_norm_layer="momentum-swapped", evaluate="train-afterwards"), "tampered"),
    ("emmy", _usual_but(batch_norm_grad="no-mean-term", batch_norm_layer="never-updated"), ""),
    ("grace", _usual_but(batch_norm="ready-made", batch_norm_layer="batch-in-evaluation"), ""),
    ("hedy", _usual_but(standardise="test-own-statistics", conv_net="no-last-relu"), ""),
    ("john", _usual_but(batch_norm="statistics-detached", batch_norm_layer="statistics-detached"), ""),
    ("katherine", _answers(*_USUAL), "truncated"),
    ("kurt", _answers(*_USUAL), "hanging_cell"),
    ("rosalind", _answers("per-pixel", "eps-outside", "", "", "", "mean-of-means", "upside-down"), ""),
    ("sofia", _usual_but(batch_norm_layer="not-normalised", conv_net="norm-after-relu"), ""),
)
