"""What a student reads, to the letter, for a dozen misconceptions: the first test that failed, and the hint."""

from itertools import dropwhile, takewhile

import pytest

from autograder.assignments.linear_mnist.misconceptions import WRONG
from autograder.judge.assignment import Assignment
from autograder.report.render_results import question_text

LINEAR_MNIST = Assignment.find("linear_mnist")

FEEDBACK = {
    ("ce_loss", "sum-over-batch"): """\
  ✗ CE_loss of a batch is the mean of what CE_loss gives for each example of it. (0 / 0.75)
      The loss, beside the mean of those of its examples, is 1.4401897, but it should be about 0.72009485.
      X          2×1 float64 [[1], [2]]
      ystar      2×2 float64 [[1, 0], [0, 1]]
      w          1×2 float64 [[0, 1]]
      yours      1.4401897
      expected   about 0.72009485
      Hint: Your loss is N times the right one: did you forget to average over the batch?
""",
    ("ce_loss", "no-max-shift"): """\
  ✗ CE_loss stays finite for logits up to ±10,000, and right up to a factor and its sign. (0 / 1)
      The loss contains NaN, where the right answer is finite.
      X          1×1 float64 [[1]]
      ystar      1×2 float64 [[1, 0]]
      w          1×2 float64 [[0, 1024]]
      at         batch 1 of 4
      yours      NaN
      expected   about 1024
      Hint: Your loss is right for small logits only: exp overflows. What can be taken off the logits without changing the softmax?
""",  # noqa: E501 - to the letter
    ("ce_loss", "tensor"): """\
  ✗ CE_loss returns its value as a Python float, not as a tensor, for one class and for large logits, too. (0 / 0.25)
      CE_loss must return a Python float, but yours returned one number float64 tensor.
      X          1×1 float64 [[1]]
      ystar      1×2 float64 [[1, 0]]
      w          1×2 float64 [[0, 1]]
      at         batch 1 of 2
      yours      one number float64 1.3132617
      expected   a float
      Hint: What comes back is a tensor; it should be a Python float.
""",
    ("ce_loss", "wrong-axis"): """\
  ✗ CE_loss is the cross-entropy where the batch is one example. (0 / 0.75)
      The loss is 0, but it should be about 1.3132617.
      X          1×1 float64 [[1]]
      ystar      1×2 float64 [[1, 0]]
      w          1×2 float64 [[0, 1]]
      yours      0
      expected   about 1.3132617
      Hint: Your probabilities don't add up to 1 for each example. Along which axis does your softmax go?
""",
    ("ce_loss", "ready-made"): """\
  ✗ CE_loss is the cross-entropy where the batch is one example. (0 / 0.75)
      CE_loss uses torch.nn.functional.cross_entropy, which this question asks you to do without.
      Hint: This question asks for the loss itself, without the ready-made one.
""",
    ("grad_func", "missing-mean"): """\
  ✗ grad_func of a batch is the mean of what grad_func gives for each example of it. (0 / 0.75)
      The gradient, beside the mean of those of its examples, is wrong: 2 of 2 numbers are off; at [0, 0] yours is -0.49265273, but it should be about -0.24632637.
      X          2×1 float64 [[1], [2]]
      ystar      2×2 float64 [[1, 0], [0, 1]]
      w          1×2 float64 [[0, 1]]
      yours      1×2 float64 [[-0.49265273, 0.49265273]]
      expected   about 1×2 float64 [[-0.24632637, 0.24632637]]
      Hint: Your gradient is N times the right one: did you forget to average over the batch?
""",  # noqa: E501 - to the letter
    ("grad_func", "sign"): """\
  ✗ grad_func is the gradient of the cross-entropy where the batch is one example. (0 / 1)
      The gradient is wrong: 2 of 2 numbers are off; at [0, 1] yours is -0.73105858, but it should be about 0.73105858.
      X          1×1 float64 [[1]]
      ystar      1×2 float64 [[1, 0]]
      w          1×2 float64 [[0, 1]]
      yours      1×2 float64 [[0.73105858, -0.73105858]]
      expected   about 1×2 float64 [[-0.73105858, 0.73105858]]
      Hint: Your gradient points the wrong way: check the sign. In which direction does the loss grow?
""",
    ("grad_func", "transposed"): """\
  ✗ grad_func is the gradient of the cross-entropy where the batch is one example. (0 / 1)
      The gradient has shape 2×1, but it should be 1×2.
      X          1×1 float64 [[1]]
      ystar      1×2 float64 [[1, 0]]
      w          1×2 float64 [[0, 1]]
      yours      2×1 float64 tensor
      expected   a 1×2 float64 tensor
      Hint: Your gradient is transposed: what shape must it have to be subtracted from w?
""",
    ("grad_func", "changes-input"): """\
  ✗ grad_func leaves X, ystar and w as they were, contiguous or not. (0 / 0.5)
      grad_func changed its input ystar: work on a copy instead.
      X          2×2 float64 (not contiguous in memory) [[1, 2], [0.5, -1]]
      ystar      2×2 float64 (not contiguous in memory) [[1, 0], [0, 1]]
      w          2×2 float64 (not contiguous in memory) [[0, 1], [1, 0]]
      yours      a changed ystar
      expected   ystar as it was
      Hint: Your function changes one of its inputs. Which of your operations work in place?
""",
    ("grad_func", "autograd"): """\
  ✗ grad_func is the gradient of the cross-entropy where the batch is one example. (0 / 1)
      grad_func uses Tensor.backward, which this question asks you to do without.
      Hint: This question asks for the gradient by hand, without autograd.
""",
    ("sgd_momentum", "ema"): """\
  ✗ From zero momentum, the new m is grad, and w moves. (0 / 0.5)
      The new m is 0.5, but it should be about 1.
      w          1×1 float64 [[0]]
      m          1×1 float64 [[0]]
      grad       1×1 float64 [[1]]
      eta        0.5
      beta       0.5
      yours      1×1 float64 [[0.5]]
      expected   about 1×1 float64 [[1]]
      Hint: You average the gradients: something stands before grad that the formula doesn't have.
""",
    ("sgd_momentum", "step-first"): """\
  ✗ From zero momentum, the new m is grad, and w moves. (0 / 0.5)
      The new w is the old one.
      w          1×1 float64 [[0]]
      m          1×1 float64 [[0]]
      grad       1×1 float64 [[1]]
      eta        0.5
      beta       0.5
      yours      1×1 float64 [[0]]
      expected   a step
      Hint: You step with the old momentum. Which of the two comes first?
""",
    ("adam", "no-bias-correction"): """\
  ✗ The new w is right after the first step, from zero moments at t = 1. (0 / 1)
      The new w is -0.30974836, but it should be about -0.45454545.
      w          1×1 float64 [[0]]
      m          1×1 float64 [[0]]
      v          1×1 float64 [[0]]
      grad       1×1 float64 [[1]]
      t          1
      eta        0.5
      beta_1     0.5
      beta_2     0.5
      epsilon    0.1
      yours      1×1 float64 [[-0.30974836]]
      expected   about 1×1 float64 [[-0.45454545]]
      Hint: Your first steps have the wrong size: the running means start at zero. What corrects that?
""",
    ("adam", "epsilon-inside-root"): """\
  ✗ The new w is right after the first step, from zero moments at t = 1. (0 / 1)
      The new w is -0.47673129, but it should be about -0.45454545.
      w          1×1 float64 [[0]]
      m          1×1 float64 [[0]]
      v          1×1 float64 [[0]]
      grad       1×1 float64 [[1]]
      t          1
      eta        0.5
      beta_1     0.5
      beta_2     0.5
      epsilon    0.1
      yours      1×1 float64 [[-0.47673129]]
      expected   about 1×1 float64 [[-0.45454545]]
      Hint: Your epsilon is under the root. Where does the formula have it?
""",
    ("adam", "t-too-large"): """\
  ✗ The new w is right after the first step, from zero moments at t = 1. (0 / 1)
      The new w is -0.36370385, but it should be about -0.45454545.
      w          1×1 float64 [[0]]
      m          1×1 float64 [[0]]
      v          1×1 float64 [[0]]
      grad       1×1 float64 [[1]]
      t          1
      eta        0.5
      beta_1     0.5
      beta_2     0.5
      epsilon    0.1
      yours      1×1 float64 [[-0.36370385]]
      expected   about 1×1 float64 [[-0.45454545]]
      Hint: Your bias correction is one step ahead. With which t does the first step start?
""",
}  # fmt: skip


@pytest.mark.parametrize(("question", "slug"), FEEDBACK)
def test_what_a_student_reads(question, slug, judged):
    entry = next(entry for entry in WRONG if (entry.question, entry.slug) == (question, slug))
    lines = question_text(
        judged(question, next(entry.variants(LINEAR_MNIST.canonical_answer(question)))), "on"
    ).splitlines()
    first = list(dropwhile(lambda line: not line.startswith("  ✗"), lines))
    block = [first[0], *takewhile(lambda line: line.startswith("      "), first[1:])]
    assert "\n".join(block) + "\n" == FEEDBACK[question, slug]
