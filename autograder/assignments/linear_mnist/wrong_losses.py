"""Named wrong answers to the question for the loss."""

from __future__ import annotations

import torch

from autograder.judge.diagnosis import looks
from autograder.judge.diagnosis.claims import any_of, returns_nothing, returns_type, unsteady, uses
from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from . import claims_of_batches as batches
from . import claims_of_loss as of_loss
from . import claims_of_small_slips as slips
from .claims_of_batches import BATCH, C, D
from .claims_of_looks import BATCHES as BATCHES_TRIED
from .claims_of_looks import seen_again
from .claims_of_loss import LOSS
from .wrong_parts import BATCHES, BESIDE_N, BLOCKS, CONVERTS, DECAYS, REPLACES, ROUNDS, SIZES, SMALL, VISIBLE

_LOG_P = "log_p = torch.log_softmax(logits, dim=1)"
_LOSS = "loss = -(ystar * log_p).sum(dim=1).mean()"
_OWN_SOFTMAX = "p = torch.exp(logits)\n    p = p / p.sum(dim=1, keepdim=True)\n    "
_LOG_OF_SUM = "log_p = logits - torch.log(torch.exp(logits).sum(dim=1, keepdim=True))"
_LOG_OF_SOFTMAX = "log_p = torch.log(torch.softmax(logits, dim=1))"
# Where something isn't finite it matters how the right class is chosen: 0 * inf is NaN.
_CHOSEN = "loss = -log_p[torch.arange(len(X)), ystar.argmax(dim=1)].mean()"
_ONE_SHIFT = "z = logits - logits.max()\n    "
_MEAN, _LEAST = "logits.mean(dim=1, keepdim=True)", "logits.amin(dim=1, keepdim=True)"
_SIZE = "logits.abs().amax(dim=1, keepdim=True)"
_LARGEST = "logits.amax(dim=1, keepdim=True)"


