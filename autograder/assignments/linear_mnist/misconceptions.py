"""Named wrong answers: what each does, what to tell the student, and how it differs from the canonical answer.

One entry is all it takes for a wrong answer to be audited, diagnosed and simulated. Within a question the simplest and
most common come first: where two explain the same outputs, the first is named.
"""

from __future__ import annotations

import numpy as np
import torch

from autograder.judge.diagnosis.claims import (
    any_of,
    float32_only,
    mentions,
    never_returns,
    returns_nothing,
    returns_type,
    unsteady,
    uses,
)
from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from . import claims_of_adam as of_adam
from . import claims_of_batches as batches
from . import claims_of_betas as of_betas
from . import claims_of_gradient as of_gradient
from . import claims_of_loss as of_loss
from . import claims_of_momentum as of_momentum
from . import claims_of_small_slips as slips
from . import claims_of_steps as steps
from .claims_of_adam import ADAM as ADAM_STEP
from .claims_of_batches import BATCH, SINGLE, C, D
from .claims_of_gradient import GRADIENT
from .claims_of_loss import LOSS
from .claims_of_momentum import SGD
from .claims_of_steps import of_step
from .right_answers import OPTIONAL, RIGHT

__all__ = ["OPTIONAL", "RIGHT", "WRONG"]

_BATCHES = (64, 128, 32, 10, 16, 100, 256, 512, 50, 20, 25, 8, 200, 500, 1000, 48000, 60000)
_SMALL = (1e-8, 1e-7, 1e-6, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-5, 1e-4)
_VISIBLE = (1e-8, 1e-7, 1e-6, 1e-9, 1e-10, 1e-12, 1e-5, 1e-4)  # beside a sum that is no less than 1
_BESIDE_N = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
_BLOCKS = (32, 64, 16, 128, 10, 100, 8, 20, 50, 256)
_FLAT = (1e-6, 1e-8, 1e-7, 1e-5, 1e-4, 1e-3, 1e-10, 1e-12)
_DECAYS = (0.01, 0.001, 1e-4, 5e-4, 0.1, 0.5)

_LOG_P = "log_p = torch.log_softmax(logits, dim=1)"
_LOSS = "loss = -(ystar * log_p).sum(dim=1).mean()"
_OWN_SOFTMAX = "p = torch.exp(logits)\n    p = p / p.sum(dim=1, keepdim=True)\n    "
_LOG_OF_SUM = "log_p = logits - torch.log(torch.exp(logits).sum(dim=1, keepdim=True))"
_LOG_OF_SOFTMAX = "log_p = torch.log(torch.softmax(logits, dim=1))"
# Where something isn't finite it matters how the right class is chosen: 0 * inf is NaN.
_CHOSEN = "loss = -log_p[torch.arange(len(X)), ystar.argmax(dim=1)].mean()"
_ONE_SHIFT = "z = logits - logits.max()\n    "
_MEAN, _LEAST = "logits.mean(dim=1, keepdim=True)", "logits.amin(dim=1, keepdim=True)"
_LARGEST = "logits.amax(dim=1, keepdim=True)"
# What such code is never without.
_REPLACES = r"nan|isfinite|isinf|\binf\b|where|masked|\[.*[<>=]=?.*\]\s*="
_ROUNDS = r"round|format|decimals|trunc|floor|ceil|\bint\(|\.long\(|%|:\.\d"
_SIZES = r"\b(10|784)\b"
_CONVERTS = (
    r"float32|float16|half|\.float\b|FloatTensor|\.to\(|type|np\.|numpy|one_hot|"
    r"torch\.(tensor|Tensor|zeros|ones|empty|full|eye|rand\w*|arange|linspace)\("
)


