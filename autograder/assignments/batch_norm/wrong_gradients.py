"""Named wrong answers to batch_norm_grad. The simplest and most common come first."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from .wrong_functions import CONVERTS, EPSILONS

_VAR, _STD = "var = ((x - mean) ** 2).mean(dim=0)", "std = torch.sqrt(var + eps)"
_DX = "dx = (dx_hat - dx_hat.mean(dim=0) - x_hat * (dx_hat * x_hat).mean(dim=0)) / std"
_DGAMMA, _DBETA = "dgamma = (dy * x_hat).sum(dim=0)", "dbeta = dy.sum(dim=0)"
_MEAN_TERM, _VARIANCE_TERM = "- dx_hat.mean(dim=0)", "- x_hat * (dx_hat * x_hat).mean(dim=0)"

BATCH_NORM_GRAD = (
    Wrong("batch_norm_grad", "statistics-constant", "mean and variance are treated as constants",
          "Your dx treats mean and variance as constants. By which other ways does x act on the loss?",
          ((_DX, "dx = dx_hat / std"),)),
    Wrong("batch_norm_grad", "no-mean-term", "the way through the mean is missing",
          "The columns of your dx don't add up to 0: shifting x would change the loss. Which way is missing?",
          ((f" {_MEAN_TERM}", ""),)),
    Wrong("batch_norm_grad", "no-variance-term", "the way through the variance is missing",
          "Your dx lacks the way through the variance.", ((f" {_VARIANCE_TERM}", ""),)),
    Wrong("batch_norm_grad", "no-gamma", "gamma is missing in dx", "Your dx doesn't depend on gamma.",
          (("dx_hat = dy * gamma", "dx_hat = dy"),)),
    Wrong("batch_norm_grad", "not-divided", "dx is not divided by the standard deviation",
          "Your dx lacks the division by the standard deviation.", ((f"{_DX}", _DX.removesuffix(" / std")),)),
    Wrong("batch_norm_grad", "divided-by-variance", "dx is divided by the variance",
          "You divide dx by the variance.", ((_DX, _DX.replace("/ std", "/ (var + eps)")),)),
    Wrong("batch_norm_grad", "sums-in-dx", "sums over the batch where dx has means",
          "Your dx has sums over the batch where the derivation has a 1/N.",
          ((_DX, _DX.replace(".mean(", ".sum(")),)),
    Wrong("batch_norm_grad", "variance-sign", "the way through the variance with the other sign",
          "Check the sign of the way through the variance.",
          ((_VARIANCE_TERM, _VARIANCE_TERM.replace("- ", "+ ", 1)),)),
    Wrong("batch_norm_grad", "mean-sign", "the way through the mean with the other sign",
          "Check the sign of the way through the mean.", ((_MEAN_TERM, _MEAN_TERM.replace("- ", "+ ", 1)),)),
    Wrong("batch_norm_grad", "half-variance-term", "half of the way through the variance",
          "Your way through the variance is too short: what is the derivative of a square?",
          ((_VARIANCE_TERM, _VARIANCE_TERM.replace("- ", "- 0.5 * ", 1)),)),
    Wrong("batch_norm_grad", "double-variance-term", "twice the way through the variance",
          "Your way through the variance is too long: what is the derivative of a root?",
          ((_VARIANCE_TERM, _VARIANCE_TERM.replace("- ", "- 2 * ", 1)),)),
    Wrong("batch_norm_grad", "gamma-in-one-term", "gamma is missing in the way through the variance",
          "gamma is missing in one part of your dx.",
          ((_VARIANCE_TERM, _VARIANCE_TERM.replace("dx_hat * x_hat", "dy * x_hat")),)),
    Wrong("batch_norm_grad", "x-hat-missing", "the way through the variance is the same for all examples",
          "Your way through the variance is the same for all examples of a batch.",
          ((_VARIANCE_TERM, "- (dx_hat * x_hat).mean(dim=0)"),)),
    Wrong("batch_norm_grad", "x-centred-not-scaled", "x minus its mean where x̂ belongs",
          "The way through the variance has x minus its mean where the normalised x belongs.",
          ((_VARIANCE_TERM, "- (x - mean) * (dx_hat * (x - mean)).mean(dim=0)"),),
          also=(((_VARIANCE_TERM, "- (x - mean) * (dx_hat * x_hat).mean(dim=0)"),),)),
    Wrong("batch_norm_grad", "divided-by-features", "divided by the number of features instead of that of examples",
          "You divide by the number of features. What are the means over?",
          ((_DX, "dx = (dx_hat - dx_hat.sum(0) / x.shape[1] - x_hat * (dx_hat * x_hat).sum(0) / x.shape[1]) / std"),)),
    Wrong("batch_norm_grad", "dx-sign", "dx has the wrong sign", "Your dx points the other way: check its sign.",
          (("return dx,", "return -dx,"),)),
    Wrong("batch_norm_grad", "dx-over-n", "dx is divided by N once more",
          "Your dx is N times too small: dy is already the gradient of the loss.",
          (("return dx,", "return dx / len(x),"),)),
    Wrong("batch_norm_grad", "dgamma-with-x", "dgamma takes x itself",
          "Your dgamma takes x itself. What does gamma multiply?", ((_DGAMMA, "dgamma = (dy * x).sum(dim=0)"),)),
    Wrong("batch_norm_grad", "dgamma-centred", "dgamma takes x minus its mean",
          "Your dgamma takes x minus its mean, and doesn't divide. What does gamma multiply?",
          ((_DGAMMA, "dgamma = (dy * (x - mean)).sum(dim=0)"),)),
    Wrong("batch_norm_grad", "dgamma-times-gamma", "dgamma is multiplied by gamma",
          "Your dgamma is multiplied by gamma.", ((_DGAMMA, "dgamma = (dy * gamma * x_hat).sum(dim=0)"),)),
    Wrong("batch_norm_grad", "dgamma-is-dbeta", "dgamma is the sum of dy", "Your dgamma doesn't depend on x.",
          ((_DGAMMA, "dgamma = dy.sum(dim=0)"),)),
    Wrong("batch_norm_grad", "means-not-sums", "dgamma and dbeta are means over the batch",
          "Your dgamma and dbeta are N times too small: dy is already the gradient of the loss.",
          ((_DGAMMA, "dgamma = (dy * x_hat).mean(dim=0)"), (_DBETA, "dbeta = dy.mean(dim=0)"))),
    Wrong("batch_norm_grad", "dgamma-mean", "dgamma is a mean over the batch",
          "Your dgamma is N times too small: dy is already the gradient of the loss.",
          ((_DGAMMA, "dgamma = (dy * x_hat).mean(dim=0)"),)),
    Wrong("batch_norm_grad", "dbeta-mean", "dbeta is a mean over the batch",
          "Your dbeta is N times too small: dy is already the gradient of the loss.",
          ((_DBETA, "dbeta = dy.mean(dim=0)"),)),
    Wrong("batch_norm_grad", "dbeta-times-gamma", "dbeta is multiplied by gamma",
          "Your dbeta is multiplied by gamma.", ((_DBETA, "dbeta = (dy * gamma).sum(dim=0)"),)),
    Wrong("batch_norm_grad", "not-summed", "dgamma and dbeta are not added up over the batch",
          "Your dgamma and dbeta have a row for each example. gamma and beta act on all of them.",
          ((_DGAMMA, "dgamma = dy * x_hat"), (_DBETA, "dbeta = dy"))),
    Wrong("batch_norm_grad", "summed-over-features", "dgamma and dbeta are added up over the features",
          "Your dgamma and dbeta are added up over the features. Over what should they be?",
          ((_DGAMMA, "dgamma = (dy * x_hat).sum(dim=1)"), (_DBETA, "dbeta = dy.sum(dim=1)"))),
    Wrong("batch_norm_grad", "other-order", "dbeta before dgamma",
          "You return the gradients in another order.", (("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),)),
    Wrong("batch_norm_grad", "unbiased", "the variance divides by N − 1",
          "Your variance divides by N − 1. Which variance does batch_norm have?", ((_VAR, "var = x.var(dim=0)"),),
          also=(((_VAR, "var = x.var(dim=0)"),
                 (_VARIANCE_TERM, "- x_hat * (dx_hat * x_hat).sum(dim=0) / (len(x) - 1)")),)),
    Wrong("batch_norm_grad", "eps-outside", "eps is added to the root",
          "eps stands outside the root in your answer.", ((_STD, "std = torch.sqrt(var) + eps"),)),
    Wrong("batch_norm_grad", "eps-squared", "the square of eps is added",
          "You add the square of eps to the variance.", (("var + eps", "var + eps**2"),)),
    Wrong("batch_norm_grad", "eps-fixed", "eps is a number in the code",
          "Your result doesn't depend on eps: is it a number in your code?",
          (("var + eps", "var + K"),), numbers=EPSILONS),
    Wrong("batch_norm_grad", "no-eps", "without eps", "eps is missing: what if a column is constant?",
          (("var + eps", "var"),)),
    Wrong("batch_norm_grad", "rows", "mean and variance of each example over its features",
          "You take mean and variance of each row over the features.",
          (("mean = x.mean(dim=0)", "mean = x.mean(dim=1, keepdim=True)"),
           (_VAR, "var = ((x - mean) ** 2).mean(dim=1, keepdim=True)"))),
    Wrong("batch_norm_grad", "changes-input", "dy is changed in place",
          "Your function writes into dy, which is the caller's.",
          (("dx_hat = dy * gamma", "dx_hat = dy.mul_(gamma)"),), symptom=Symptom.CHANGED),
    Wrong("batch_norm_grad", "float32-inside", "computes in float32, whatever the inputs are",
          "Your result is right to float32 accuracy only, and the inputs were float64: where do you convert them?",
          (("mean = x.mean(dim=0)", "x = x.float()\n    mean = x.mean(dim=0)"),),
          symptom=Symptom.FLOAT32, written_with=CONVERTS),
    Wrong("batch_norm_grad", "float32-returned", "returns float32, whatever came in",
          "Your gradients come back in float32, although x came in float64.",
          (("return dx, dgamma, dbeta", "return dx.float(), dgamma.float(), dbeta.float()"),)),
    Wrong("batch_norm_grad", "dx-alone", "returns dx alone", "You return one gradient. The question asks for three.",
          (("return dx, dgamma, dbeta", "return dx"),)),
    Wrong("batch_norm_grad", "autograd", "autograd, under another name",
          "This question asks for the gradients by formula, without autograd.", code="""
def batch_norm_grad(dy, x, gamma, eps=1e-5):
    with torch.enable_grad():
        x = x.clone().requires_grad_()
        gamma = gamma.clone().requires_grad_()
        beta = torch.zeros_like(gamma).requires_grad_()
        mean = x.mean(0)
        y = gamma * (x - mean) / (((x - mean) ** 2).mean(0) + eps).sqrt() + beta
        getattr(y, "back" + "ward")(dy)
    return x.grad, gamma.grad, beta.grad
""", cause=Cause.AUTOGRAD),
)  # fmt: skip