def _chosen(log_p: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the edits in the three ways of choosing the right class: by a product, an index, before the logarithm."""
    before = log_p.replace("log_p = torch.log(p)", "log_p = p").replace("log_p = torch.log(", "log_p = (")
    first = ((_LOG_P, before), (_LOSS, "loss = -torch.log((ystar * log_p).sum(dim=1)).mean()"))
    return (((_LOG_P, log_p),), ((_LOG_P, log_p), (_LOSS, _CHOSEN)), *([first] if before != log_p else []))


WRONG = (
    Wrong("ce_loss", "sum-over-batch", "the sum over the batch instead of the mean",
          "Your loss is N times the right one: did you forget to average over the batch?",
          ((".mean()", ".sum()"),), claim=batches.sum_over_batch(LOSS)),
    Wrong("ce_loss", "sign", "the sign is wrong",
          "Your loss has the wrong sign. What is the sign of the logarithm of a probability?",
          (("-(ystar", "(ystar"),), claim=of_loss.sign),
    Wrong("ce_loss", "shifted-by-the-size", "the largest size of a logit is taken off",
          "Your loss breaks down where all logits of an example are large and negative. Do you take off the largest "
          "logit, or the largest size of one?",
          ((_LOG_P, f"z = logits - {_SIZE}\n    " + _LOG_OF_SUM.replace("logits", "z")),),
          also=(*_chosen(f"z = logits - {_SIZE}\n    " + _LOG_OF_SUM.replace("logits", "z"))[1:],
                *_chosen(f"logits = logits - {_SIZE}\n    {_OWN_SOFTMAX}log_p = torch.log(p)")),
          claim=of_loss.breaks_down_below),
    Wrong("ce_loss", "mean-over-everything", "the mean over examples and classes",
          "Your loss is too small by the number of classes: over what do you average, and over what should you sum?",
          ((".sum(dim=1).mean()", ".mean()"),), claim=LOSS.counts(classes=C / (C + 1))),
    Wrong("ce_loss", "wrong-axis", "the softmax goes over the batch instead of the classes",
          "Your probabilities don't add up to 1 for each example. Along which axis does your softmax go?",
          (("logits, dim=1", "logits, dim=0"),),
          also=(((_LOG_P, "log_p = torch.log_softmax(logits.flatten(), dim=0).view_as(logits)"),),),
          claim=batches.softmax_over_batch(LOSS)),
    Wrong("ce_loss", "no-max-shift", "exp of the raw logits: overflows or underflows when they are large",
          "Your loss is right for small logits only: exp overflows. What can be taken off the logits without changing "
          "the softmax?",
          ((_LOG_P, _OWN_SOFTMAX + "log_p = torch.log(p)"),),
          also=(*_chosen(_OWN_SOFTMAX + "log_p = torch.log(p)")[1:], *_chosen(_LOG_OF_SUM),
                *_chosen(f"z = logits - {_MEAN}\n    " + _LOG_OF_SUM.replace("logits", "z")),
                *_chosen(f"z = logits - {_LEAST}\n    " + _LOG_OF_SUM.replace("logits", "z"))),
          symptom=Symptom.OVERFLOW, claim=batches.exp_overflows(LOSS)),
    Wrong("ce_loss", "log-of-softmax", "the logarithm of a softmax that has underflowed to 0",
          "Where a class is very improbable, its probability comes out as exactly 0, and the logarithm of 0 isn't "
          "finite. Can the logarithm of the softmax be computed without its probabilities?",
          ((_LOG_P, _LOG_OF_SOFTMAX),), also=_chosen(_LOG_OF_SOFTMAX)[1:], symptom=Symptom.OVERFLOW,
          claim=of_loss.log_of_zero),
    Wrong("ce_loss", "clamped-log", "the probabilities are kept away from 0 before the logarithm",
          "Your loss stops growing when the right class is very improbable. Do you add something to the probabilities, "
          "or clamp them, to keep the logarithm finite?",
          ((_LOG_P, "log_p = torch.log(torch.softmax(logits, dim=1) + K)"),),
          also=(((_LOG_P, "log_p = torch.log(torch.softmax(logits, dim=1).clamp(min=K))"),),
                ((_LOG_P, "log_p = torch.log(torch.softmax(logits, dim=1).clamp(K, 1 - K))"),)),
          numbers=SMALL, claim=of_loss.stops_growing),
    Wrong("ce_loss", "other-logarithm", "the logarithm to base 2 or 10",
          "Your loss is off by a constant factor. Which logarithm belongs into the cross-entropy?",
          (("torch.log_softmax(logits, dim=1)", "torch.log_softmax(logits, dim=1) / math.log(2)"),),
          also=((("torch.log_softmax(logits, dim=1)", "torch.log_softmax(logits, dim=1) / math.log(10)"),),),
          claim=of_loss.other_logarithm),
    Wrong("ce_loss", "no-logarithm", "the probabilities themselves instead of their logarithms",
          "You add up probabilities. What does the formula do with them first?",
          (("torch.log_softmax", "torch.softmax"),), claim=of_loss.no_logarithm),
    Wrong("ce_loss", "no-softmax", "the logits themselves, without a softmax",
          "You use the scores as they come out of the product. How do they become probabilities?",
          ((_LOG_P, "log_p = logits"),), claim=of_loss.no_softmax),
    Wrong("ce_loss", "softmax-twice", "log_softmax of the softmax",
          "It looks as if the softmax is applied twice. What does log_softmax expect as its input?",
          ((_LOG_P, "log_p = torch.log_softmax(torch.softmax(logits, dim=1), dim=1)"),), claim=of_loss.softmax_twice),
    Wrong("ce_loss", "sigmoid", "a sigmoid for each class instead of the softmax",
          "Your probabilities don't know of each other: they come from a sigmoid each. What makes them add up to 1?",
          ((_LOG_P, "log_p = torch.log(torch.sigmoid(logits))"),),
          also=(((_LOG_P, "log_p = F.logsigmoid(logits)"),),), claim=of_loss.each_class_by_itself),
    Wrong("ce_loss", "binary", "the binary cross-entropy of each class, added up",
          "You also count the classes that are not the answer. Which terms does the cross-entropy of several classes "
          "have?",
          ((_LOG_P, "p = torch.softmax(logits, dim=1)"),
           (_LOSS, "loss = -(ystar * torch.log(p) + (1 - ystar) * torch.log(1 - p)).sum(dim=1).mean()")),
          also=(((_LOG_P, "p = torch.softmax(logits, dim=1)"),
                 (_LOSS, "loss = -(ystar * torch.log(p) + (1 - ystar) * torch.log(1 - p)).mean()")),),
          claim=of_loss.binary),
    Wrong("ce_loss", "squared-error", "the squared error of the probabilities",
          "That is a squared error. Which loss does the question ask for?",
          ((_LOSS, "loss = ((ystar - log_p.exp()) ** 2).sum(dim=1).mean()"),),
          also=(((_LOSS, "loss = ((ystar - log_p.exp()) ** 2).mean()"),),
                ((_LOSS, "loss = ((ystar - logits) ** 2).mean()"),),
                ((_LOSS, "loss = ((ystar - logits) ** 2).sum(dim=1).mean()"),),
                ((_LOSS, "loss = 0.5 * ((ystar - log_p.exp()) ** 2).sum(dim=1).mean()"),),
                ((_LOSS, "loss = 0.5 * ((ystar - log_p.exp()) ** 2).mean()"),)), claim=of_loss.squared),
    Wrong("ce_loss", "divided-by-classes", "divided by the number of classes instead of the size of the batch",
          "You divide by the number of classes. What is the loss a mean over?",
          ((".sum(dim=1).mean()", ".sum() / ystar.shape[1]"),), claim=LOSS.counts(examples=2, classes=C / (C + 1))),
    Wrong("ce_loss", "divided-by-features", "divided by the number of features instead of the size of the batch",
          "You divide by the number of features. What is the loss a mean over?",
          ((".sum(dim=1).mean()", ".sum() / X.shape[1]"),), claim=LOSS.counts(examples=2, features=D / (D + 1))),
    Wrong("ce_loss", "divided-twice", "divided by the size of the batch twice",
          "Your loss is N times too small: do you average twice?",
          ((".mean()", ".mean() / X.shape[0]"),), claim=LOSS.counts(examples=0.5)),
    Wrong("ce_loss", "batch-size-fixed", "the size of the batch is a number in the code",
          "Your loss is right for one size of the batch only. Where does N come from in your code?",
          ((".mean()", ".sum() / K"),), numbers=BATCHES, claim=batches.batch_size_fixed(LOSS)),
    Wrong("ce_loss", "mean-of-means", "the mean of the means of blocks of the batch",
          "You average the averages of parts of the batch. When is that the average of the whole?",
          ((".mean()", ".split(K)\n    loss = sum(-part.mean() for part in loss) / len(loss)"), ("-(ystar", "(ystar")),
          numbers=BLOCKS, claim=batches.mean_of_means(LOSS)),
    Wrong("ce_loss", "one-example", "the loss of one example of the batch",
          "Your loss depends on one example only. What happens to the others?",
          ((".sum(dim=1).mean()", ".sum(dim=1)[0]"),), also=(((".sum(dim=1).mean()", ".sum(dim=1)[-1]"),),),
          claim=batches.depends_on_one_example(LOSS)),
    Wrong("ce_loss", "predicted-class", "the loss of the class the model believes in, or of all classes",
          "Your loss doesn't look at the right answers. Where does ystar come in?",
          ((_LOSS, "loss = -log_p.max(dim=1).values.mean()"),),
          also=(((_LOSS, "loss = -log_p.sum(dim=1).mean()"),), ((_LOSS, "loss = -log_p.mean()"),)),
          claim=batches.ignores_labels(LOSS)),
    Wrong("ce_loss", "entropy", "the entropy of the predictions, without the answers",
          "Your loss is made of your predictions alone. Between which two distributions is the cross-entropy?",
          ((_LOSS, "loss = -(log_p.exp() * log_p).sum(dim=1).mean()"),), claim=batches.ignores_labels(LOSS)),
    Wrong("ce_loss", "accuracy", "the share of right or wrong predictions",
          "That counts right or wrong predictions. A loss also says how sure the model was.",
          ((_LOSS, "loss = (logits.argmax(dim=1) == ystar.argmax(dim=1)).double().mean()"),),
          also=(((_LOSS, "loss = (logits.argmax(dim=1) != ystar.argmax(dim=1)).double().mean()"),),),
          claim=of_loss.counts_hits),
    Wrong("ce_loss", "no-exp", "the logits divided by their sum: the exponential is missing",
          "You divide the scores by their sum. What makes them positive first?",
          ((_LOG_P, "log_p = torch.log(logits / logits.sum(dim=1, keepdim=True))"),),
          claim=of_loss.scores_over_their_sum),
    Wrong("ce_loss", "one-shift-for-all", "one maximum is taken off for the whole batch",
          "Your loss breaks down when one example has much larger logits than another. Whose maximum do you take off?",
          ((_LOG_P, _ONE_SHIFT + _OWN_SOFTMAX.replace("logits", "z") + "log_p = torch.log(p)"),),
          also=(*_chosen(_ONE_SHIFT + _OWN_SOFTMAX.replace("logits", "z") + "log_p = torch.log(p)")[1:],
                *_chosen(_ONE_SHIFT + _LOG_OF_SUM.replace("logits", "z"))),
          symptom=Symptom.OVERFLOW, claim=batches.one_shift_for_all(LOSS)),
    Wrong("ce_loss", "size-fixed", "the number of classes is a number in the code",
          "Your code works for one number of classes or features only. Take the sizes from the tensors.",
          (("(ystar * log_p)", "(ystar.reshape(-1, 10) * log_p.reshape(-1, 10))"),),
          written_with=SIZES, claim=batches.sizes_fixed(LOSS)),
    Wrong("ce_loss", "clamped-logits", "the logits are kept between two bounds before the exponential",
          "Your loss is wrong for large logits: do you cut them off? Something may be taken off the logits without "
          "changing the softmax.",
          (("X @ w", "(X @ w).clamp(-K, K)"),), also=((("X @ w", "(X @ w).clamp(max=K)"),),),
          numbers=(50, 10, 20, 30, 80, 88, 100, 500, 700, 709), claim=batches.logits_cut_off(LOSS)),
    Wrong("ce_loss", "nan-replaced", "NaN and infinity are replaced by a number",
          "Where exp overflows you put a number in place of the result. Can the overflow be avoided instead?",
          ((_LOG_P, _OWN_SOFTMAX + "log_p = torch.log(p)"), (_LOSS, f"{_LOSS}\n    loss = torch.nan_to_num(loss)")),
          also=(((_LOG_P, _OWN_SOFTMAX + "log_p = torch.log(p)"),
                 (_LOSS, f"{_LOSS}\n    loss = loss.nan_to_num(0, 0, 0)")),
                ((_LOG_P, _OWN_SOFTMAX + "log_p = torch.nan_to_num(torch.log(p))"),),
                ((_LOG_P, _OWN_SOFTMAX + "log_p = torch.log(p).nan_to_num(0, 0, 0)"),),
                ((_LOG_P, _OWN_SOFTMAX + "log_p = torch.log(p.nan_to_num(0))"),
                 (_LOSS, f"{_LOSS}\n    loss = loss.nan_to_num(0, 0, 0)")),
                ((_LOG_P, _LOG_OF_SUM), (_LOSS, f"{_LOSS}\n    loss = loss.nan_to_num(0, 0, 0)"))),
          written_with=REPLACES, claim=batches.overflow_replaced(LOSS, REPLACES)),
    Wrong("ce_loss", "underflow-replaced", "a probability that underflowed to 0 is left out, or its logarithm replaced",
          "Where a probability comes out as exactly 0 you leave it out, or put something in place of its logarithm. "
          "Can the logarithm of the softmax be computed without its probabilities?",
          ((_LOG_P, _LOG_OF_SOFTMAX), (_LOSS, "loss = -(ystar * log_p.nan_to_num(neginf=0)).sum(dim=1).mean()")),
          also=(((_LOG_P, _LOG_OF_SOFTMAX), (_LOSS, "loss = -(ystar * log_p.nan_to_num()).sum(dim=1).mean()")),
                ((_LOG_P, _LOG_OF_SOFTMAX),
                 (_LOSS, "loss = -log_p[ystar.bool()]\n    loss = loss[torch.isfinite(loss)].mean()"))),
          written_with=REPLACES, claim=of_loss.underflow_replaced(REPLACES)),
    Wrong("ce_loss", "keepdim-missing", "what is taken off the logits lies along the batch: keepdim is missing",
          "What you take off the logits is one number for each example. Which shape must it have to be taken off each "
          "row?",
          ((_LOG_P, "log_p = torch.log_softmax(logits - logits.amax(dim=1), dim=1)"),),
          also=(((_LOG_P, "log_p = logits - torch.logsumexp(logits, dim=1)"),),
                ((_LOG_P, "z = logits - logits.amax(dim=1)\n    log_p = z - torch.logsumexp(z, dim=1)"),),
                ((_LOG_P, f"z = logits - {_LARGEST}\n    log_p = z - torch.logsumexp(z, dim=1)"),)),
          claim=slips.keepdim_missing(LOSS)),
    Wrong("ce_loss", "epsilon-in-softmax", "a small number is added to the denominator of a softmax",
          "You add a small number to the sum of the exponentials. Once the largest logit was taken off, can that be 0?",
          ((_LOG_P, f"z = logits - {_LARGEST}\n    log_p = z - torch.log(torch.exp(z).sum(dim=1, keepdim=True) + K)"),),
          numbers=VISIBLE, claim=slips.epsilon_in_softmax(LOSS)),
    Wrong("ce_loss", "epsilon-beside-n", "a small number is added to the size of the batch",
          "You add a small number to N. Can the size of a batch be 0?",
          ((".mean()", ".sum() / (X.shape[0] + K)"),), numbers=BESIDE_N, claim=slips.epsilon_beside_n(LOSS)),
    Wrong("ce_loss", "example-left-out", "the first or the last example of the batch doesn't count",
          "One example of the batch doesn't count. Where do you begin to count them, and where do you end?",
          ((".sum(dim=1).mean()", ".sum(dim=1)[1:].sum() / X.shape[0]"),),
          also=(((".sum(dim=1).mean()", ".sum(dim=1)[:-1].sum() / X.shape[0]"),),
                ((".sum(dim=1).mean()", ".sum(dim=1)[1:].mean()"),),
                ((".sum(dim=1).mean()", ".sum(dim=1)[:-1].mean()"),)), claim=slips.example_left_out(LOSS)),
    Wrong("ce_loss", "label-smoothing", "the answers are smoothed",
          "Your loss also counts the wrong classes a little: do you smooth the answers?",
          (("(ystar *", "(((1 - K) * ystar + K / ystar.shape[1]) *"),), numbers=(0.1, 0.05, 0.01, 0.2),
          claim=of_loss.smoothed),
    Wrong("ce_loss", "one-too-few", "divided by N − 1 instead of N",
          "Your mean is a little too large: by how many examples do you divide?",
          ((".mean()", ".sum() / (X.shape[0] - 1)"),),
          also=(((".mean()", ".sum() / max(X.shape[0] - 1, 1)"),),), claim=batches.one_too_few(LOSS)),
    Wrong("ce_loss", "last-example-averaged", "the loss of one example of the batch, divided by the size of the batch",
          "Only one example is left in your sum. What happens to the others?",
          ((".sum(dim=1).mean()", ".sum(dim=1)[-1] / X.shape[0]"),),
          also=(((".sum(dim=1).mean()", ".sum(dim=1)[0] / X.shape[0]"),),), claim=batches.depends_on_one_example(LOSS)),
    Wrong("ce_loss", "not-averaged", "returns the loss of each example",
          "You return a number for each example. What does the question ask for?",
          ((".sum(dim=1).mean()", ".sum(dim=1)"), ("float(loss)", "loss")), claim=of_loss.a_number_each),
    Wrong("ce_loss", "nothing-returned", "returns nothing",
          "Your function returns nothing: is its last line a print, or is return missing?",
          (("return float(loss)", "float(loss)"),), claim=returns_nothing(LOSS.value(BATCH))),
    Wrong("ce_loss", "weight-decay", "a penalty on the weights is added",
          "There is more in your loss than the cross-entropy: something grows with the weights.",
          (("return float(loss)", "return float(loss + K * (w**2).sum())"),),
          numbers=tuple(dict.fromkeys((*DECAYS, *(one / 2 for one in DECAYS)))), claim=of_loss.grows_with_weights),
    Wrong("ce_loss", "rounded", "the loss is rounded",
          "Your loss is right to a few digits only: do you round it?",
          (("float(loss)", "round(float(loss), K)"),),
          also=((("float(loss)", "'{:.{}f}'.format(float(loss), K)"),),),
          numbers=(4, 3, 2, 5, 6), written_with=ROUNDS,
          claim=any_of(slips.rounded(LOSS), returns_type(LOSS.value(BATCH), str))),
    Wrong("ce_loss", "tensor", "returns a tensor instead of a float",
          "What comes back is a tensor; it should be a Python float.",
          (("float(loss)", "loss"),), claim=returns_type(LOSS.value(BATCH), torch.Tensor)),
    Wrong("ce_loss", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("X @ w", "X.float() @ w.float()"),), symptom=Symptom.FLOAT32,
          written_with=CONVERTS, claim=batches.float32_inside(LOSS)),
    Wrong("ce_loss", "running-mean", "the mean of this loss and those of earlier calls",
          "Your loss depends on earlier calls: what do you keep outside the function?",
          code="""
losses = []
def CE_loss(X, ystar, w):
    losses.append(float(-(ystar * torch.log_softmax(X @ w, dim=1)).sum(dim=1).mean()))
    return sum(losses) / len(losses)
""", claim=batches.keeps_something(LOSS)),
    Wrong("ce_loss", "unsteady", "not the same twice for the same inputs: random, or kept from call to call",
          "Your function doesn't give the same answer twice for the same inputs: does it draw random numbers, or keep "
          "something from call to call?",
          (("X @ w", "(X * (torch.rand(X.shape) > 0.1)) @ w"),), symptom=Symptom.UNSTEADY,
          claim=unsteady(LOSS.value(BATCH))),
    Wrong("ce_loss", "ready-made", "the ready-made loss, under another name",
          "This question asks for the loss itself, without the ready-made one.",
          code="""
from torch.nn import functional as tools
def CE_loss(X, ystar, w):
    return float(getattr(tools, "cross" + "_entropy")(X @ w, ystar))
""", cause=Cause.LOSS, claim=uses(LOSS.value(BATCH), r"cross_entropy|nll_loss")),
    Wrong("ce_loss", "shift-not-put-back", "the logits are shifted at one place, and not at the other",
          "You take something off an example's logits at one place of the softmax only: adding the same number to all "
          "of its logits changes your loss. Where must it be put back?",
          ((_LOG_P, f"log_p = logits - torch.logsumexp(logits - {_LARGEST}, dim=1, keepdim=True)"),),
          also=(((_LOG_P, f"log_p = logits - torch.logsumexp(logits - {_LARGEST}, dim=1, keepdim=True) + {_LARGEST}"),),
                ((_LOG_P, f"log_p = logits - {_LARGEST} - torch.logsumexp(logits, dim=1, keepdim=True)"),)),
          claim=of_loss.depends_on_shift),
    Wrong("ce_loss", "lse-for-each-class", "the logarithm of the sum is counted once for each class",
          "The logarithm of the sum is in your loss once for each class. How often does an example need it?",
          ((_LOG_P, "log_sum = torch.logsumexp(logits, dim=1, keepdim=True)"),
           (_LOSS, "loss = (log_sum - ystar * logits).sum(dim=1).mean()")), claim=of_loss.log_sum_for_each_class),
    Wrong("ce_loss", "squeezed", "squeeze takes away an axis that is needed",
          "With one class only your loss isn't 0. Which axes does squeeze take away?",
          ((_LOG_P, "log_p = torch.log_softmax(logits.squeeze(), dim=-1)"),
           (_LOSS, "loss = -(ystar.squeeze() * log_p).sum() / len(X)")),
          written_with="squeeze", claim=of_loss.something_for_one_class),
    Wrong("ce_loss", "shift-by-class", "the largest logit of each class is taken off, over the batch",
          "You take off the largest logit of each class, over all examples: that changes the softmax. Whose largest "
          "logit can be taken off?",
          ((_LOG_P, "log_p = torch.log_softmax(logits - logits.amax(dim=0), dim=1)"),),
          claim=batches.class_shift_forgotten(LOSS)),
    Wrong("ce_loss", "log-of-one-minus", "the logarithm of 1 − p",
          "You take the logarithm of 1 − p: that is how likely the model takes the other classes to be. Which "
          "probability does the formula have there?",
          ((_LOG_P, "log_p = torch.log(1 - torch.softmax(logits, dim=1))"),), claim=of_loss.grows_with_p),
    Wrong("ce_loss", "not-finite", "NaN or infinite for ordinary inputs",
          "What you return is NaN or infinite, for ordinary inputs, too. Where do you take the logarithm of 0 or of a "
          "negative number, divide by 0, or multiply 0 by infinity?",
          ((_LOG_P, "log_p = torch.log(-torch.softmax(logits, dim=1))"),), looks=looks.NotFinite(),
          claim=seen_again(looks.NotFinite(), "CE_loss", BATCHES_TRIED)),
    Wrong("ce_loss", "always-the-same", "one number, whatever comes in",
          "Your function returns the same number whatever it is given. Which of X, ystar and w should it depend on?",
          (("loss = ", "loss = 1 + 0 * "),), looks=looks.OneNumber(),
          claim=seen_again(looks.OneNumber(), "CE_loss", BATCHES_TRIED)),
    Wrong("ce_loss", "whole-numbers", "rounded to integers",
          "All that you return are whole numbers. Which of your operations rounds?",
          ((".mean()", ".sum() // X.shape[0]"),), looks=looks.WholeNumbers(),
          claim=seen_again(looks.WholeNumbers(), "CE_loss", BATCHES_TRIED)),
    Wrong("ce_loss", "right-for-one", "right for one example, wrong for several",
          "For a single example your loss is right, for several it isn't. How do you put the examples together?",
          ((".mean()", ".median()"),), looks=looks.RightForOne(),
          claim=seen_again(looks.RightForOne(), "CE_loss", BATCHES_TRIED)),
)  # fmt: skip
