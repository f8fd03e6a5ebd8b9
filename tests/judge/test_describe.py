"""Values in words."""

import subprocess
import sys

import torch

from autograder.judge import describe

WRONG = """
import sys
import torch
from autograder.judge.answer_checks import Answer, Call, StudentFailed
try:
    Answer(Call("f", ()), torch.zeros(2, 3)).close(torch.ones(2, 3), 0.1, "The answer")
except StudentFailed as failed:
    print("at [0, 0]" in failed.message, "sympy" in sys.modules)
"""


def test_a_place_is_an_index():
    values = torch.arange(24).reshape(2, 3, 4)
    assert describe.place(17, values.shape) == [1, 1, 1]
    assert values[1, 1, 1] == 17
    assert describe.place(0, ()) == []


def test_saying_what_is_wrong_does_not_import_torchs_compiler():
    done = subprocess.run([sys.executable, "-c", WRONG], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_inputs_have_the_digits_of_their_dtype():
    assert describe.describe(torch.tensor([16777217.0, 0.1, -0.0, 1e-8])) == "4 float32 [16777216, 0.1, 0, 1e-08]"
    assert describe.describe(torch.tensor([0.1, 1 / 3], dtype=torch.float16)) == "2 float16 [0.1, 0.3333]"
    assert describe.describe(torch.tensor([0.1, 1 / 3], dtype=torch.bfloat16)) == "2 bfloat16 [0.1, 0.334]"
    assert describe.describe(torch.tensor([[1, 2]])) == "1×2 int64 [[1, 2]]"
    assert describe.describe(torch.ones(0, 3)) == "0×3 float32 []"
    near = torch.tensor([1.0000001, 100.00001])
    assert torch.equal(torch.tensor([float(x) for x in describe.describe(near)[11:-1].split(", ")]), near)