def _chosen(log_p: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the edits in the three ways of choosing the right class: by a product, an index, before the logarithm."""
    before = log_p.replace("log_p = torch.log(p)", "log_p = p").replace("log_p = torch.log(", "log_p = (")
    first = ((_LOG_P, before), (_LOSS, "loss = -torch.log((ystar * log_p).sum(dim=1)).mean()"))
    return (((_LOG_P, log_p),), ((_LOG_P, log_p), (_LOSS, _CHOSEN)), *([first] if before != log_p else []))


CE_LOSS = (
    Wrong("ce_loss", "sum-over-batch", "the sum over the batch instead of the mean",
          "Your loss is N times the right one: did you forget to average over the batch?",
          ((".mean()", ".sum()"),), claim=batches.sum_over_batch(LOSS)),
    Wrong("ce_loss", "sign", "the sign is wrong",
          "Your loss has the wrong sign. What is the sign of the logarithm of a probability?",
          (("-(ystar", "(ystar"),), claim=of_loss.sign),
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
          numbers=_SMALL, claim=of_loss.stops_growing),
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
          ((".mean()", ".sum() / K"),), numbers=_BATCHES, claim=batches.batch_size_fixed(LOSS)),
    Wrong("ce_loss", "mean-of-means", "the mean of the means of blocks of the batch",
          "You average the averages of parts of the batch. When is that the average of the whole?",
          ((".mean()", ".split(K)\n    loss = sum(-part.mean() for part in loss) / len(loss)"), ("-(ystar", "(ystar")),
          numbers=_BLOCKS, claim=batches.mean_of_means(LOSS)),
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
          written_with=_SIZES, claim=batches.sizes_fixed(LOSS)),
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
          written_with=_REPLACES, claim=batches.overflow_replaced(LOSS, _REPLACES)),
    Wrong("ce_loss", "underflow-replaced", "a probability that underflowed to 0 is left out, or its logarithm replaced",
          "Where a probability comes out as exactly 0 you leave it out, or put something in place of its logarithm. "
          "Can the logarithm of the softmax be computed without its probabilities?",
          ((_LOG_P, _LOG_OF_SOFTMAX), (_LOSS, "loss = -(ystar * log_p.nan_to_num(neginf=0)).sum(dim=1).mean()")),
          also=(((_LOG_P, _LOG_OF_SOFTMAX), (_LOSS, "loss = -(ystar * log_p.nan_to_num()).sum(dim=1).mean()")),
                ((_LOG_P, _LOG_OF_SOFTMAX),
                 (_LOSS, "loss = -log_p[ystar.bool()]\n    loss = loss[torch.isfinite(loss)].mean()"))),
          written_with=_REPLACES, claim=of_loss.underflow_replaced(_REPLACES)),
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
          numbers=_VISIBLE, claim=slips.epsilon_in_softmax(LOSS)),
    Wrong("ce_loss", "epsilon-beside-n", "a small number is added to the size of the batch",
          "You add a small number to N. Can the size of a batch be 0?",
          ((".mean()", ".sum() / (X.shape[0] + K)"),), numbers=_BESIDE_N, claim=slips.epsilon_beside_n(LOSS)),
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
          (("return float(loss)", "return float(loss + K * (w**2).sum())"),), numbers=_DECAYS,
          claim=of_loss.grows_with_weights),
    Wrong("ce_loss", "rounded", "the loss is rounded",
          "Your loss is right to a few digits only: do you round it?",
          (("float(loss)", "round(float(loss), K)"),),
          also=((("float(loss)", "'{:.{}f}'.format(float(loss), K)"),),),
          numbers=(4, 3, 2, 5, 6), written_with=_ROUNDS,
          claim=any_of(slips.rounded(LOSS), returns_type(LOSS.value(BATCH), str))),
    Wrong("ce_loss", "tensor", "returns a tensor instead of a float",
          "What comes back is a tensor; it should be a Python float.",
          (("float(loss)", "loss"),), claim=returns_type(LOSS.value(BATCH), torch.Tensor)),
    Wrong("ce_loss", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("X @ w", "X.float() @ w.float()"),), symptom=Symptom.FLOAT32,
          written_with=_CONVERTS, claim=batches.float32_inside(LOSS)),
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
)  # fmt: skip

_P = "p = torch.softmax(X @ w, dim=1)"
_ERROR = "(ystar - p)"
_GRAD = "grad = -X.T @ (ystar - p) / X.shape[0]"
_SQUARED = "e = 2 * (p - ystar) * p\n    grad = X.T @ (e - p * e.sum(dim=1, keepdim=True)) / X.shape[0]"

GRAD_FUNC = (
    Wrong("grad_func", "missing-mean", "the 1/N is missing",
          "Your gradient is N times the right one: did you forget to average over the batch?",
          ((" / X.shape[0]", ""),), claim=batches.sum_over_batch(GRADIENT)),
    Wrong("grad_func", "sign", "the sign is wrong",
          "Your gradient points the wrong way: check the sign. In which direction does the loss grow?",
          (("-X.T", "X.T"),), claim=of_gradient.sign),
    Wrong("grad_func", "transposed", "returns the transposed gradient",
          "Your gradient is transposed: what shape must it have to be subtracted from w?",
          (("return grad", "return grad.T"),), claim=of_gradient.transposed),
    Wrong("grad_func", "wrong-axis", "the softmax goes over the batch instead of the classes",
          "Your probabilities don't add up to 1 for each example. Along which axis does your softmax go?",
          (("dim=1", "dim=0"),),
          also=(((_P, "z = X @ w\n    p = torch.softmax(z.flatten(), dim=0).view_as(z)"),),),
          claim=batches.softmax_over_batch(GRADIENT)),
    Wrong("grad_func", "no-max-shift", "exp of the raw logits: overflows when they are large",
          "Your gradient is right for small logits only: exp overflows. What can be taken off the logits without "
          "changing the softmax?",
          ((_P, "p = torch.exp(X @ w)\n    p = p / p.sum(dim=1, keepdim=True)"),),
          also=(((_P, "p = torch.exp(X @ w - torch.log(torch.exp(X @ w).sum(dim=1, keepdim=True)))"),),),
          symptom=Symptom.OVERFLOW, claim=batches.exp_overflows(GRADIENT)),
    Wrong("grad_func", "no-softmax", "the logits instead of the probabilities",
          "You compare ystar with the scores themselves. How do they become probabilities?",
          ((_P, "p = X @ w"),), claim=of_gradient.linear_in_weights),
    Wrong("grad_func", "mean-over-everything", "divided by the number of classes as well",
          "Your gradient is too small by the number of classes: what is the loss a mean over?",
          (("/ X.shape[0]", "/ ystar.numel()"),), claim=GRADIENT.counts(classes=C / (C + 1))),
    Wrong("grad_func", "divided-by-classes", "divided by the number of classes instead of the size of the batch",
          "You divide by the number of classes. What is the loss a mean over?",
          (("X.shape[0]", "ystar.shape[1]"),), claim=GRADIENT.counts(examples=2, classes=C / (C + 1))),
    Wrong("grad_func", "divided-by-features", "divided by the number of features instead of the size of the batch",
          "You divide by the number of features. What is the loss a mean over?",
          (("X.shape[0]", "X.shape[1]"),), claim=GRADIENT.counts(examples=2, features=D / (D + 1))),
    Wrong("grad_func", "divided-twice", "divided by the size of the batch twice",
          "Your gradient is N times too small: do you average twice?",
          (("X.shape[0]", "X.shape[0] ** 2"),), claim=GRADIENT.counts(examples=0.5)),
    Wrong("grad_func", "batch-size-fixed", "the size of the batch is a number in the code",
          "Your gradient is right for one size of the batch only. Where does N come from in your code?",
          (("X.shape[0]", "K"),), numbers=_BATCHES, claim=batches.batch_size_fixed(GRADIENT)),
    Wrong("grad_func", "mean-of-means", "the mean of the means of blocks of the batch",
          "You average the averages of parts of the batch. When is that the average of the whole?",
          ((_GRAD, "parts = zip(X.split(K), (p - ystar).split(K))\n    "
                   "parts = [x.T @ e / len(x) for x, e in parts]\n    grad = sum(parts) / len(parts)"),),
          numbers=_BLOCKS, claim=batches.mean_of_means(GRADIENT)),
    Wrong("grad_func", "factor-two", "twice the gradient, or half of it",
          "Your gradient is off by a factor of two. That factor belongs to a squared error.",
          (("/ X.shape[0]", "* 2 / X.shape[0]"),), also=((("/ X.shape[0]", "/ X.shape[0] / 2"),),),
          claim=of_gradient.factor_two),
    Wrong("grad_func", "answers-forgotten", "ystar doesn't come in",
          "Your gradient doesn't depend on the right answers. Where does ystar come in?",
          ((_ERROR, "(-p)"),), claim=batches.ignores_labels(GRADIENT)),
    Wrong("grad_func", "probabilities-forgotten", "the probabilities don't come in",
          "Your gradient doesn't depend on the predictions: it would not vanish when they are right.",
          ((_ERROR, "ystar"),), claim=of_gradient.ignores_probabilities),
    Wrong("grad_func", "of-the-logits", "the gradient with respect to the logits",
          "That is the gradient with respect to the scores. What is left to do to get to w?",
          ((_GRAD, "grad = -(ystar - p) / X.shape[0]"),), claim=of_gradient.of_logits),
    Wrong("grad_func", "of-the-inputs", "the gradient with respect to the inputs",
          "That is the gradient with respect to X. With respect to what does the question ask for it?",
          ((_GRAD, "grad = -(ystar - p) @ w.T / X.shape[0]"),), claim=of_gradient.of_inputs),
    Wrong("grad_func", "sigmoid", "a sigmoid for each class instead of the softmax",
          "Your probabilities don't know of each other: they come from a sigmoid each. What makes them add up to 1?",
          (("torch.softmax(X @ w, dim=1)", "torch.sigmoid(X @ w)"),), claim=of_gradient.each_class_by_itself),
    Wrong("grad_func", "squared-error", "the gradient of a squared error",
          "That looks like the gradient of a squared error. Which loss is it the gradient of?",
          ((_GRAD, _SQUARED),), also=(((_GRAD, _SQUARED.replace("2 * ", "")),),), claim=of_gradient.squared),
    Wrong("grad_func", "derivative-too-many", "the derivative p(1 − p) once more",
          "There is a factor p(1 − p) too many: for this loss it cancels out. Write the derivation down once more.",
          ((_ERROR, "((ystar - p) * p * (1 - p))"),), claim=of_gradient.derivative_too_many),
    Wrong("grad_func", "hard-decision", "the predicted class instead of the probabilities",
          "You compare ystar with the predicted class. The gradient also depends on how sure the model is.",
          ((_P, "p = F.one_hot((X @ w).argmax(dim=1), w.shape[1]).to(w.dtype)"),), claim=of_gradient.hard_decision),
    Wrong("grad_func", "one-example", "the gradient of one example of the batch",
          "Your gradient depends on one example only. What happens to the others?",
          ((_GRAD, "grad = -X[:1].T @ (ystar - p)[:1]"),), also=(((_GRAD, "grad = -X[-1:].T @ (ystar - p)[-1:]"),),),
          claim=batches.depends_on_one_example(GRADIENT)),
    Wrong("grad_func", "last-example-averaged", "the gradient of one example, divided by the size of the batch",
          "Only one example is left in your sum. What happens to the others?",
          ((_GRAD, "grad = -X[-1:].T @ (ystar - p)[-1:] / X.shape[0]"),),
          also=(((_GRAD, "grad = -X[:1].T @ (ystar - p)[:1] / X.shape[0]"),),),
          claim=batches.depends_on_one_example(GRADIENT)),
    Wrong("grad_func", "one-too-few", "divided by N − 1 instead of N",
          "Your mean is a little too large: by how many examples do you divide?",
          (("/ X.shape[0]", "/ (X.shape[0] - 1)"),), also=((("/ X.shape[0]", "/ max(X.shape[0] - 1, 1)"),),),
          claim=batches.one_too_few(GRADIENT)),
    Wrong("grad_func", "softmax-twice", "the softmax of the softmax",
          "It looks as if the softmax is applied twice. What goes into it?",
          ((_P, "p = torch.softmax(torch.softmax(X @ w, dim=1), dim=1)"),), claim=of_gradient.softmax_twice),
    Wrong("grad_func", "right-class-only", "only the column of the right class",
          "Your gradient moves the weights of the right class only. What about those of the other classes?",
          ((_ERROR, "((ystar - p) * ystar)"),), claim=of_gradient.right_class_only),
    Wrong("grad_func", "right-class-forgotten", "the column of the right class is missing",
          "Your gradient leaves the weights of the right class alone. What does the loss say about them?",
          ((_ERROR, "((ystar - p) * (1 - ystar))"),), claim=of_gradient.right_class_forgotten),
    Wrong("grad_func", "label-smoothing", "the answers are smoothed",
          "Your gradient also counts the wrong classes a little: do you smooth the answers?",
          ((_ERROR, "((1 - K) * ystar + K / ystar.shape[1] - p)"),), numbers=(0.1, 0.05, 0.01, 0.2),
          claim=of_gradient.smoothed),
    Wrong("grad_func", "clamped-logits", "the logits are kept between two bounds before the exponential",
          "Your gradient is wrong for large logits: do you cut them off? Something may be taken off the logits without "
          "changing the softmax.",
          (("X @ w", "(X @ w).clamp(-K, K)"),), also=((("X @ w", "(X @ w).clamp(max=K)"),),),
          numbers=(50, 10, 20, 30, 80, 88, 100, 500, 700, 709), claim=batches.logits_cut_off(GRADIENT)),
    Wrong("grad_func", "nan-replaced", "NaN is replaced by a number",
          "Where exp overflows you put a number in place of the result. Can the overflow be avoided instead?",
          ((_P, "p = torch.exp(X @ w)\n    p = torch.nan_to_num(p / p.sum(dim=1, keepdim=True))"),),
          also=(((_P, "p = torch.exp(X @ w)\n    p = p / p.sum(dim=1, keepdim=True)"),
                 ("return grad", "return torch.nan_to_num(grad)")),),
          written_with=_REPLACES, claim=batches.overflow_replaced(GRADIENT, _REPLACES)),
    Wrong("grad_func", "one-shift-for-all", "one maximum is taken off for the whole batch",
          "Your gradient breaks down when one example has much larger logits than another. Whose maximum do you take "
          "off?",
          ((_P, "p = torch.exp(X @ w - (X @ w).max())\n    p = p / p.sum(dim=1, keepdim=True)"),),
          also=(((_P, "z = X @ w - (X @ w).max()\n    "
                  "p = torch.exp(z - torch.log(torch.exp(z).sum(dim=1, keepdim=True)))"),),),
          symptom=Symptom.OVERFLOW, claim=batches.one_shift_for_all(GRADIENT)),
    Wrong("grad_func", "keepdim-missing", "what belongs to a row lies along the batch: keepdim is missing",
          "What you take off each row, or divide it by, is one number for each example. Which shape must it have to go "
          "with the rows?",
          ((_P, "z = X @ w\n    p = torch.softmax(z - z.amax(dim=1), dim=1)"),),
          also=(((_P, "p = torch.exp(X @ w - torch.logsumexp(X @ w, dim=1))"),),
                ((_P, "z = X @ w\n    p = torch.exp(z - z.amax(dim=1))\n    p = p / p.sum(dim=1)"),),
                ((_P, "z = X @ w\n    p = torch.exp(z - z.amax(dim=1, keepdim=True))\n    p = p / p.sum(dim=1)"),)),
          claim=slips.keepdim_missing(GRADIENT)),
    Wrong("grad_func", "epsilon-in-softmax", "a small number is added to the denominator of a softmax",
          "You add a small number to the sum of the exponentials. Once the largest logit was taken off, can that be 0?",
          ((_P, "z = X @ w\n    p = torch.exp(z - z.amax(dim=1, keepdim=True))\n    "
                "p = p / (p.sum(dim=1, keepdim=True) + K)"),), numbers=_VISIBLE,
          claim=slips.epsilon_in_softmax(GRADIENT)),
    Wrong("grad_func", "epsilon-beside-n", "a small number is added to the size of the batch",
          "You add a small number to N. Can the size of a batch be 0?",
          (("/ X.shape[0]", "/ (X.shape[0] + K)"),), numbers=_BESIDE_N, claim=slips.epsilon_beside_n(GRADIENT)),
    Wrong("grad_func", "example-left-out", "the first or the last example of the batch doesn't count",
          "One example of the batch doesn't count. Where do you begin to count them, and where do you end?",
          ((_GRAD, "grad = -X[1:].T @ (ystar - p)[1:] / X.shape[0]"),),
          also=(((_GRAD, "grad = -X[:-1].T @ (ystar - p)[:-1] / X.shape[0]"),),),
          claim=slips.example_left_out(GRADIENT)),
    Wrong("grad_func", "log-probabilities", "the logarithms of the probabilities instead of the probabilities",
          "You compare ystar with the logarithms of the probabilities. Which of the two does the formula have?",
          (("torch.softmax", "torch.log_softmax"),), claim=of_gradient.logarithmic),
    Wrong("grad_func", "size-fixed", "784 and 10 are numbers in the code",
          "Your code works for one number of classes or features only. Take the sizes from the tensors.",
          ((_GRAD, "grad = torch.zeros(784, 10, dtype=w.dtype)\n    grad += -X.T @ (ystar - p) / X.shape[0]"),),
          written_with=_SIZES, claim=batches.sizes_fixed(GRADIENT)),
    Wrong("grad_func", "weight-decay", "the gradient of a penalty on the weights is added",
          "There is more in your gradient than that of the cross-entropy: something grows with the weights.",
          (("return grad", "return grad + K * w"),), numbers=_DECAYS, claim=of_gradient.grows_with_weights),
    Wrong("grad_func", "normalised", "the gradient is divided by its norm",
          "Your gradient has the right direction and always the same length: do you divide by its norm?",
          (("return grad", "return grad / grad.norm()"),), claim=of_gradient.same_length),
    Wrong("grad_func", "clipped", "large entries are cut off",
          "Large entries of your gradient are cut off: do you clip it?",
          (("return grad", "return grad.clamp(-K, K)"),), numbers=(1, 0.5, 0.1, 5, 10), claim=of_gradient.cut_off),
    Wrong("grad_func", "rounded", "the gradient is rounded",
          "Your gradient is right to a few digits only: do you round it?",
          (("return grad", "return torch.round(grad, decimals=K)"),), numbers=(4, 3, 2, 5, 6),
          written_with=_ROUNDS, claim=slips.rounded(GRADIENT)),
    Wrong("grad_func", "changes-input", "subtracts the probabilities from ystar in place",
          "Your function changes one of its inputs. Which of your operations work in place?",
          ((_ERROR, "ystar.sub_(p)"),), symptom=Symptom.CHANGED, claim=of_gradient.changes_input),
    Wrong("grad_func", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("torch.softmax(X @ w, dim=1)", "torch.softmax(X.float() @ w.float(), dim=1)"),), symptom=Symptom.FLOAT32,
          written_with=_CONVERTS, claim=batches.float32_inside(GRADIENT)),
    Wrong("grad_func", "float32-returned", "returns float32, whatever dtype w has",
          "Your gradient comes back as float32 although w is float64. Which dtype should it have?",
          (("return grad", "return grad.float()"),),
          claim=returns_type(GRADIENT.value(BATCH), torch.Tensor, dtype=torch.float32)),
    Wrong("grad_func", "float64-returned", "returns float64, whatever the inputs are",
          "What you return is float64 although w is float32. Which dtype should it have?",
          (("return grad", "return grad.double()"),),
          claim=returns_type(GRADIENT.value(SINGLE), torch.Tensor, dtype=torch.float64)),
    Wrong("grad_func", "numpy", "returns a NumPy array, or lists",
          "What comes back is a NumPy array or a list; it should be a tensor.",
          (("return grad", "return grad.numpy()"),), also=((("return grad", "return grad.tolist()"),),),
          claim=returns_type(GRADIENT.value(BATCH), np.ndarray, float)),
    Wrong("grad_func", "nothing-returned", "returns nothing",
          "Your function returns nothing: is return missing?",
          (("return grad", "grad"),), claim=returns_nothing(GRADIENT.value(BATCH))),
    Wrong("grad_func", "accumulated", "adds to the gradient of the calls before",
          "Your gradient depends on earlier calls: what do you keep outside the function?",
          code="""
total = 0
def grad_func(X, ystar, w):
    global total
    grad = X.T @ (torch.softmax(X @ w, dim=1) - ystar) / X.shape[0]
    total = total + grad if getattr(total, "shape", None) == grad.shape else grad
    return total
""", claim=batches.keeps_something(GRADIENT)),
    Wrong("grad_func", "unsteady", "not the same twice for the same inputs: random, or kept from call to call",
          "Your function doesn't give the same answer twice for the same inputs: does it draw random numbers, or keep "
          "something from call to call?",
          (("return grad", "return grad + 0.01 * torch.randn_like(grad)"),), symptom=Symptom.UNSTEADY,
          claim=unsteady(GRADIENT.value(BATCH))),
    Wrong("grad_func", "autograd", "automatic differentiation",
          "This question asks for the gradient by hand, without autograd.",
          code="""
def grad_func(X, ystar, w):
    with torch.enable_grad():
        weights = w.clone().requires_grad_()
        loss = -(ystar * torch.log_softmax(X @ weights, dim=1)).sum(dim=1).mean()
        loss.backward()
    return weights.grad
""", cause=Cause.AUTOGRAD, claim=of_gradient.uses_autograd),
    Wrong("grad_func", "ends-the-process", "ends the whole process",
          "Your function ends the whole process instead of returning. Look for exit and os._exit.",
          code="""
import os
def grad_func(X, ystar, w):
    os._exit(0)
""", cause=Cause.DEATH, claim=mentions(r"\b_?exit\b|kill|abort")),
)  # fmt: skip

_SGD_M, _SGD_W = "m = beta * m + grad", "w = w - eta * m"
_SGD = f"{_SGD_M}\n    {_SGD_W}"

SGD_MOMENTUM = (
    Wrong("sgd_momentum", "ema", "averages the gradient: (1 − beta) in front of it",
          "You average the gradients: something stands before grad that the formula doesn't have.",
          (("+ grad", "+ (1 - beta) * grad"),), claim=of_momentum.averages),
    Wrong("sgd_momentum", "step-first", "takes the step before the momentum is updated",
          "You step with the old momentum. Which of the two comes first?",
          ((_SGD, f"{_SGD_W}\n    {_SGD_M}"),), claim=of_momentum.steps_with_old_momentum),
    Wrong("sgd_momentum", "sign", "climbs instead of descending",
          "You walk uphill: check the sign of the step.",
          (("w - eta", "w + eta"),), claim=of_momentum.uphill),
    Wrong("sgd_momentum", "no-momentum", "plain gradient descent: the momentum doesn't come into the step",
          "Your step doesn't use the momentum. What does w move along?",
          ((_SGD_W, "w = w - eta * grad"),), also=(((_SGD, "w = w - eta * grad"),),),
          claim=of_momentum.without_momentum),
    Wrong("sgd_momentum", "nesterov", "Nesterov's momentum",
          "That is Nesterov's momentum: your step looks one step ahead. The question asks for the classical one.",
          ((_SGD_W, "w = w - eta * (grad + beta * m)"),),
          also=(((_SGD, "m = beta * m + eta * grad\n    w = w - (beta * m + eta * grad)"),),
                ((_SGD, "m = beta * m - eta * grad\n    w = w + beta * m - eta * grad"),)),
          claim=of_momentum.looks_ahead),
    Wrong("sgd_momentum", "rate-inside", "the learning rate is inside the momentum",
          "Your learning rate is part of the momentum, so that it stays there when eta changes. Where does it belong?",
          ((_SGD, "m = beta * m + eta * grad\n    w = w - m"),),
          also=(((_SGD, "m = beta * m - eta * grad\n    w = w + m"),),), claim=of_momentum.rate_in_momentum),
    Wrong("sgd_momentum", "negative-momentum", "the momentum has the wrong sign",
          "Your momentum has the wrong sign. Compare the sign of grad in it with the formula's.",
          (("+ grad", "- grad"),), also=(((_SGD, "m = beta * m - grad\n    w = w + eta * m"),),),
          claim=of_momentum.momentum_negative),
    Wrong("sgd_momentum", "swapped-returns", "returns m and w in the wrong order",
          "You return the right things in the wrong order.",
          (("return w, m", "return m, w"),), claim=of_step(SGD)(steps.swapped)),
    Wrong("sgd_momentum", "old-momentum-returned", "returns the momentum as it was before",
          "Your momentum comes back as it went in: what will the next step know of this one?",
          ((_SGD, "w = w - eta * (beta * m + grad)"),), claim=of_step(SGD)(steps.moments_stay)),
    Wrong("sgd_momentum", "old-weights-returned", "returns the weights as they were before",
          "Your weights come back as they went in. Where does the step go?",
          ((_SGD_W, ""),), claim=of_step(SGD)(steps.weights_stay)),
    Wrong("sgd_momentum", "only-weights", "returns w alone",
          "Your function returns one thing; what does the next step need beside w?",
          (("return w, m", "return w"),), claim=steps.comes_alone(SGD)),
    Wrong("sgd_momentum", "beta-forgotten", "the old momentum is kept whole",
          "The old momentum never fades in your formula. Where does beta come in?",
          ((_SGD_M, "m = m + grad"),), claim=of_momentum.never_fades),
    Wrong("sgd_momentum", "momentum-forgotten", "the old momentum is dropped",
          "The old momentum doesn't come into the new one.",
          ((_SGD_M, "m = grad"),), claim=of_momentum.old_momentum_dropped),
    Wrong("sgd_momentum", "beta-exchanged", "beta stands before the gradient, or 1 − beta before the momentum",
          "Your beta stands in the wrong place: which of the two does it multiply?",
          ((_SGD_M, "m = (1 - beta) * m + beta * grad"),),
          also=(((_SGD_M, "m = m + beta * grad"),), ((_SGD_M, "m = (1 - beta) * m + grad"),)),
          claim=of_momentum.beta_misplaced),
    Wrong("sgd_momentum", "beta-before-both", "beta multiplies the gradient, too",
          "Your beta multiplies the gradient as well. What does it stand for?",
          (("beta * m + grad", "beta * (m + grad)"),), claim=of_momentum.beta_before_both),
    Wrong("sgd_momentum", "gradient-twice", "the gradient is added to the step once more",
          "The gradient comes into your step twice.",
          ((_SGD_W, "w = w - eta * (m + grad)"),), claim=of_momentum.gradient_twice),
    Wrong("sgd_momentum", "rate-squared", "the learning rate comes in twice",
          "The learning rate comes into your step twice.",
          ((_SGD_W, "w = w - eta**2 * m"),),
          also=(((_SGD, "m = beta * m + eta * grad\n    w = w - eta * m"),),), claim=of_momentum.rate_squared),
    Wrong("sgd_momentum", "rate-forgotten", "the learning rate doesn't come in",
          "Your step doesn't depend on the learning rate.",
          ((_SGD_W, "w = w - m"),), claim=of_momentum.rate_ignored),
    Wrong("sgd_momentum", "rate-fixed", "the learning rate is a number in the code",
          "Your step doesn't change with eta: is there a number in its place?",
          ((_SGD_W, "w = w - K * m"),), numbers=(0.01, 0.1, 0.001, 0.02, 0.05, 0.5), claim=of_momentum.rate_ignored),
    Wrong("sgd_momentum", "beta-fixed", "beta is a number in the code",
          "Your momentum doesn't change with beta: is there a number in its place?",
          ((_SGD_M, "m = K * m + grad"),), numbers=(0.9, 0.5, 0.99, 0.95, 0.8), claim=of_momentum.beta_ignored),
    Wrong("sgd_momentum", "rate-and-beta-exchanged", "eta and beta are exchanged",
          "Your two settings have exchanged their places: which of them belongs to the momentum?",
          ((_SGD, "m = eta * m + grad\n    w = w - beta * m"),), claim=of_momentum.settings_exchanged),
    Wrong("sgd_momentum", "dampening", "the gradient is dampened by a fixed factor",
          "The gradient comes into your momentum with a fixed factor that the formula doesn't have.",
          ((_SGD_M, "m = beta * m + K * grad"),), numbers=(0.1, 0.5, 0.9, 2, 0.01), claim=of_momentum.dampened),
    Wrong("sgd_momentum", "weight-decay", "weight decay is added",
          "Your weights change by themselves: something in your step grows with w.",
          ((_SGD_M, "m = beta * m + grad + K * w"),),
          also=(((_SGD_W, "w = w - eta * m - eta * K * w"),),), numbers=_DECAYS, claim=of_momentum.weights_change),
    Wrong("sgd_momentum", "normalised", "the gradient is divided by its norm",
          "Only the direction of your gradient counts: do you divide by its norm?",
          ((_SGD_M, "m = beta * m + grad / grad.norm()"),), claim=of_momentum.direction_only),
    Wrong("sgd_momentum", "clipped", "large gradients are cut off",
          "Large entries of the gradient are cut off: do you clip it?",
          ((_SGD_M, "m = beta * m + grad.clamp(-K, K)"),), numbers=(1, 0.5, 0.1, 5, 10), claim=of_momentum.cut_off),
    Wrong("sgd_momentum", "stops-where-flat", "does nothing where the gradient is nearly zero",
          "Where the gradient is nearly zero you leave everything as it is. What does the momentum do there?",
          (("    m = beta", "    if grad.norm() < K:\n        return w, m\n    m = beta"),), numbers=_FLAT,
          claim=of_step(SGD)(steps.stops_where_flat)),
    Wrong("sgd_momentum", "twice", "takes the step twice",
          "Your step is taken twice: is w changed in two places?",
          ((_SGD_W, f"{_SGD_W}\n    {_SGD_W}"),), claim=of_momentum.taken_twice),
    Wrong("sgd_momentum", "changes-input", "changes grad in place",
          "Your function changes grad. Which of your operations work in place?",
          (("beta * m + grad", "grad.add_(beta * m)"),), symptom=Symptom.CHANGED, claim=SGD.changes_gradient()),
    Wrong("sgd_momentum", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("beta * m + grad", "(beta * m.float() + grad.float()).to(w.dtype)"),), symptom=Symptom.FLOAT32,
          written_with=_CONVERTS, claim=float32_only(SGD.nudged)),
    Wrong("sgd_momentum", "float32-returned", "returns float32, whatever the inputs are",
          "What you return is float32 although w is float64. Which dtype should it have?",
          (("return w, m", "return w.float(), m.float()"),),
          claim=returns_type(SGD.call(), torch.Tensor, dtype=torch.float32)),
    Wrong("sgd_momentum", "float64-returned", "returns float64, whatever the inputs are",
          "What you return is float64 although w is float32. Which dtype should it have?",
          (("return w, m", "return w.double(), m.double()"),),
          claim=returns_type(SGD.single(), torch.Tensor, dtype=torch.float64)),
    Wrong("sgd_momentum", "numpy", "returns NumPy arrays, or lists",
          "What comes back are NumPy arrays or lists; they should be tensors.",
          (("return w, m", "return w.numpy(), m.numpy()"),),
          also=((("return w, m", "return w.tolist(), m.tolist()"),),),
          claim=returns_type(SGD.call(), np.ndarray, float)),
    Wrong("sgd_momentum", "nothing-returned", "returns nothing",
          "Your function returns nothing: is return missing?",
          (("return w, m", "w, m"),), claim=returns_nothing(SGD.call())),
    Wrong("sgd_momentum", "global-momentum", "keeps the momentum in a global variable",
          "Your momentum is kept outside the function: the m you are given doesn't count.",
          code="""
velocity = 0
def sgd_momentum_step(w, m, grad, eta, beta):
    global velocity
    if getattr(velocity, "shape", None) != grad.shape:
        velocity = torch.zeros_like(grad)
    velocity = beta * velocity + grad
    return w - eta * velocity, velocity
""", claim=of_momentum.given_momentum_ignored),
    Wrong("sgd_momentum", "unsteady", "not the same twice for the same inputs: random, or kept from call to call",
          "Your function doesn't give the same answer twice for the same inputs: does it draw random numbers, or keep "
          "something from call to call?",
          ((_SGD_M, f"{_SGD_M} + 0.01 * torch.randn_like(grad)"),), symptom=Symptom.UNSTEADY,
          claim=unsteady(SGD.call())),
    Wrong("sgd_momentum", "optimiser", "torch.optim does it",
          "This question asks for the step itself, without torch.optim.",
          code="""
def sgd_momentum_step(w, m, grad, eta, beta):
    weights = torch.nn.Parameter(w.clone())
    weights.grad = grad.clone()
    optimiser = torch.optim.SGD([weights], lr=eta, momentum=beta)
    optimiser.state[weights]["momentum_buffer"] = m
    optimiser.step()
    return weights.detach(), m
""", cause=Cause.OPTIMISER, claim=uses(SGD.call(), r"^torch\.optim\b")),
)  # fmt: skip

_M, _V = "m = beta_1 * m + (1 - beta_1) * grad", "v = beta_2 * v + (1 - beta_2) * grad**2"
_M_HAT, _V_HAT = "m_hat = m / (1 - beta_1**t)", "v_hat = v / (1 - beta_2**t)"
_W = "w = w - eta * m_hat / (torch.sqrt(v_hat) + epsilon)"
_HEAD = "def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):\n"
_RETURN = "return w, m, v"


def _instead(*lines: str) -> tuple[tuple[str, str], ...]:
    """Return the edits that put other lines in place of Adam's five."""
    five = (_M, _V, _M_HAT, _V_HAT, _W)
    return tuple(edit for edit in zip(five, lines, strict=True) if edit[0] != edit[1])


def _in_order(*lines: str) -> tuple[tuple[str, str], ...]:
    """Return the edit that puts Adam's five lines in another order."""
    return (("\n    ".join((_M, _V, _M_HAT, _V_HAT, _W)), "\n    ".join(lines)),)


ADAM = (
    Wrong("adam", "no-bias-correction", "the bias correction is missing",
          "Your first steps have the wrong size: the running means start at zero. What corrects that?",
          _instead(_M, _V, "m_hat = m", "v_hat = v", _W),
          also=(_instead(_M, _V, "m_hat = m / (1 - beta_1) if t == 1 else m",
                         "v_hat = v / (1 - beta_2) if t == 1 else v", _W),), claim=of_betas.not_corrected),
    Wrong("adam", "m-not-corrected", "the bias correction of m is missing",
          "One of the two running means is not corrected for its start at zero.",
          ((_M_HAT, "m_hat = m"),), claim=of_betas.m_not_corrected),
    Wrong("adam", "v-not-corrected", "the bias correction of v is missing",
          "One of the two running means is not corrected for its start at zero.",
          ((_V_HAT, "v_hat = v"),), claim=of_betas.v_not_corrected),
    Wrong("adam", "t-too-large", "t is off by one: t + 1 in the bias correction",
          "Your bias correction is one step ahead. With which t does the first step start?",
          (("beta_1**t", "beta_1 ** (t + 1)"), ("beta_2**t", "beta_2 ** (t + 1)")),
          also=((("beta_1**t", "beta_1 ** (t + 1)"),), (("beta_2**t", "beta_2 ** (t + 1)"),)),
          claim=of_betas.one_step_ahead),
    Wrong("adam", "t-too-small", "t is off by one: t − 1 in the bias correction",
          "Your bias correction is one step behind. With which t does the first step start?",
          (("beta_1**t", "beta_1 ** (t - 1)"), ("beta_2**t", "beta_2 ** (t - 1)")),
          also=((("beta_1**t", "beta_1 ** max(t - 1, 1)"), ("beta_2**t", "beta_2 ** max(t - 1, 1)")),
                (("beta_1**t", "beta_1 ** (t - 1)"),), (("beta_2**t", "beta_2 ** (t - 1)"),)),
          claim=of_betas.one_step_behind),
    Wrong("adam", "epsilon-inside-root", "epsilon is added under the root",
          "Your epsilon is under the root. Where does the formula have it?",
          (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat + epsilon)"),),
          also=((("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat + epsilon) + epsilon"),),
                (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat + epsilon**2)"),)),
          claim=of_adam.epsilon_under_root),
    Wrong("adam", "epsilon-outside", "epsilon is added outside of the fraction: parentheses are missing",
          "Your epsilon is added outside of the fraction. What is it to keep away from zero?",
          ((_W, "w = w - eta * m_hat / torch.sqrt(v_hat) + epsilon"),),
          also=(((_W, "w = w - eta * (m_hat / torch.sqrt(v_hat) + epsilon)"),),), claim=of_adam.epsilon_outside),
    Wrong("adam", "epsilon-as-bound", "epsilon is a lower bound of the root instead of a part of the sum",
          "Your epsilon is a lower bound of the root. How does it come into the formula?",
          (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat).clamp(min=epsilon)"),), claim=of_adam.epsilon_is_bound),
    Wrong("adam", "epsilon-missing", "epsilon doesn't come in",
          "Your step doesn't depend on epsilon. What happens where the gradient is zero?",
          (("torch.sqrt(v_hat) + epsilon", "torch.sqrt(v_hat)"),), claim=of_adam.epsilon_ignored),
    Wrong("adam", "epsilon-corrected", "epsilon is added before the bias correction",
          "Your epsilon is added to the root of the uncorrected v, and is then corrected with it.",
          (("torch.sqrt(v_hat) + epsilon", "(torch.sqrt(v) + epsilon) / (1 - beta_2**t) ** 0.5"),),
          claim=of_adam.epsilon_corrected),
    Wrong("adam", "no-root", "the root is missing",
          "You divide by v itself. What does the formula do with it first?",
          (("torch.sqrt(v_hat)", "v_hat"),), claim=of_adam.without_root),
    Wrong("adam", "correction-outside-root", "the bias correction of v stands outside the root",
          "Your root is taken before the bias correction of v. To what does the correction belong?",
          (("torch.sqrt(v_hat)", "torch.sqrt(v) / (1 - beta_2**t)"),), claim=of_betas.correction_outside_root),
    Wrong("adam", "no-square", "v is a mean of the gradients, not of their squares",
          "Your v is a running mean of the gradient itself. Of what should it be one?",
          (("grad**2", "grad"),), also=((("grad**2", "grad.abs()"),),), claim=of_adam.not_squared),
    Wrong("adam", "returns-corrected", "returns the corrected moments",
          "You return the corrected means: the next step will correct them once more.",
          ((_RETURN, "return w, m_hat, v_hat"),),
          also=(((_RETURN, "return w, m_hat, v"),), ((_RETURN, "return w, m, v_hat"),)),
          claim=of_adam.corrected_returned),
    Wrong("adam", "corrected-twice", "the bias correction is made twice",
          "Your running means are corrected twice.",
          _instead(_M, _V, "m_hat = m / (1 - beta_1**t) ** 2", "v_hat = v / (1 - beta_2**t) ** 2", _W),
          also=(((_W, _W.replace("eta", "eta * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)")),),),
          claim=of_betas.corrected_twice),
    Wrong("adam", "betas-exchanged", "the two betas are exchanged",
          "Your two betas are exchanged: which belongs to m?",
          (("    m = beta_1", "    beta_1, beta_2 = beta_2, beta_1\n    m = beta_1"),),
          also=(((_M, "m = beta_2 * m + (1 - beta_2) * grad"), (_V, "v = beta_1 * v + (1 - beta_1) * grad**2")),
                (("beta_1**t", "beta_x**t"), ("beta_2**t", "beta_1**t"), ("beta_x**t", "beta_2**t"))),
          claim=of_betas.betas_exchanged),
    Wrong("adam", "one-beta", "one beta for both means",
          "You use the same beta for both running means.",
          ((_V, "v = beta_1 * v + (1 - beta_1) * grad**2"), ("beta_2**t", "beta_1**t")),
          also=(((_V, "v = beta_1 * v + (1 - beta_1) * grad**2"),),
                (("beta_2**t", "beta_1**t"),),
                ((_M, "m = beta_2 * m + (1 - beta_2) * grad"),),
                ((_M, "m = beta_2 * m + (1 - beta_2) * grad"), ("beta_1**t", "beta_2**t"))), claim=of_betas.one_beta),
    Wrong("adam", "swapped-returns", "returns the right things in the wrong order",
          "You return the right things in the wrong order.",
          ((_RETURN, "return w, v, m"),),
          also=(((_RETURN, "return m, v, w"),), ((_RETURN, "return m, w, v"),), ((_RETURN, "return v, m, w"),),
                ((_RETURN, "return v, w, m"),)), claim=of_step(ADAM_STEP)(steps.swapped)),
    Wrong("adam", "sign", "climbs instead of descending",
          "You walk uphill: check the sign of the step.",
          (("w - eta", "w + eta"),), claim=of_adam.uphill),
    Wrong("adam", "sums-instead-of-means", "1 − beta is missing before the new value",
          "Your running means grow too large: which weight does the new value have in a mean?",
          ((_M, "m = beta_1 * m + grad"), (_V, "v = beta_2 * v + grad**2")),
          also=(((_M, "m = beta_1 * m + grad"),), ((_V, "v = beta_2 * v + grad**2"),)), claim=of_adam.means_too_large),
    Wrong("adam", "weights-exchanged", "beta and 1 − beta are exchanged in the means",
          "In your running means old and new have exchanged their weights.",
          ((_M, "m = (1 - beta_1) * m + beta_1 * grad"), (_V, "v = (1 - beta_2) * v + beta_2 * grad**2")),
          also=(((_M, "m = (1 - beta_1) * m + beta_1 * grad"),), ((_V, "v = (1 - beta_2) * v + beta_2 * grad**2"),)),
          claim=of_adam.weights_exchanged),
    Wrong("adam", "product-for-power", "beta times t instead of beta to the power of t",
          "In your bias correction beta is multiplied by t. What should be done with it?",
          (("beta_1**t", "beta_1 * t"), ("beta_2**t", "beta_2 * t")),
          also=((("beta_1**t", "beta_1 * t"),), (("beta_2**t", "beta_2 * t"),)), claim=of_betas.product_for_power),
    Wrong("adam", "power-of-difference", "the power of 1 − beta instead of 1 minus the power of beta",
          "In your bias correction the power is taken of 1 − beta. Of what should it be taken?",
          _instead(_M, _V, "m_hat = m / (1 - beta_1) ** t", "v_hat = v / (1 - beta_2) ** t", _W),
          claim=of_betas.power_of_difference),
    Wrong("adam", "correction-without-t", "the bias correction doesn't depend on t",
          "Your bias correction is the same at every step. Where does t come in?",
          (("beta_1**t", "beta_1"), ("beta_2**t", "beta_2")), claim=of_betas.correction_without_t),
    Wrong("adam", "correction-multiplied", "multiplied by the bias correction instead of divided",
          "Your bias correction makes the running means even smaller at the start.",
          _instead(_M, _V, "m_hat = m * (1 - beta_1**t)", "v_hat = v * (1 - beta_2**t)", _W),
          claim=of_betas.correction_multiplied),
    Wrong("adam", "no-first-moment", "the gradient itself instead of its running mean (RMSprop)",
          "Your step goes along the gradient itself. What is m for?",
          (("eta * m_hat", "eta * grad"),), claim=of_adam.m_ignored),
    Wrong("adam", "no-second-moment", "v doesn't come into the step",
          "Your step has one size for all weights. What is v for?",
          ((_W, "w = w - eta * m_hat"),), claim=of_adam.v_ignored),
    Wrong("adam", "m-squared", "v is a mean of the squares of m",
          "Your v is made from m. Of what should it be a running mean?",
          (("grad**2", "m**2"),), claim=of_adam.v_of_m),
    Wrong("adam", "variance", "v is a mean of the squared distance from m (AdaBelief)",
          "Your v measures the distance of the gradient from m. Of what should it be a running mean?",
          (("grad**2", "(grad - m) ** 2"),), claim=of_adam.v_of_distance),
    Wrong("adam", "sum-of-squares", "v is the sum of all squares (AdaGrad)",
          "Your v only grows: that is AdaGrad. How does an old square fade?",
          ((_V, "v = v + grad**2"),), claim=of_adam.v_only_grows),
    Wrong("adam", "largest-v", "v never shrinks (AMSGrad)",
          "Your v never shrinks: that is AMSGrad.",
          ((_V, "v = torch.maximum(v, beta_2 * v + (1 - beta_2) * grad**2)"),), claim=of_adam.v_never_shrinks),
    Wrong("adam", "nadam", "Nesterov's momentum inside Adam (Nadam)",
          "Your step looks one step ahead: that is Nadam.",
          ((_M_HAT, "m_hat = (beta_1 * m + (1 - beta_1) * grad) / (1 - beta_1**t)"),), claim=of_adam.looks_ahead),
    Wrong("adam", "old-moments-used", "takes the step before the means are updated",
          "You step with the old running means. What comes first?",
          _in_order(_M_HAT, _V_HAT, _W, _M, _V),
          also=(_in_order(_V, _M_HAT, _V_HAT, _W, _M), _in_order(_M, _M_HAT, _V_HAT, _W, _V)),
          claim=of_adam.old_moments_used),
    Wrong("adam", "old-moments-returned", "returns the means as they were before",
          "Your running means come back as they went in: what will the next step know of this one?",
          _instead("m_new = beta_1 * m + (1 - beta_1) * grad", "v_new = beta_2 * v + (1 - beta_2) * grad**2",
                   "m_hat = m_new / (1 - beta_1**t)", "v_hat = v_new / (1 - beta_2**t)", _W),
          claim=of_step(ADAM_STEP)(steps.moments_stay)),
    Wrong("adam", "old-weights-returned", "returns the weights as they were before",
          "Your weights come back as they went in. Where does the step go?",
          ((f"{_W}\n", "\n"),), claim=of_step(ADAM_STEP)(steps.weights_stay)),
    Wrong("adam", "only-weights", "returns w alone",
          "Your function returns one thing; what does the next step need beside w?",
          ((_RETURN, "return w"),), claim=steps.comes_alone(ADAM_STEP)),
    Wrong("adam", "rate-forgotten", "the learning rate doesn't come in",
          "Your step doesn't depend on the learning rate.",
          (("eta * m_hat", "m_hat"),), claim=of_adam.rate_ignored),
    Wrong("adam", "rate-fixed", "the learning rate is a number in the code",
          "Your step doesn't change with eta: is there a number in its place?",
          (("eta * m_hat", "K * m_hat"),), numbers=(0.001, 0.01, 0.1, 0.0001), claim=of_adam.rate_ignored),
    Wrong("adam", "rate-decays", "the learning rate falls with t",
          "Your steps get smaller with t by themselves. Does the formula say so?",
          (("eta * m_hat", "eta / t**0.5 * m_hat"),), also=((("eta * m_hat", "eta / t * m_hat"),),),
          claim=of_adam.rate_decays),
    Wrong("adam", "betas-fixed", "0.9 and 0.999 are numbers in the code",
          "Your running means don't change with the betas: are there numbers in their place?",
          (("    m = beta_1", "    beta_1, beta_2 = 0.9, 0.999\n    m = beta_1"),),
          also=((("    m = beta_1", "    beta_1 = 0.9\n    m = beta_1"),),
                (("    m = beta_1", "    beta_2 = 0.999\n    m = beta_1"),)), claim=of_betas.betas_ignored),
    Wrong("adam", "settings-fixed", "all settings are numbers in the code",
          "Your step doesn't change with its settings: are there numbers in their places?",
          (("    m = beta_1", "    eta, beta_1, beta_2, epsilon = 1e-3, 0.9, 0.999, 1e-8\n    m = beta_1"),),
          also=((("    m = beta_1", "    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-8\n    m = beta_1"),),),
          claim=of_adam.settings_ignored),
    Wrong("adam", "epsilon-fixed", "epsilon is a number in the code",
          "Your step doesn't change with epsilon: is there a number in its place?",
          (("+ epsilon", "+ K"),), numbers=_SMALL, claim=of_adam.epsilon_ignored),
    Wrong("adam", "other-defaults", "the defaults are not those of the question",
          "Your step is another one where settings are left out: which ones does your function take then?",
          (("eta=1e-3", "eta=0.01"),),
          also=((("eta=1e-3", "eta=0.1"),), (("beta_1=0.9,", "beta_1=0.99,"),), (("beta_2=0.999", "beta_2=0.99"),),
                (("epsilon=1e-8", "epsilon=1e-7"),), (("epsilon=1e-8", "epsilon=1e-6"),),
                (("beta_1=0.9, beta_2=0.999", "beta_1=0.999, beta_2=0.9"),)), claim=of_adam.other_defaults),
    Wrong("adam", "stops-where-flat", "does nothing where the gradient is nearly zero",
          "Where the gradient is nearly zero you leave everything as it is. What do the running means do there?",
          (("    m = beta_1", "    if grad.norm() < K:\n        return w, m, v\n    m = beta_1"),), numbers=_FLAT,
          claim=of_step(ADAM_STEP)(steps.stops_where_flat)),
    Wrong("adam", "weight-decay", "weight decay is added",
          "Your weights change by themselves: something in your step grows with w.",
          ((_W, f"{_W} - eta * K * w"),), also=((("    m = beta_1", "    grad = grad + K * w\n    m = beta_1"),),),
          numbers=_DECAYS, claim=of_adam.weights_change),
    Wrong("adam", "changes-input", "squares grad in place",
          "Your function changes grad. Which of your operations work in place?",
          (("grad**2", "grad.pow_(2)"),), symptom=Symptom.CHANGED, claim=ADAM_STEP.changes_gradient()),
    Wrong("adam", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("(1 - beta_1) * grad", "((1 - beta_1) * grad.float()).to(w.dtype)"),
           ("(1 - beta_2) * grad**2", "((1 - beta_2) * grad.float() ** 2).to(w.dtype)")), symptom=Symptom.FLOAT32,
          written_with=_CONVERTS, claim=float32_only(ADAM_STEP.nudged)),
    Wrong("adam", "float32-returned", "returns float32, whatever the inputs are",
          "What you return is float32 although w is float64. Which dtype should it have?",
          ((_RETURN, "return w.float(), m.float(), v.float()"),),
          claim=returns_type(ADAM_STEP.call(), torch.Tensor, dtype=torch.float32)),
    Wrong("adam", "float64-returned", "returns float64, whatever the inputs are",
          "What you return is float64 although w is float32. Which dtype should it have?",
          (("return w, m, v", "return w.double(), m.double(), v.double()"),),
          claim=returns_type(ADAM_STEP.single(), torch.Tensor, dtype=torch.float64)),
    Wrong("adam", "numpy", "returns NumPy arrays, or lists",
          "What comes back are NumPy arrays or lists; they should be tensors.",
          (("return w, m, v", "return w.numpy(), m.numpy(), v.numpy()"),),
          also=((("return w, m, v", "return w.tolist(), m.tolist(), v.tolist()"),),),
          claim=returns_type(ADAM_STEP.call(), np.ndarray, float)),
    Wrong("adam", "nothing-returned", "returns nothing",
          "Your function returns nothing: is return missing?",
          (("return w, m, v", "w, m, v"),), claim=returns_nothing(ADAM_STEP.call())),
    Wrong("adam", "own-counter", "counts the steps by itself",
          "Your function counts its calls: the t you are given doesn't count.",
          code="steps = 0\n" + _HEAD + f"""    global steps
    steps += 1
    {_M}
    {_V}
    m_hat = m / (1 - beta_1**steps)
    v_hat = v / (1 - beta_2**steps)
    {_W}
    {_RETURN}
""", claim=of_adam.t_ignored),
    Wrong("adam", "unsteady", "not the same twice for the same inputs: random, or kept from call to call",
          "Your function doesn't give the same answer twice for the same inputs: does it draw random numbers, or keep "
          "something from call to call?",
          (("(1 - beta_1) * grad", "(1 - beta_1) * (grad + 0.01 * torch.randn_like(grad))"),),
          symptom=Symptom.UNSTEADY, claim=unsteady(ADAM_STEP.call())),
    Wrong("adam", "optimiser", "torch.optim does it",
          "This question asks for the step itself, without torch.optim.",
          code=_HEAD + """    weights = torch.nn.Parameter(w.clone())
    weights.grad = grad.clone()
    optimiser = torch.optim.Adam([weights], lr=eta, betas=(beta_1, beta_2), eps=epsilon)
    optimiser.state[weights] = {"step": torch.tensor(float(t - 1)), "exp_avg": m, "exp_avg_sq": v}
    optimiser.step()
    return weights.detach(), m, v
""", cause=Cause.OPTIMISER, claim=uses(ADAM_STEP.call(), r"^torch\.optim\b")),
    Wrong("adam", "hangs", "never returns",
          "Your function does not come back: look at what ends its loop.",
          code=_HEAD + """    while t > 0:
        m = beta_1 * m + (1 - beta_1) * grad
    return w, m, v
""", cause=Cause.HANG, claim=never_returns(ADAM_STEP.call())),
    Wrong("adam", "memory", "asks for ever more memory",
          "Your function asks for ever more memory: what do you keep from step to step?",
          code=_HEAD + """    kept = []
    while True:
        kept.append(torch.empty(10_000_000))
""", cause=Cause.MEMORY, claim=of_adam.keeps_more_and_more),
)  # fmt: skip

WRONG = (*CE_LOSS, *GRAD_FUNC, *SGD_MOMENTUM, *ADAM)
