"""The fixed class that `autograder simulate` writes: who gives which answers, and what happened to the notebook."""

from __future__ import annotations

_USUAL = {
    "softmax": "max-shift",
    "log_softmax": "max-shift",
    "cross_entropy": "indexing",
    "accuracy": "argmax",
    "module": "registered",
    "sequential": "one-by-one",
    "optimizer": "no-grad",
    "dataset": "indexed",
    "sampler": "randperm",
    "dataloader": "zip-and-stack",
    "fit": "weighted-sums",
}


def _answers(*but: str) -> tuple[str, ...]:
    """Return the usual answers but for some questions, which have others ("question/slug") or ("question/") none."""
    other = dict(name.split("/") for name in but)
    return tuple(f"{question}/{slug}" for question, slug in (_USUAL | other).items() if slug)


# (student, answers as "question/name of the answer", a damage of ``authoring.damaged_notebooks``, "truncated", or "")
CLASS = (
    ("ada", _answers(), ""),
    ("alan", _answers("softmax/row-by-row", "module/looked-up", "sampler/random", "fit/concatenated"), ""),
    ("carl", _answers("log_softmax/input-overwritten", "fit/no-zero-grad"), ""),
    ("edsger", _answers("module/one-level", "sequential/list-only"), "tampered"),
    ("emmy", _answers("softmax/no-shift", "log_softmax/log-of-softmax", "accuracy/count"), ""),
    ("grace", _answers("cross_entropy/ready-made", "module/of-torch", "dataloader/of-torch"), ""),
    ("hedy", _answers("optimizer/zero-in-param-loop", "sampler/size-from-elsewhere", "fit/floor-of-batches"), ""),
    ("john", _answers("sampler/never-shuffled", "dataloader/len-drops-last"), ""),
    ("katherine", _answers("dataset/checked", "fit/parameters"), "truncated"),
    ("kurt", _answers("optimizer/copy"), "hanging_cell"),
    ("rosalind", _answers("fit/train-not-restored", "dataset/round-again", "sequential/", "sampler/"), ""),
    ("sofia", _answers("optimizer/uphill", "fit/mean-of-means", "cross_entropy/sum"), ""),
)
