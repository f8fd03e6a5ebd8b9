"""Exceptions that say enough by themselves to be put into a beginner's words, whatever the question is."""

from __future__ import annotations

from autograder.judge.diagnosis.claims import mentions
from autograder.judge.diagnosis.registry import Misconception

EXCEPTIONS = (
    Misconception(
        "",
        "values-and-indices",
        "takes what max or min gives along an axis for a tensor",
        "Along an axis, max and min give two things, the values and where they stand. Which of them do you need?",
        raises=r"TypeError: .*torch\.return_types\.(max|min)\b",
        claim=mentions(r"\b(max|min)\(.*(dim|axis|\d)"),
    ),
    Misconception(
        "",
        "transpose-without-axes",
        "calls transpose without saying which axes",
        "In torch, transpose must be told which two axes to exchange; for a matrix there is something shorter.",
        raises=r"TypeError: transpose\(\) (received an invalid combination|missing \d+ required)",
        claim=mentions(r"transpose\(\)"),
    ),
    Misconception(
        "",
        "no-power",
        "^ for a power",
        "In Python ^ is no power, it compares bits. How is a power written?",
        raises=r"NotImplementedError: \"bitwise_xor_\w+\" not implemented for '(Float|Double|Half)'"
        r"|TypeError: unsupported operand type\(s\) for \^=?: ",
        claim=mentions(r"\^"),
    ),
    Misconception(
        "",
        "two-devices",
        "tensors on different devices",
        "Some of your tensors are on a GPU and some are not. Where does your function make new ones, or move them?",
        raises=r"RuntimeError: Expected all tensors to be on the same device",
        claim=mentions(r"cuda|device"),
    ),
    Misconception(
        "",
        "no-gpu",
        "a GPU where there may be none",
        "Your function puts something on a GPU. On which device is what it is given, and is there a GPU at all?",
        raises=r"(RuntimeError|AssertionError): (there is no GPU here|Found no NVIDIA driver|No CUDA GPUs"
        r"|Torch not compiled with CUDA)",
        claim=mentions(r"cuda|device"),
    ),
)
