"""The public checks."""

from __future__ import annotations

from typing import Any

import torch

from autograder.handed_out.selfcheck.comparing import compare, tensor
from autograder.handed_out.selfcheck.questions import Question, WrongError, by_name


def rms_of_two(rms: Any) -> None:
    """Two numbers."""
    right = torch.tensor(5.0, dtype=torch.float64)
    found = tensor(rms(torch.tensor([1.0, 7.0], dtype=torch.float64)), right, 5.0, "rms of 1 and 7", "x")
    compare("rms of 1 and 7", found, right)


def chunks_of_two(Chunks: Any) -> None:
    """Three items in chunks of two."""
    found = list(Chunks([1, 2, 3], 2))
    if found != [[1, 2], [3]]:
        raise WrongError("the chunks of [1, 2, 3]", str(found), "[[1, 2], [3]]", example="list(Chunks([1, 2, 3], 2))")


def stub_rms(rms: Any) -> bool:
    """It returns what it is given."""
    x = torch.ones(2)
    return rms(x) is x


def stub_chunks(Chunks: Any) -> bool:
    """It has no items."""
    return list(Chunks([1], 1)) == []


QUESTIONS = by_name(
    Question("rms", "rms", stub_rms, (rms_of_two,)),
    Question("chunks", "Chunks", stub_chunks, (chunks_of_two,), what="class"),
)
