"""Values in words."""

import subprocess
import sys

import torch

from autograder.judge import words

WRONG = """
import sys
import torch
from autograder.judge.answers import Answer, Call, StudentFailed
try:
    Answer(Call("f", ()), torch.zeros(2, 3)).close(torch.ones(2, 3), 0.1, "The answer")
except StudentFailed as failed:
    print("at [0, 0]" in failed.message, "sympy" in sys.modules)
"""


def test_a_place_is_an_index():
    values = torch.arange(24).reshape(2, 3, 4)
    assert words.place(17, values.shape) == [1, 1, 1]
    assert values[1, 1, 1] == 17
    assert words.place(0, ()) == []


def test_saying_what_is_wrong_does_not_import_torchs_compiler():
    done = subprocess.run([sys.executable, "-c", WRONG], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
