"""What a student reads, to the letter, for some misconceptions of each question: the first test that failed."""

from itertools import dropwhile, takewhile

import pytest

from autograder.assignments.minibatch_training.misconceptions import WRONG
from autograder.report.render_results import question_text
from tests.assignments.conftest import KNOWN

CANONICAL = KNOWN["minibatch_training"].canonical_answer

FEEDBACK = {
    ("softmax", "wrong-axis"): """\
  ✗ softmax is right for batches of any size, float32 and float64, contiguous or not. (0 / 0.5)
      The softmax is wrong: 2 of 2 numbers are off; at [0, 0] yours is 1, but it should be about 0.5.
      x          1×2 float64 [[0, 0]]
      yours      1×2 float64 [[1, 1]]
      expected   about 1×2 float64 [[0.5, 0.5]]
      Hint: Your probabilities don't add up to 1 in each row. Along which axis do you add up?
""",
    ("softmax", "no-shift"): """\
  ✗ softmax is right and finite for entries up to ±10,000, and its gradient is finite. (0 / 0.5)
      The softmax contains NaN, where the right answer is finite.
      x          1×1 float64 [[800]]
      yours      1×1 float64 [[NaN]]
      expected   about 1×1 float64 [[1]]
      Hint: Your softmax breaks down for large logits: exp overflows, or all of a row becomes 0. What can be taken off a row without changing its softmax?
""",  # noqa: E501 - to the letter
    ("softmax", "detached"): """\
  ✗ Autograd through softmax gives the right gradient. (0 / 0.5)
      There is no gradient: what came back is not connected with what was given. Is it a number, or detached, on the way?
      tried      The gradient of the sum of the entries of what comes back, each times one of the weights, with respect to x
      x          1×1 float64 [[0]]
      weights    1×1 float64 [[0.25]]
      yours      'no gradient: what came back is not connected with what was given'
      expected   a gradient
      Hint: Autograd can't go through your function. Where do numbers leave the graph, by detach, item or NumPy?
""",  # noqa: E501 - to the letter
    ("softmax", "changes-input"): """\
  ✗ softmax leaves x as it was. (0 / 0.25)
      softmax changed its input x: work on a copy instead.
      x          3×3 float64 [[0.00390625, 0.0078125, 0.01171875], [0.015625, 0.01953125, 0.0234375], [0.02734375, 0.03125, 0.03515625]]
      yours      a changed x
      expected   x as it was
      Hint: Your function changes its input. Which of your operations work in place?
""",  # noqa: E501 - to the letter
    ("log_softmax", "log-of-softmax"): """\
  ✗ log_softmax is right and finite for entries up to ±10,000, and its gradient is finite. (0 / 0.75)
      The log-softmax contains an infinity, where the right answer is finite.
      x          1×2 float64 [[0, 800]]
      yours      1×2 float64 [[-infinity, 0]]
      expected   about 1×2 float64 [[-800, 0]]
      Hint: Your log_softmax isn't finite for large logits: a probability comes out as 0, or an exponential is infinite. Can the logarithm be taken on paper first?
""",  # noqa: E501 - to the letter
    ("log_softmax", "input-overwritten"): """\
  ✗ log_softmax and logsumexp leave x as it was. (0 / 0.25)
      log_softmax changed its input x: work on a copy instead.
      x          4×3 float64 [[0.00390625, 0.0078125, 0.01171875], [0.015625, 0.01953125, 0.0234375], [0.02734375, 0.03125, 0.03515625], [0.0390625, 0.04296875, 0.046875]]
      yours      a changed x
      expected   x as it was
      Hint: Your function changes its input. Which of your operations work in place?
""",  # noqa: E501 - to the letter
    ("log_softmax", "not-a-column"): """\
  ✗ logsumexp returns a tensor of shape (N, 1) with the dtype of x. (0 / 0.25)
      The log-sum-exp has shape 4, but it should be 4×1.
      x          4×2 float64 [[0.00390625, 0.0078125], [0.01171875, 0.015625], [0.01953125, 0.0234375], [0.02734375, 0.03125]]
      yours      4 float64 tensor
      expected   a 4×1 float64 tensor
      Hint: The numbers of your logsumexp are right. Which shape should they have?
""",  # noqa: E501 - to the letter
    ("cross_entropy", "sum"): """\
  ✗ nll is the mean over the batch of minus the label's log-probability, however unlikely the labels are. (0 / 0.5)
      The loss is 1.3862944, but it should be about 0.69314718.
      log_p      2×2 float64 [[-0.69314718, -0.69314718], [-0.69314718, -0.69314718]]
      y          2 int64 [0, 0]
      yours      one number float64 1.3862944
      expected   about 0.69314718
      Hint: Your loss grows with the size of the batch: it is N times the right one. What is it a mean over?
""",
    ("cross_entropy", "logits-as-they-are"): """\
  ✗ cross_entropy is the mean cross-entropy for batches of any size, float32 and float64, contiguous or not. (0 / 0.75)
      The loss is 0, but it should be about 0.69314718.
      tried      What it gives for 1×2 float64 tensor and 1 labels
      log_softmax a right log_softmax
      logits     1×2 float64 [[0, 0]]
      y          1 int64 [0]
      yours      one number float64 0
      expected   about 0.69314718
      Hint: Your cross-entropy takes the logits for log-probabilities. What makes log-probabilities of them?
""",
    ("cross_entropy", "ready-made"): """\
  ✗ nll is the mean over the batch of minus the label's log-probability, however unlikely the labels are. (0 / 0.5)
      nll uses torch.nn.functional.nll_loss, which this question asks you to do without.
      Hint: This question asks for the loss itself, without a ready-made one.
""",
    ("accuracy", "count"): """\
  ✗ accuracy is the fraction of rows whose largest logit is the label's, for batches of any size. (0 / 1)
      The accuracy is 2, but it should be about 1.
      logits     2×1 float64 [[0.25], [0.25]]
      y          2 int64 [0, 0]
      yours      one number float32 2
      expected   about 1
      Hint: Your result is the number of right answers. What fraction of all are they?
""",
    ("module", "one-level"): """\
  ✗ parameters() reaches modules within modules, at any depth. (0 / 0.5)
      In what came back under 'parameters': it has no elements, but it should have 2.
      tried      These were set on a module, one after another, and it was asked for its parameters twice
      lines      ['inner = Module', 'inner.layer = Linear']
      yours      under 'parameters': []
      expected   under 'parameters': ['inner.layer.weight', 'inner.layer.bias']
      Hint: Your module doesn't look into the modules that are in its modules. How deep can they lie?
""",
    ("module", "shared-twice"): """\
  ✗ parameters() gives each parameter once, though it can be reached in two ways. (0 / 0.5)
      In what came back under 'parameters': it has 8 elements, but it should have 4.
      tried      These were set on a module, one after another, and it was asked for its parameters twice
      lines      ['a = Linear', 'b = a', 'c = Linear', 'd = a']
      yours      under 'parameters': ['a.weight', 'a.bias', 'a.weight', 'a.bias', …]
      expected   under 'parameters': ['a.weight', 'a.bias', 'c.weight', 'c.bias']
      Hint: A parameter that two layers share comes twice from your parameters(). What would the optimiser do with it?
""",
    ("module", "modes-not-passed-on"): """\
  ✗ train() and eval() reach all modules and layers within, at any depth. (0 / 0.5)
      In what came back under 'inner': it is True, but it should be False.
      tried      These were set on a module, one after another; then came ['eval()']: whether it and its parts are in training
      lines      ['inner = Module', 'inner.layer = Linear']
      asked      ['eval()']
      yours      under 'inner': True
      expected   under 'inner': False
      Hint: Your train and eval don't reach the modules within.
""",  # noqa: E501 - to the letter
    ("module", "of-torch"): """\
  ✗ parameters() gives the module's own parameters, in the order in which they were assigned, as often as asked. (0 / 0.75)
      Module uses torch.nn.Module as a base class, which this question asks you to do without.
      Hint: This question asks for a module of your own, without torch's.
""",  # noqa: E501 - to the letter
    ("sequential", "list-only"): """\
  ✗ parameters() of a Sequential gives those of all its layers. (0 / 0.75)
      In what came back under 'its own': it has no elements, but it should have 2.
      tried      A Sequential of ['Linear'] was asked for its parameters
      Module     a right Module
      layers     ['Linear']
      yours      under 'its own': []
      expected   under 'its own': ['layer 0, parameter 0', 'layer 0, parameter 1']
      Hint: Your Sequential keeps its layers in a list. Does your Module find what is in a list?
""",
    ("sequential", "functions-left-out"): """\
  ✗ A Sequential passes its input through the layers, modules and functions alike, one after another. (0 / 1)
      What came back is wrong: 3 of 3 numbers are off; at [0, 0] yours is -1, but it should be about -2.
      tried      A Sequential of ['function'] was called with 1×3 float64 tensor, twice
      Module     a right Module
      layers     ['function']
      x          1×3 float64 [[-1, -0.75, -0.5]]
      yours      1×3 float64 [[-1, -0.75, -0.5]]
      expected   about 1×3 float64 [[-2, -1.5, -1]]
      Hint: A plain function in a layer's place does nothing in your Sequential.
""",
    ("optimizer", "zero-in-param-loop"): """\
  ✗ step() takes lr times its gradient off each parameter, in place. (0 / 1)
      In what came back under 'after each step', element [0], element [1]: it is wrong: 2 of 2 numbers are off; at [0, 0] yours is 0.25, but it should be about 1.25.
      tried      3 parameters given as a list; steps with these gradients, and opt.lr set to each of the rates
      values     [2×2 float64 [[1, -2], [3, 0.5]], 1×2 float64 [[0.25, 2]], 1×1 float64 [[-1]]]
      gradients  [[2×2 float64 [[0.5, 1], [-0.25, 2]], 1×2 float64 [[-2, 0.75]], 1×1 float64 [[3]]]]
      rates      [0.5]
      given_as   'list'
      yours      under 'after each step', element [0], element [1]: 1×2 float64 [[0.25, 2]]
      expected   under 'after each step', element [0], element [1]: about 1×2 float64 [[1.25, 1.625]]
      Hint: Only your first parameter moves. When are the gradients of the others cleared?
""",  # noqa: E501 - to the letter
    ("optimizer", "not-in-place"): """\
  ✗ step() takes lr times its gradient off each parameter, in place. (0 / 1)
      In what came back under 'after each step', element [0], element [0]: it is wrong: 4 of 4 numbers are off; at [1, 1] yours is 0.5, but it should be about -0.5.
      tried      3 parameters given as a list; steps with these gradients, and opt.lr set to each of the rates
      values     [2×2 float64 [[1, -2], [3, 0.5]], 1×2 float64 [[0.25, 2]], 1×1 float64 [[-1]]]
      gradients  [[2×2 float64 [[0.5, 1], [-0.25, 2]], 1×2 float64 [[-2, 0.75]], 1×1 float64 [[3]]]]
      rates      [0.5]
      given_as   'list'
      yours      under 'after each step', element [0], element [0]: 2×2 float64 [[1, -2], [3, 0.5]]
      expected   under 'after each step', element [0], element [0]: about 2×2 float64 [[0.75, -2.5], [3.125, -0.5]]
      Hint: The parameters that the model holds don't move. Does your step change these very tensors, or others?
""",  # noqa: E501 - to the letter
    ("optimizer", "generator-kept"): """\
  ✗ Several steps in a row are right, where the parameters were given as a generator or another iterator. (0 / 0.75)
      In what came back under 'after each step', element [1], element [0]: it is wrong: 4 of 4 numbers are off; at [1, 1] yours is -0.5, but it should be about 1.
      tried      3 parameters given as a generator; steps with these gradients, and opt.lr set to each of the rates
      values     [2×2 float64 [[1, -2], [3, 0.5]], 1×2 float64 [[0.25, 2]], 1×1 float64 [[-1]]]
      gradients  [[2×2 float64 [[0.5, 1], [-0.25, 2]], 1×2 float64 [[-2, 0.75]], 1×1 float64 [[3]]], [2×2 float64 [[-1, 0.5], [0.5, -3]], 1×2 float64 [[1, 1.5]], 1×1 float64 [[-0.5]]], [2×2 float64 [[0.5, 1], [-0.25, 2]], 1×2 float64 [[-2, 0.75]], 1×1 float64 [[3]]]]
      rates      [0.5]
      given_as   'generator'
      yours      under 'after each step', element [1], element [0]: 2×2 float64 [[0.75, -2.5], [3.125, -0.5]]
      expected   under 'after each step', element [1], element [0]: about 2×2 float64 [[1.25, -2.75], [2.875, 1]]
      Hint: Your optimiser goes through its parameters once, and never again where they came from a generator. What is left of it after one loop?
""",  # noqa: E501 - to the letter
    ("dataset", "round-again"): """\
  ✗ An int that is outside raises IndexError. (0 / 0.25)
      In what came back under 'raises': it is 'nothing', but it should be 'IndexError'.
      tried      A data set of 3 examples, at index 3, which is outside, and at index 0: what it raises, and gives
      x          3×2 float64 [[0, 0.25], [1, 1.25], [2, 2.25]]
      y          3 int64 [7, 3, 8]
      index      3
      yours      under 'raises': 'nothing'
      expected   under 'raises': 'IndexError'
      Hint: A loop over your data set never ends: what should happen at an index that is outside?
""",
    ("sampler", "order-drawn-once"): """\
  ✗ A shuffling Sampler gives a new order at each pass. (0 / 0.75)
      In what came back under 'the second pass in another order than the first': it is False, but it should be True.
      tried      A shuffling sampler over 250 examples, gone through 3 times, and more: whether the orders are new ones
      n          250
      yours      under 'the second pass in another order than the first': False
      expected   under 'the second pass in another order than the first': True
      Hint: Your sampler shuffles, and gives the same order at every pass. When and how is it drawn?
""",
    ("sampler", "len-floors"): """\
  ✗ len of a BatchSampler is the number of batches, the last one included. (0 / 0.25)
      What came back is 1, but it should be 2.
      tried      How many batches of 2 there are of 3 indices, drop_last: []
      n          3
      size       2
      options    []
      yours      1
      expected   2
      Hint: The length of your batch sampler leaves out the last batch, which comes all the same. How do you round?
""",
    ("sampler", "batches-once"): """\
  ✗ A BatchSampler can be gone through again, and asks its sampler anew each time. (0 / 0.5)
      In what came back element [1]: it has no elements, but it should have 2.
      tried      A batch sampler over a sampler that gives [[0, 1, 2], [2, 1, 0]], batches of 2, drop_last: []; two passes
      passes     [[0, 1, 2], [2, 1, 0]]
      size       2
      options    []
      yours      element [1]: []
      expected   element [1]: [[2, 1], [0]]
      Hint: Nothing is left of your batch sampler at the second pass. What does each loop start with?
""",  # noqa: E501 - to the letter
    ("dataloader", "len-drops-last"): """\
  ✗ len of a DataLoader is the number of batches, the last one included. (0 / 0.5)
      What came back is 1, but it should be 2.
      tried      The length of a loader over 3 examples, with batches [[2, 0], [1]]
      x          3×2 float64 [[0, 0.25], [1, 1.25], [2, 2.25]]
      y          3 int64 [7, 3, 8]
      indices    [[2, 0], [1]]
      yours      1
      expected   2
      Hint: The length of your loader leaves out the last batch, which comes all the same.
""",
    ("dataloader", "collate-ignored"): """\
  ✗ A DataLoader gives what collate_fn makes of the samples of each batch, the data set asked by int. (0 / 1.25)
      In what came back element [0], element [0], element [0]: it should be a list or tuple, but it is a 2×2 float64 tensor.
      tried      A loader over 3 examples, with a collate_fn that makes lists and batches [[[2, 0], [1]]]; a pass for each
      x          3×2 float64 [[0, 0.25], [1, 1.25], [2, 2.25]]
      y          3 int64 [7, 3, 8]
      passes     [[[2, 0], [1]]]
      yours      element [0], element [0], element [0]: 2×2 float64 [[2, 2.25], [0, 0.25]]
      expected   element [0], element [0], element [0]: [2 float64 [2, 2.25], 2 float64 [0, 0.25]]
      Hint: Your loader always uses the same function, whatever collate_fn is given.
""",  # noqa: E501 - to the letter
    ("fit", "sums-not-reset"): """\
  ✗ The numbers of each epoch are measured after its training, and are of that epoch alone. (0 / 0.5)
      In what came back under 'pairs', element [1], element [0]: The mean loss is 1.6582165, but it should be about 1.6973755.
      tried      What comes back after 2 epochs with learning rate 0.5; and for each pass through the validation: the part of all steps that was taken before it, and the weights in it
      accuracy   a right accuracy
      weights    a dictionary with 'weight' 2×1 float64 tensor and 'bias' 2 float64 tensor
      train      [[1×1 float64 [[0.375]], 1 int64 [1]]]
      valid      [[4×1 float64 [[-0.375], [0.25], [1.75], [0.75]], 4 int64 [0, 0, 1, 0]]]
      epochs     2
      rate       0.5
      yours      under 'pairs', element [1], element [0]: 1.6582165
      expected   under 'pairs', element [1], element [0]: about 1.6973755
      Hint: From the second epoch on your numbers have the epochs before in them, too. Where do your sums start?
""",  # noqa: E501 - to the letter
    ("fit", "no-zero-grad"): """\
  ✗ Every training batch makes one step, along the gradient of its own loss alone. (0 / 0.75)
      In what came back under 'weight': it is wrong: 2 of 2 numbers are off; at [0, 0] yours is 1.1704916, but it should be about 1.2251887.
      tried      A linear model's weights after 1 epoch(s) with learning rate 0.5, the loss cross-entropy, batches as given
      accuracy   a right accuracy
      weights    a dictionary with 'weight' 2×1 float64 tensor and 'bias' 2 float64 tensor
      train      [[3×1 float64 [[0.375], [1.75], [1]], 3 int64 [1, 1, 1]], [1×1 float64 [[0.625]], 1 int64 [0]]]
      valid      [[3×1 float64 [[-0.375], [-1], [-1.25]], 3 int64 [1, 0, 1]], [1×1 float64 [[-0.625]], 1 int64 [0]]]
      epochs     1
      rate       0.5
      loss       'cross-entropy'
      yours      under 'weight': 2×1 float64 [[1.1704916], [1.0795084]]
      expected   under 'weight': about 2×1 float64 [[1.2251887], [1.0248113]]
      Hint: Each of your steps has the gradients of all batches before it, too. What does backward do with what is there?
""",  # noqa: E501 - to the letter
    ("fit", "mean-of-means"): """\
  ✗ The loss that fit gives is the mean over all validation examples, whatever the sizes of the batches. (0 / 0.75)
      In what came back element [0], element [0]: The mean loss is 0.54584176, but it should be about 0.64895273.
      tried      What comes back after 1 epoch(s) with learning rate 0, the loss cross-entropy, batches as given
      accuracy   a right accuracy
      weights    a dictionary with 'weight' 2×1 float64 tensor and 'bias' 2 float64 tensor
      train      [[2×1 float64 [[0.375], [1.75]], 2 int64 [1, 1]], [2×1 float64 [[0.625], [0.75]], 2 int64 [0, 0]], [1×1 float64 [[0.875]], 1 int64 [0]]]
      valid      [[3×1 float64 [[-0.375], [0], [-1]], 3 int64 [1, 0, 0]], [3×1 float64 [[-0.625], [1.75], [-1.25]], 3 int64 [1, 1, 1]], [1×1 float64 [[-0.875]], 1 int64 [1]]]
      epochs     1
      rate       0
      loss       'cross-entropy'
      yours      element [0], element [0]: 0.54584176
      expected   element [0], element [0]: about 0.64895273
      Hint: You average the averages of batches that are not all of one size. When is that the average of all examples?
""",  # noqa: E501 - to the letter
    ("fit", "train-not-restored"): """\
  ✗ The model is in training mode again in the epochs after the first. (0 / 0.5)
      In what came back under 'training batch 0', under 'in training mode': it has 2 elements, but it should have 1.
      tried      A model with dropout, first in evaluation mode, after 2 epoch(s): the modes for each batch, and whether a graph was built
      accuracy   a right accuracy
      weights    a dictionary with 'weight' 2×1 float64 tensor and 'bias' 2 float64 tensor
      train      [[3×1 float64 [[0.375], [1.75], [1]], 3 int64 [1, 1, 1]]]
      valid      [[2×1 float64 [[-0.375], [2]], 2 int64 [0, 1]]]
      epochs     2
      kind       'dropout'
      yours      under 'training batch 0', under 'in training mode': [False, True]
      expected   under 'training batch 0', under 'in training mode': [True]
      Hint: From the second epoch on your model is still in evaluation mode when it is trained.
""",  # noqa: E501 - to the letter
    ("fit", "graph-in-validation"): """\
  ✗ No graph is built with the validation batches. (0 / 0.5)
      In what came back under 'validation batch 0', under 'graph', element [0]: it is True, but it should be False.
      tried      A model with dropout, first in evaluation mode, after 1 epoch(s): the modes for each batch, and whether a graph was built
      accuracy   a right accuracy
      weights    a dictionary with 'weight' 2×1 float64 tensor and 'bias' 2 float64 tensor
      train      [[3×1 float64 [[0.375], [1.75], [1]], 3 int64 [1, 1, 1]]]
      valid      [[2×1 float64 [[-0.375], [2]], 2 int64 [0, 1]]]
      epochs     1
      kind       'dropout'
      yours      under 'validation batch 0', under 'graph', element [0]: True
      expected   under 'validation batch 0', under 'graph', element [0]: False
      Hint: A graph is built in your validation, which nobody needs. What switches that off?
""",  # noqa: E501 - to the letter
}  # fmt: skip


@pytest.mark.parametrize(("question", "slug"), FEEDBACK)
def test_what_a_student_reads(question, slug, judge_answer):
    entry = next(entry for entry in WRONG if (entry.question, entry.slug) == (question, slug))
    found = judge_answer("minibatch_training", question, next(entry.variants(CANONICAL(question))))
    lines = question_text(found, "on").splitlines()
    first = list(dropwhile(lambda line: not line.startswith("  ✗"), lines))
    block = [first[0], *takewhile(lambda line: line.startswith("      "), first[1:])]
    assert "\n".join(block) + "\n" == FEEDBACK[question, slug]
