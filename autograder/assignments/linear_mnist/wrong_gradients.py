"""Named wrong answers to the question for the gradient."""

from __future__ import annotations

import numpy as np
import torch

from autograder.judge.diagnosis import looks
from autograder.judge.diagnosis.claims import mentions, returns_nothing, returns_type, unsteady
from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from . import claims_of_batches as batches
from . import claims_of_gradient as of_gradient
from . import claims_of_small_slips as slips
from .claims_of_batches import BATCH, SINGLE, C, D
from .claims_of_gradient import GRADIENT
from .claims_of_looks import BATCHES as BATCHES_TRIED
from .claims_of_looks import SURE, seen_again
from .wrong_parts import BATCHES, BESIDE_N, BLOCKS, CONVERTS, DECAYS, REPLACES, ROUNDS, SIZES, VISIBLE

_P = "p = torch.softmax(X @ w, dim=1)"
_ERROR = "(ystar - p)"
_GRAD = "grad = -X.T @ (ystar - p) / X.shape[0]"
_SQUARED = "e = 2 * (p - ystar) * p\n    grad = X.T @ (e - p * e.sum(dim=1, keepdim=True)) / X.shape[0]"

WRONG = (
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
          (("X.shape[0]", "K"),), numbers=BATCHES, claim=batches.batch_size_fixed(GRADIENT)),
    Wrong("grad_func", "mean-of-means", "the mean of the means of blocks of the batch",
          "You average the averages of parts of the batch. When is that the average of the whole?",
          ((_GRAD, "parts = zip(X.split(K), (p - ystar).split(K))\n    "
                   "parts = [x.T @ e / len(x) for x, e in parts]\n    grad = sum(parts) / len(parts)"),),
          numbers=BLOCKS, claim=batches.mean_of_means(GRADIENT)),
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
          (("X @ w", "(X @ w).clamp(-K, K)"),),
          also=((("X @ w", "(X @ w).clamp(max=K)"),),
                ((_P, "p = torch.exp((X @ w).clamp(max=min(K, 700)))\n    p = p / p.sum(dim=1, keepdim=True)"),)),
          numbers=(50, 10, 20, 30, 80, 88, 100, 500, 700, 709), claim=batches.logits_cut_off(GRADIENT)),
    Wrong("grad_func", "nan-replaced", "NaN is replaced by a number",
          "Where exp overflows you put a number in place of the result. Can the overflow be avoided instead?",
          ((_P, "p = torch.exp(X @ w)\n    p = torch.nan_to_num(p / p.sum(dim=1, keepdim=True))"),),
          also=(((_P, "p = torch.exp(X @ w)\n    p = p / p.sum(dim=1, keepdim=True)"),
                 ("return grad", "return torch.nan_to_num(grad)")),),
          written_with=REPLACES, claim=batches.overflow_replaced(GRADIENT, REPLACES)),
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
                "p = p / (p.sum(dim=1, keepdim=True) + K)"),), numbers=VISIBLE,
          claim=slips.epsilon_in_softmax(GRADIENT)),
    Wrong("grad_func", "epsilon-beside-n", "a small number is added to the size of the batch",
          "You add a small number to N. Can the size of a batch be 0?",
          (("/ X.shape[0]", "/ (X.shape[0] + K)"),), numbers=BESIDE_N, claim=slips.epsilon_beside_n(GRADIENT)),
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
          written_with=SIZES, claim=batches.sizes_fixed(GRADIENT)),
    Wrong("grad_func", "reshaped", "X is reshaped where it is to be transposed",
          "You reshape X where the formula transposes it: that mixes the features of different examples. In which "
          "order does reshape take the numbers?",
          (("X.T", "X.reshape(X.shape[1], X.shape[0])"),), claim=of_gradient.reshaped),
    Wrong("grad_func", "weight-decay", "the gradient of a penalty on the weights is added",
          "There is more in your gradient than that of the cross-entropy: something grows with the weights.",
          (("return grad", "return grad + K * w"),), numbers=DECAYS, claim=of_gradient.grows_with_weights),
    Wrong("grad_func", "normalised", "the gradient is divided by its norm",
          "Your gradient has the right direction and always the same length: do you divide by its norm?",
          (("return grad", "return grad / grad.norm()"),), claim=of_gradient.same_length),
    Wrong("grad_func", "clipped", "large entries are cut off",
          "Large entries of your gradient are cut off: do you clip it?",
          (("return grad", "return grad.clamp(-K, K)"),), numbers=(1, 0.5, 0.1, 5, 10), claim=of_gradient.cut_off),
    Wrong("grad_func", "rounded", "the gradient is rounded",
          "Your gradient is right to a few digits only: do you round it?",
          (("return grad", "return torch.round(grad, decimals=K)"),), numbers=(4, 3, 2, 5, 6),
          written_with=ROUNDS, claim=slips.rounded(GRADIENT)),
    Wrong("grad_func", "changes-input", "subtracts the probabilities from ystar in place",
          "Your function changes one of its inputs. Which of your operations work in place?",
          ((_ERROR, "ystar.sub_(p)"),), symptom=Symptom.CHANGED, claim=of_gradient.changes_input),
    Wrong("grad_func", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("torch.softmax(X @ w, dim=1)", "torch.softmax(X.float() @ w.float(), dim=1)"),), symptom=Symptom.FLOAT32,
          written_with=CONVERTS, claim=batches.float32_inside(GRADIENT)),
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
    Wrong("grad_func", "shift-by-class", "the largest logit of each class is taken off, over the batch",
          "You take off the largest logit of each class, over all examples: that changes the softmax. Whose largest "
          "logit can be taken off?",
          ((_P, "p = torch.softmax(X @ w - (X @ w).amax(dim=0), dim=1)"),),
          claim=batches.class_shift_forgotten(GRADIENT)),
    Wrong("grad_func", "whole-columns", "1 is taken off whole columns of the probabilities",
          "You take 1 off a class's probability in all examples, not only in those that it is right for. What of your "
          "probabilities do you choose by the labels?",
          ((_GRAD, "p[:, ystar.argmax(dim=1)] -= 1\n    grad = X.T @ p / X.shape[0]"),),
          claim=of_gradient.errors_dont_cancel),
    Wrong("grad_func", "label-for-onehot", "the number of the class in place of its one-hot row",
          "You subtract the number of the right class from all probabilities of an example. What does its row of ystar "
          "hold?",
          ((_ERROR, "(ystar.argmax(dim=1, keepdim=True) - p)"),), claim=of_gradient.errors_dont_cancel),
    Wrong("grad_func", "factor-p", "the error is multiplied by p",
          "There is a factor p too many: for this loss it cancels out. Write the derivation down once more.",
          ((_ERROR, "((ystar - p) * p)"),), claim=of_gradient.errors_dont_cancel),
    Wrong("grad_func", "other-shape", "not of the shape of w",
          "Your gradient doesn't have the shape of w: there has to be one number for each weight, at its place.",
          (("return grad", "return grad.flatten()"),), looks=looks.OtherForm(),
          claim=seen_again(looks.OtherForm(), "grad_func", BATCHES_TRIED)),
    Wrong("grad_func", "always-the-same", "one number, whatever comes in",
          "Your function returns the same number, in every place, whatever it is given. Which of X, ystar and w should "
          "it depend on?",
          (("return grad", "return torch.ones_like(w)"),), looks=looks.OneNumber(),
          claim=seen_again(looks.OneNumber(), "grad_func", BATCHES_TRIED)),
    Wrong("grad_func", "whole-numbers", "rounded to integers",
          "All that you return are whole numbers. Which of your operations rounds?",
          (("/ X.shape[0]", "// X.shape[0]"),), looks=looks.WholeNumbers(),
          claim=seen_again(looks.WholeNumbers(), "grad_func", BATCHES_TRIED)),
    Wrong("grad_func", "left-out", "some entries stay zero",
          "Where your gradient is wrong it is 0, and everywhere else it is right. What do you leave out?",
          (("return grad", "grad[:, -1] = 0\n    return grad"),), looks=looks.LeftOut(),
          claim=seen_again(looks.LeftOut(), "grad_func", SURE)),
    Wrong("grad_func", "other-size", "a multiple of the right gradient",
          "Your gradient has the right direction, but not the right size. What do you multiply it by, and what do you "
          "divide it by?",
          (("/ X.shape[0]", "/ (X.shape[0] + X.shape[1])"),), looks=looks.Multiple(),
          claim=seen_again(looks.Multiple(), "grad_func", BATCHES_TRIED)),
    Wrong("grad_func", "right-for-one", "right for one example, wrong for several",
          "For a single example your gradient is right, for several it isn't. How do you put the examples together?",
          ((_P, "p = torch.softmax(X @ w / X.shape[0], dim=1)"), (_GRAD, "grad = -X.T @ (ystar - p)")),
          looks=looks.RightForOne(), claim=seen_again(looks.RightForOne(), "grad_func", BATCHES_TRIED)),
    Wrong("grad_func", "few-digits", "right to two or three digits",
          "Your gradient is nearly right: two digits or more of it agree in most cases, but not all. Where do the "
          "others get lost: in a type with few digits, by rounding, in an approximation?",
          (("return grad", "return grad + 1e-3 * grad.abs()"),), looks=looks.FewDigits(),
          claim=seen_again(looks.FewDigits(), "grad_func", BATCHES_TRIED)),
)  # fmt: skip
