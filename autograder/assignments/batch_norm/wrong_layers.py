"""Named wrong answers to the layer: what it returns. The simplest and most common come first."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from .wrong_functions import EPSILONS
from .wrong_layer_edits import (
    BETA,
    EVALUATION,
    GAMMA,
    HAT,
    OTHER_BUFFERS,
    OTHER_WEIGHTS,
    QUESTION,
    RETURN,
    VAR,
    running,
)

LAYER = (
    Wrong(QUESTION, "unbiased-normalise", "in training, the variance divides by n − 1",
          "In training you normalise with the unbiased variance. Which one does batch_norm have?",
          ((VAR, "var = x.var(dim=axes)"), (" * n / (n - 1)", "")),
          also=(((VAR, "var = x.var(dim=axes)"),),)),
    Wrong(QUESTION, "batch-in-evaluation", "the batch's own statistics in evaluation",
          "In evaluation, your output of an example depends on the others in its batch. Which statistics belong there?",
          ((EVALUATION, "mean, var = x.mean(dim=axes), x.var(dim=axes, unbiased=False)"),),
          also=(((EVALUATION, "mean, var = x.mean(dim=axes), x.var(dim=axes)"),),
                (("if self.training:", "if self.training or len(x) > 1:"),))),
    Wrong(QUESTION, "mean-detached", "no gradient through the batch's mean",
          "In training, the gradient treats the batch's mean as a constant.",
          ((HAT, f"mean = mean.detach()\n        {HAT}"),)),
    Wrong(QUESTION, "variance-detached", "no gradient through the batch's variance",
          "In training, the gradient treats the batch's variance as a constant.", ((VAR, f"{VAR}.detach()"),)),
    Wrong(QUESTION, "nothing-differentiable", "no gradient to the input at all",
          "No gradient flows through your layer to its input: is it detached, or under no_grad?",
          (("axes = [0, 2, 3]", "x = x.detach()\n        axes = [0, 2, 3]"),),
          also=(((RETURN, f"{RETURN.replace('return ', 'return (')}).detach()"),),)),
    Wrong(QUESTION, "no-gradient-in-evaluation", "no gradient at all in evaluation",
          "In evaluation, no gradient flows through your layer: is it under no_grad, or detached?",
          ((RETURN, f"y = {RETURN.removeprefix('return ')}\n        return y if self.training else y.detach()"),)),
    Wrong(QUESTION, "statistics-detached", "no gradient through the batch's statistics",
          "In training, the gradient treats mean and variance of the batch as constants.",
          (("mean = x.mean(dim=axes)", "mean = x.mean(dim=axes).detach()"), (VAR, f"{VAR}.detach()"))),
    Wrong(QUESTION, "running-in-training", "the running statistics in training, too",
          "In training you normalise with the running statistics. Which ones does the batch have?",
          ((HAT, f"mean, var = self.mean, self.var\n        {HAT}"),)),
    Wrong(QUESTION, "eps-outside", "eps is added to the root", "eps stands outside the root in your layer.",
          (("torch.sqrt(var.view(shape) + self.eps)", "(torch.sqrt(var.view(shape)) + self.eps)"),)),
    Wrong(QUESTION, "eps-fixed", "eps is a number in the code",
          "Your layer doesn't use the eps that it is made with.",
          (("self.momentum, self.eps = momentum, eps", "self.momentum, self.eps = momentum, K"),), numbers=EPSILONS),
    Wrong(QUESTION, "other-default-eps", "eps has another default",
          "Your eps is right where it is given. What is it where it isn't?",
          (("eps=1e-5", "eps=K"),), numbers=tuple(eps for eps in EPSILONS if eps != 1e-5)),
    Wrong(QUESTION, "no-root", "divided by the variance", "You divide by the variance: the root is missing.",
          (("torch.sqrt(var.view(shape) + self.eps)", "(var.view(shape) + self.eps)"),)),
    Wrong(QUESTION, "no-root-in-evaluation", "in evaluation divided by the variance",
          "In evaluation you divide by the variance: the root is missing there.",
          ((EVALUATION, "mean, var = self.mean, (self.var + self.eps) ** 2 - self.eps"),)),
    Wrong(QUESTION, "no-eps-in-evaluation", "in evaluation without eps", "In evaluation eps is missing.",
          ((EVALUATION, "mean, var = self.mean, self.var - self.eps"),)),
    Wrong(QUESTION, "no-scale-and-shift", "gamma and beta are not used",
          "gamma and beta don't change your output.", ((RETURN, "return x_hat"),)),
    Wrong(QUESTION, "no-gamma", "gamma is not used", "gamma doesn't change your output.",
          ((RETURN, "return x_hat + self.beta.view(shape)"),)),
    Wrong(QUESTION, "no-beta", "beta is not used", "beta doesn't change your output.",
          ((RETURN, "return self.gamma.view(shape) * x_hat"),)),
    Wrong(QUESTION, "not-for-channels", "gamma and beta act along an image's width",
          "Your gamma and beta aren't brought into a shape that fits images: along which axis do they act?",
          ((RETURN, "return self.gamma * x_hat + self.beta"),)),
    Wrong(QUESTION, "no-scale-in-evaluation", "gamma and beta are not used in evaluation",
          "In evaluation, gamma and beta don't change your output.",
          ((RETURN, f"if not self.training:\n            return x_hat\n        {RETURN}"),)),
    Wrong(QUESTION, "shifted-first", "beta is added before gamma multiplies",
          "beta is multiplied by gamma in your layer. What comes last?",
          ((RETURN, "return self.gamma.view(shape) * (x_hat + self.beta.view(shape))"),)),
    Wrong(QUESTION, "nothing-returned", "returns nothing", "Your forward returns nothing: is return missing?",
          ((RETURN, RETURN.removeprefix("return ")),)),
    Wrong(QUESTION, "nothing-in-evaluation", "returns nothing in evaluation",
          "In evaluation, your forward returns nothing: is return inside the if?",
          ((RETURN, f"if self.training:\n            {RETURN}"),)),
    Wrong(QUESTION, "not-learnt", "gamma and beta are no parameters",
          "gamma and beta are not among the parameters, so no optimiser will change them.",
          ((GAMMA, "self.gamma = torch.ones(features)"), (BETA, "self.beta = torch.zeros(features)")),
          also=(((GAMMA, 'self.register_buffer("gamma", torch.ones(features))'),
                 (BETA, 'self.register_buffer("beta", torch.zeros(features))')),
                ((GAMMA, "self.gamma = torch.ones(features, requires_grad=True)"),
                 (BETA, "self.beta = torch.zeros(features, requires_grad=True)")))),
    Wrong(QUESTION, "no-scale-in-training", "gamma and beta are not used in training",
          "In training, gamma and beta don't change your output.",
          ((RETURN, f"if self.training:\n            return x_hat\n        {RETURN}"),)),
    Wrong(QUESTION, "gamma-zeros", "gamma starts at zero", "gamma starts at 0: then nothing of x gets through.",
          ((GAMMA, GAMMA.replace("ones", "zeros")),)),
    Wrong(QUESTION, "random-start", "gamma starts at random numbers",
          "gamma starts at random numbers. What should the layer do before any training?",
          ((GAMMA, "self.gamma = nn.Parameter(torch.randn(features))"),),
          symptom=Symptom.UNSTEADY, written_with="rand|normal_|uniform_|empty"),
    Wrong(QUESTION, "one-number-for-all", "gamma and beta are one number each",
          "gamma and beta are one number each. How many do you need?",
          ((GAMMA, "self.gamma = nn.Parameter(torch.ones(1))"), (BETA, "self.beta = nn.Parameter(torch.zeros(1))"))),
    Wrong(QUESTION, "beta-ones", "beta starts at one", "beta starts at 1.",
          ((BETA, BETA.replace("zeros", "ones")),)),
    Wrong(QUESTION, "each-image", "each image over its own pixels",
          "You normalise each image by itself. Over what else does the mean of a channel go?",
          ((HAT, "if x.dim() == 4 and self.training:\n"
                  "            mean = x.mean(dim=(2, 3), keepdim=True)\n"
                  "            var = x.var(dim=(2, 3), keepdim=True, unbiased=False)\n"
                  "            shape = list(mean.shape)\n        " + HAT),
           (RETURN, "shape = [1, -1] + [1] * (x.dim() - 2)\n        " + RETURN)),
          also=tuple(((VAR, f"{VAR}\n            own, keep = list(range(2, x.dim())), x.dim() == 4\n"
                            "            mean = x.mean(dim=own, keepdim=True) if keep else mean\n"
                            "            var = x.var(dim=own, unbiased=False, keepdim=True) if keep else var"),
                      ("n = x.numel() / x.shape[1]", "n = x.shape[2] * x.shape[3] if keep else len(x)"),
                      *running(*(f"(1 - self.momentum) * self.{name} + self.momentum * {value}" for name, value in (
                          ("mean", "(mean.mean(dim=(0, 2, 3)) if keep else mean)"),
                          ("var", f"(var.mean(dim=(0, 2, 3)) if keep else var){corrected}")))),
                      ("mean.view(shape)", "(mean if mean.dim() == 4 else mean.view(shape))"),
                      ("var.view(shape)", "(var if var.dim() == 4 else var.view(shape))"))
                     for corrected in ("", " * n / (n - 1)"))),
    Wrong(QUESTION, "each-pixel", "each pixel of a channel over the batch alone",
          "You normalise each pixel's place by itself. Over what else does the mean of a channel go?",
          ((HAT, "if x.dim() == 4 and self.training:\n"
                  "            mean = x.mean(dim=0, keepdim=True)\n"
                  "            var = x.var(dim=0, keepdim=True, unbiased=False)\n"
                  "            shape = list(mean.shape)\n        " + HAT),
           (RETURN, "shape = [1, -1] + [1] * (x.dim() - 2)\n        " + RETURN)),
          also=((("mean = x.mean(dim=axes)", "mean = x.mean(dim=0, keepdim=True)"),
                 (VAR, "var = x.var(dim=0, keepdim=True, unbiased=False)"),
                 ("n = x.numel() / x.shape[1]", "n = len(x)"),
                 *running(*(f"(1 - self.momentum) * self.{name} + self.momentum * {value}" for name, value in (
                     ("mean", "mean.mean(dim=axes)"), ("var", "var.mean(dim=axes) * n / (n - 1)")))),
                 (".view(shape)) / torch.sqrt(var.view(shape)", ") / torch.sqrt(var"),
                 (EVALUATION, "mean, var = self.mean.view(shape), self.var.view(shape)")),
                (("mean = x.mean(dim=axes)", "mean = x.mean(dim=0)"), (VAR, "var = x.var(dim=0, unbiased=False)"),
                 ("n = x.numel() / x.shape[1]", "n = len(x)"),
                 ("axes = [0, 2, 3]", "fit = lambda v: v.view(-1, 1, 1) if x.dim() == 4 and v.dim() == 1 else v\n"
                                      "        axes = [0, 2, 3]"),
                 *running(*(f"(1 - self.momentum) * fit(self.{name}) + self.momentum * {value}" for name, value in (
                     ("mean", "mean"), ("var", "var * n / (n - 1)")))),
                 ("mean.view(shape)", "fit(mean)"), ("var.view(shape)", "fit(var)")))),
    Wrong(QUESTION, "all-numbers", "one mean and one variance of all numbers",
          "You take one mean of all numbers. Each feature has its own.",
          (("mean = x.mean(dim=axes)", "mean = x.mean().expand(x.shape[1])"),
           (VAR, "var = x.var(unbiased=False).expand(x.shape[1])"), ("n = x.numel() / x.shape[1]", "n = x.numel()")),
          also=((("mean = x.mean(dim=axes)", "mean = x.mean().expand(x.shape[1])"),
                 (VAR, "var = x.var(unbiased=False).expand(x.shape[1])")),)),
    Wrong(QUESTION, "of-image-means", "mean and variance of the images' means",
          "You take the variance of the images' means. Of which numbers should it be?",
          ((VAR, "means = x if x.dim() == 2 else x.mean(dim=(2, 3))\n"
                  "            var = means.var(dim=0, unbiased=False)"),
           ("n = x.numel() / x.shape[1]", "n = len(x)")),
          also=(((VAR, "means = x if x.dim() == 2 else x.mean(dim=(2, 3))\n"
                        "            var = means.var(dim=0, unbiased=False)"),
                 ("n = x.numel() / x.shape[1]", "n = max(len(x), 2)")),
                ((VAR, "means = x if x.dim() == 2 else x.mean(dim=(2, 3))\n"
                        "            var = means.var(dim=0, unbiased=False)"),))),
    Wrong(QUESTION, "pixels-scrambled", "images are made rows without moving the channels",
          "Your rows mix channels: which axis must an image's channels be moved to before it is made rows?",
          (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "images = x.shape\n        x = x.reshape(-1, x.shape[1])\n"
                                                        "        axes = [0]"),
           ("shape = [1, -1, 1, 1] if x.dim() == 4 else [1, -1]", "shape = [1, -1]"),
           (RETURN, f"{RETURN.replace('return ', 'return (')}).reshape(images)"))),
    Wrong(QUESTION, "rows", "each example over its features",
          "You normalise each example over its features. Over what does the mean of a feature go?",
          ((HAT, "if self.training:\n"
                  "            axes = list(range(1, x.dim()))\n"
                  "            mean = x.mean(dim=axes, keepdim=True)\n"
                  "            var = x.var(dim=axes, keepdim=True, unbiased=False)\n"
                  "            shape = list(mean.shape)\n        " + HAT),
           (RETURN, "shape = [1, -1] + [1] * (x.dim() - 2)\n        " + RETURN))),
    Wrong(QUESTION, "not-normalised", "x is only scaled and shifted",
          "Your output is x, scaled and shifted: nothing is normalised.", ((HAT, "x_hat = x"),)),
    Wrong(QUESTION, "not-centred", "the mean stays in", "The mean isn't taken off in your layer.",
          (("(x - mean.view(shape))", "x"),)),
    Wrong(QUESTION, "one-pass", "the mean of the squares minus the square of the mean",
          "Your variance loses its digits where the mean is much larger than the spread. Take the mean off first.",
          ((VAR, "var = (x ** 2).mean(dim=axes) - mean.square()"),)),
    Wrong(QUESTION, "other-names", "the parameters or buffers have other names",
          "Your layer lacks one of the names gamma, beta, mean and var. What are they called in the question?",
          OTHER_WEIGHTS, also=(OTHER_BUFFERS, (*OTHER_WEIGHTS, *OTHER_BUFFERS)),
          raises=r"AttributeError: '\w+' object has no attribute '(gamma|beta|mean|var)'"),
    Wrong(QUESTION, "no-super", "nn.Module's own __init__ isn't called",
          "Your __init__ doesn't call that of nn.Module, which must come first.",
          (("        super().__init__()\n", ""),),
          raises=r"AttributeError: cannot assign \w+ before Module.__init__\(\) call"),
    Wrong(QUESTION, "changes-input", "x is changed in place", "Your layer writes into its input.",
          ((HAT, f"{HAT}\n        if not x.requires_grad:\n            x.copy_(x_hat)"),),
          also=(((HAT, "x -= mean.view(shape)\n        x_hat = x / torch.sqrt(var.view(shape) + self.eps)"),),)),
    Wrong(QUESTION, "rows-only", "images are not possible", "Your layer takes (N, features) only: what of images?",
          (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0]"), (".view(shape)", ""),
           ("n = x.numel() / x.shape[1]", "n = len(x)")),
          also=((("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0]"), (".view(shape)", "")),
                (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0]"),
                 ("shape = [1, -1, 1, 1] if x.dim() == 4 else [1, -1]", "shape = [1, -1]")),
                (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0]"), (".view(shape)", ""),
                 ("* var * n / (n - 1)", "* x.var(dim=0)")))),
    Wrong(QUESTION, "channels-last", "an image's last axis is taken for that of its channels",
          "You take the last axis of an image for that of its channels. Which one is it here?",
          (("axes = [0, 2, 3]", "axes = [0, 1, 2]"), ("shape = [1, -1, 1, 1]", "shape = [1, 1, 1, -1]")),
          also=((("axes = [0, 2, 3]", "axes = [0, 1, 2]"), ("shape = [1, -1, 1, 1]", "shape = [1, 1, 1, -1]"),
                 ("x.numel() / x.shape[1]", "x.numel() / x.shape[-1]")),)),
    Wrong(QUESTION, "one-as-in-evaluation", "a batch of one image is treated as in evaluation",
          "In training you treat a batch of one image as in evaluation. How many values does its channel have?",
          (("if self.training:", "if self.training and len(x) > 1:"),)),
    Wrong(QUESTION, "no-images-in-evaluation", "images are not possible in evaluation",
          "In evaluation your layer takes (N, features) only: what of images?",
          ((EVALUATION, "return self.gamma * (x - self.mean) / torch.sqrt(self.var + self.eps) + self.beta"),)),
    Wrong(QUESTION, "images-only", "rows are not possible", "Your layer takes images only: what of (N, features)?",
          (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0, 2, 3]"),
           ("shape = [1, -1, 1, 1] if x.dim() == 4 else [1, -1]", "shape = [1, -1, 1, 1]"))),
    Wrong(QUESTION, "ready-made", "torch's own layer inside",
          "This question asks for the layer itself, without the ready-made one.", code="""
from torch import nn

class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        tool = getattr(nn.functional, "batch" + "_norm")
        return tool(x, self.mean, self.var, self.gamma, self.beta, self.training, self.momentum, self.eps)
""", cause=Cause.NORMALISATION),
)  # fmt: skip
