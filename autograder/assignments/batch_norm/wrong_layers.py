"""Named wrong answers to the layer. The simplest and most common come first."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause, Symptom
from autograder.judge.diagnosis.registry import Misconception as Wrong

from .wrong_functions import EPSILONS

_QUESTION = "batch_norm_layer"
_RUNNING_MEAN = "self.mean = (1 - self.momentum) * self.mean + self.momentum * mean"
_RUNNING_VAR = "self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)"
_VAR = "var = x.var(dim=axes, unbiased=False)"
_EVALUATION = "mean, var = self.mean, self.var"
_HAT = "x_hat = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + self.eps)"
_RETURN = "return self.gamma.view(shape) * x_hat + self.beta.view(shape)"
_GAMMA, _BETA = "self.gamma = nn.Parameter(torch.ones(features))", "self.beta = nn.Parameter(torch.zeros(features))"
_BUFFERS = 'self.register_buffer("mean", torch.zeros(features))', 'self.register_buffer("var", torch.ones(features))'
_AXES = "axes = [0, 2, 3] if x.dim() == 4 else [0]"

_OTHER_WEIGHTS = ("self.gamma", "self.weight"), ("self.beta", "self.bias")
_OTHER_BUFFERS = tuple(
    edit for name in ("mean", "var") for edit in
    ((f"self.{name}", f"self.running_{name}"), (f'register_buffer("{name}"', f'register_buffer("running_{name}"'))
)  # fmt: skip


def _running(mean: str, var: str) -> tuple[tuple[str, str], ...]:
    return (_RUNNING_MEAN, f"self.mean = {mean}"), (_RUNNING_VAR, f"self.var = {var}")


LAYER = (
    Wrong(_QUESTION, "momentum-swapped", "momentum is the share of the old value",
          "Your running statistics keep the share momentum of the old value. Whose share is it here?",
          _running("self.momentum * self.mean + (1 - self.momentum) * mean",
                   "self.momentum * self.var + (1 - self.momentum) * var * n / (n - 1)")),
    Wrong(_QUESTION, "momentum-swapped-in-one", "momentum is the share of the old value, in mean or in var",
          "One of mean and var keeps the share momentum of the old value. Whose share is it here?",
          ((_RUNNING_VAR, "self.var = self.momentum * self.var + (1 - self.momentum) * var * n / (n - 1)"),),
          also=(((_RUNNING_MEAN, "self.mean = self.momentum * self.mean + (1 - self.momentum) * mean"),),)),
    Wrong(_QUESTION, "running-biased", "the biased variance goes into var",
          "What goes into var is the biased variance of the batch. Which one is to be kept?",
          ((" * n / (n - 1)", ""),)),
    Wrong(_QUESTION, "unbiased-normalise", "in training, the variance divides by n − 1",
          "In training you normalise with the unbiased variance. Which one does batch_norm have?",
          ((_VAR, "var = x.var(dim=axes)"), (" * n / (n - 1)", ""))),
    Wrong(_QUESTION, "batch-in-evaluation", "the batch's own statistics in evaluation",
          "In evaluation, your output of an example depends on the others in its batch. Which statistics belong there?",
          ((_EVALUATION, "mean, var = x.mean(dim=axes), x.var(dim=axes, unbiased=False)"),),
          also=(((_EVALUATION, "mean, var = x.mean(dim=axes), x.var(dim=axes)"),),
                (("if self.training:", "if self.training or len(x) > 1:"),))),
    Wrong(_QUESTION, "never-updated", "mean and var stay 0 and 1",
          "mean and var don't change in training.", ((_RUNNING_MEAN, "pass"), (_RUNNING_VAR, "pass"))),
    Wrong(_QUESTION, "mean-never-updated", "mean stays 0", "mean doesn't change in training.",
          ((_RUNNING_MEAN, "pass"),)),
    Wrong(_QUESTION, "var-never-updated", "var stays 1", "var doesn't change in training.", ((_RUNNING_VAR, "pass"),)),
    Wrong(_QUESTION, "mean-detached", "no gradient through the batch's mean",
          "In training, the gradient treats the batch's mean as a constant.",
          ((_HAT, f"mean = mean.detach()\n        {_HAT}"),)),
    Wrong(_QUESTION, "variance-detached", "no gradient through the batch's variance",
          "In training, the gradient treats the batch's variance as a constant.", ((_VAR, f"{_VAR}.detach()"),)),
    Wrong(_QUESTION, "nothing-differentiable", "no gradient to the input at all",
          "No gradient flows through your layer to its input: is it detached, or under no_grad?",
          (("axes = [0, 2, 3]", "x = x.detach()\n        axes = [0, 2, 3]"),),
          also=(((_RETURN, f"{_RETURN.replace('return ', 'return (')}).detach()"),),)),
    Wrong(_QUESTION, "statistics-detached", "no gradient through the batch's statistics",
          "In training, the gradient treats mean and variance of the batch as constants.",
          (("mean = x.mean(dim=axes)", "mean = x.mean(dim=axes).detach()"), (_VAR, f"{_VAR}.detach()"))),
    Wrong(_QUESTION, "graph-kept", "mean and var belong to a graph",
          "mean and var keep the graph of all earlier batches.", (("with torch.no_grad():", "if True:"),)),
    Wrong(_QUESTION, "not-saved", "mean and var are ordinary attributes",
          "mean and var are not in state_dict(). What makes a tensor a part of a module?",
          ((_BUFFERS[0], "self.mean = torch.zeros(features)"), (_BUFFERS[1], "self.var = torch.ones(features)")),
          also=(((_BUFFERS[0], 'self.register_buffer("mean", torch.zeros(features), persistent=False)'),
                 (_BUFFERS[1], 'self.register_buffer("var", torch.ones(features), persistent=False)')),)),
    Wrong(_QUESTION, "statistics-parameters", "mean and var are parameters",
          "mean and var are among the parameters. Are they learnt by gradients?",
          ((_BUFFERS[0], "self.mean = nn.Parameter(torch.zeros(features), requires_grad=False)"),
           (_BUFFERS[1], "self.var = nn.Parameter(torch.ones(features), requires_grad=False)"),
           *_running("nn.Parameter((1 - self.momentum) * self.mean + self.momentum * mean, requires_grad=False)",
                     "nn.Parameter((1 - self.momentum) * self.var + self.momentum * var * n / (n - 1), "
                     "requires_grad=False)"))),
    Wrong(_QUESTION, "running-in-training", "the running statistics in training, too",
          "In training you normalise with the running statistics. Which ones does the batch have?",
          ((_HAT, f"mean, var = self.mean, self.var\n        {_HAT}"),)),
    Wrong(_QUESTION, "updated-in-evaluation", "mean and var are updated in evaluation, too",
          "mean and var change in evaluation.",
          (("        else:\n            mean, var = self.mean, self.var\n",
            "        else:\n            mean, var = self.mean, self.var\n"
            "            self.mean = (1 - self.momentum) * self.mean + self.momentum * x.mean(dim=axes).detach()\n"
            "            self.var = (1 - self.momentum) * self.var + self.momentum * "
            "x.var(dim=axes, unbiased=False).detach()\n"),)),
    Wrong(_QUESTION, "modes-swapped", "training and evaluation have changed places",
          "Your layer does in training what belongs to evaluation, and the other way round.",
          (("if self.training:", "if not self.training:"),)),
    Wrong(_QUESTION, "asks-for-grad-mode", "training is where gradients are recorded",
          "Your layer asks whether gradients are recorded. Who says whether it is in training?",
          (("if self.training:", "if torch.is_grad_enabled():"),)),
    Wrong(_QUESTION, "mode-never-asked", "evaluation is the same as training",
          "Your layer does in evaluation all that belongs to training. Who says in which of them it is?",
          (("if self.training:", "if self.train:"),)),
    Wrong(_QUESTION, "momentum-fixed", "momentum is a number in the code",
          "Your running statistics don't depend on the momentum that the layer is made with.",
          (("self.momentum, self.eps = momentum, eps", "self.momentum, self.eps = K, eps"),),
          numbers=(0.1, 0.9, 0.01, 0.5)),
    Wrong(_QUESTION, "other-default", "momentum has another default",
          "Your momentum is right where it is given. What is it where it isn't?",
          (("momentum=0.1", "momentum=K"),), numbers=(0.9, 0.01, 0.99, 0.5, 0.05)),
    Wrong(_QUESTION, "last-batch", "mean and var are the last batch's",
          "mean and var are the last batch's alone: what is left of the earlier ones?",
          _running("mean", "var * n / (n - 1)"), also=(_running("mean", "var"),)),
    Wrong(_QUESTION, "mean-of-all-batches", "mean and var are means over all batches so far",
          "Your running statistics give all batches the same share. Where does momentum come in?",
          ((_BUFFERS[1], f"{_BUFFERS[1]}\n        self.count = 0"),
           (_RUNNING_MEAN, "self.count += 1\n                self.mean = self.mean + (mean - self.mean) / self.count"),
           (_RUNNING_VAR, "self.var = self.var + (var * n / (n - 1) - self.var) / self.count"))),
    Wrong(_QUESTION, "first-batch-whole", "the first batch takes the place of 0 and 1",
          "Your first batch counts whole, and not by the share momentum.",
          ((_BUFFERS[1], f"{_BUFFERS[1]}\n        self.seen = False"),
           ("            with torch.no_grad():\n",
            "            share = self.momentum if self.seen else 1.0\n            self.seen = True\n"
            "            with torch.no_grad():\n"),
           (_RUNNING_MEAN, "self.mean = (1 - share) * self.mean + share * mean"),
           (_RUNNING_VAR, "self.var = (1 - share) * self.var + share * var * n / (n - 1)"))),
    Wrong(_QUESTION, "only-grows", "the old value is kept whole, and the new share is added",
          "Your running statistics only add: the old value must lose what the new one gains.",
          _running("self.mean + self.momentum * mean", "self.var + self.momentum * var * n / (n - 1)")),
    Wrong(_QUESTION, "eps-in-running", "eps goes into the running variance",
          "eps gets into var. Where does it belong?",
          ((_VAR, f"{_VAR} + self.eps"), ("torch.sqrt(var.view(shape) + self.eps)", "torch.sqrt(var.view(shape))")),
          also=(((_RUNNING_VAR, "self.var = (1 - self.momentum) * self.var + self.momentum * (var * n / (n - 1) + "
                               "self.eps)"),),
                ((_VAR, f"{_VAR} + self.eps"), (_EVALUATION, "mean, var = self.mean, self.var + self.eps"),
                 ("torch.sqrt(var.view(shape) + self.eps)", "torch.sqrt(var.view(shape))")))),
    Wrong(_QUESTION, "standard-deviation-kept", "the standard deviation goes into var",
          "What goes into var is a standard deviation.",
          _running("(1 - self.momentum) * self.mean + self.momentum * mean",
                   "(1 - self.momentum) * self.var + self.momentum * (var * n / (n - 1)).sqrt()"),
          also=(_running("(1 - self.momentum) * self.mean + self.momentum * mean",
                         "(1 - self.momentum) * self.var + self.momentum * var.sqrt()"),
                (*_running("(1 - self.momentum) * self.mean + self.momentum * mean",
                           "(1 - self.momentum) * self.var + self.momentum * (var * n / (n - 1)).sqrt()"),
                 (_EVALUATION, "mean, var = self.mean, self.var**2 - self.eps")),
                (*_running("(1 - self.momentum) * self.mean + self.momentum * mean",
                           "(1 - self.momentum) * self.var + self.momentum * (var * n / (n - 1)).sqrt()"),
                 (_EVALUATION, "mean, var = self.mean, self.var**2")))),
    Wrong(_QUESTION, "statistics-of-output", "mean and var are made of what is normalised already",
          "mean and var are made of numbers that are normalised already. Of which should they be?",
          ((_RUNNING_MEAN, "pass"),
           (_RUNNING_VAR, "self.mean = (1 - self.momentum) * self.mean\n"
                          "                self.var = (1 - self.momentum) * self.var + "
                          "self.momentum * n / (n - 1) * var / (var + self.eps)"),)),
    Wrong(_QUESTION, "correction-inverted", "the correction of the variance the other way round",
          "What goes into var is smaller than the batch's variance. Which of n and n − 1 divides?",
          (("* var * n / (n - 1)", "* var * (n - 1) / n"),)),
    Wrong(_QUESTION, "corrected-twice", "the unbiased variance is corrected once more",
          "You correct the variance twice: the one that you correct is unbiased already.",
          (("* var * n / (n - 1)", "* var * (n / (n - 1)) ** 2"),)),
    Wrong(_QUESTION, "shape-changes", "mean and var become tables",
          "mean and var have another shape after a batch in training. It is to stay as it is.",
          _running("(1 - self.momentum) * self.mean.view(shape) + self.momentum * mean.view(shape)",
                   "(1 - self.momentum) * self.var.view(shape) + self.momentum * var.view(shape) * n / (n - 1)")),
    Wrong(_QUESTION, "n-without-pixels", "n counts the examples alone, not the pixels",
          "Your n counts images. How many values is the mean of a channel a mean of?",
          (("n = x.numel() / x.shape[1]", "n = max(x.shape[0], 1 + 1e-9)"),),
          also=((("n = x.numel() / x.shape[1]", "n = x.shape[0]"),),
                (("n = x.numel() / x.shape[1]", "n = max(x.shape[0], 2)"),))),
    Wrong(_QUESTION, "n-counts-all", "n counts the values of all features",
          "Your n counts the values of all features together.", (("n = x.numel() / x.shape[1]", "n = x.numel()"),)),
    Wrong(_QUESTION, "eps-outside", "eps is added to the root", "eps stands outside the root in your layer.",
          (("torch.sqrt(var.view(shape) + self.eps)", "(torch.sqrt(var.view(shape)) + self.eps)"),)),
    Wrong(_QUESTION, "eps-fixed", "eps is a number in the code",
          "Your layer doesn't use the eps that it is made with.",
          (("self.momentum, self.eps = momentum, eps", "self.momentum, self.eps = momentum, K"),), numbers=EPSILONS),
    Wrong(_QUESTION, "other-default-eps", "eps has another default",
          "Your eps is right where it is given. What is it where it isn't?",
          (("eps=1e-5", "eps=K"),), numbers=tuple(eps for eps in EPSILONS if eps != 1e-5)),
    Wrong(_QUESTION, "no-root", "divided by the variance", "You divide by the variance: the root is missing.",
          (("torch.sqrt(var.view(shape) + self.eps)", "(var.view(shape) + self.eps)"),)),
    Wrong(_QUESTION, "no-root-in-evaluation", "in evaluation divided by the variance",
          "In evaluation you divide by the variance: the root is missing there.",
          ((_EVALUATION, "mean, var = self.mean, (self.var + self.eps) ** 2 - self.eps"),)),
    Wrong(_QUESTION, "no-eps-in-evaluation", "in evaluation without eps", "In evaluation eps is missing.",
          ((_EVALUATION, "mean, var = self.mean, self.var - self.eps"),)),
    Wrong(_QUESTION, "no-scale-and-shift", "gamma and beta are not used",
          "gamma and beta don't change your output.", ((_RETURN, "return x_hat"),)),
    Wrong(_QUESTION, "no-gamma", "gamma is not used", "gamma doesn't change your output.",
          ((_RETURN, "return x_hat + self.beta.view(shape)"),)),
    Wrong(_QUESTION, "no-beta", "beta is not used", "beta doesn't change your output.",
          ((_RETURN, "return self.gamma.view(shape) * x_hat"),)),
    Wrong(_QUESTION, "no-scale-in-evaluation", "gamma and beta are not used in evaluation",
          "In evaluation, gamma and beta don't change your output.",
          ((_RETURN, f"if not self.training:\n            return x_hat\n        {_RETURN}"),)),
    Wrong(_QUESTION, "not-learnt", "gamma and beta are no parameters",
          "gamma and beta are not among the parameters, so no optimiser will change them.",
          ((_GAMMA, "self.gamma = torch.ones(features)"), (_BETA, "self.beta = torch.zeros(features)")),
          also=(((_GAMMA, 'self.register_buffer("gamma", torch.ones(features))'),
                 (_BETA, 'self.register_buffer("beta", torch.zeros(features))')),
                ((_GAMMA, "self.gamma = torch.ones(features, requires_grad=True)"),
                 (_BETA, "self.beta = torch.zeros(features, requires_grad=True)")))),
    Wrong(_QUESTION, "no-scale-in-training", "gamma and beta are not used in training",
          "In training, gamma and beta don't change your output.",
          ((_RETURN, f"if self.training:\n            return x_hat\n        {_RETURN}"),)),
    Wrong(_QUESTION, "gamma-zeros", "gamma starts at zero", "gamma starts at 0: then nothing of x gets through.",
          ((_GAMMA, _GAMMA.replace("ones", "zeros")),)),
    Wrong(_QUESTION, "random-start", "gamma starts at random numbers",
          "gamma starts at random numbers. What should the layer do before any training?",
          ((_GAMMA, "self.gamma = nn.Parameter(torch.randn(features))"),),
          symptom=Symptom.UNSTEADY, written_with="rand|normal_|uniform_|empty"),
    Wrong(_QUESTION, "one-number-for-all", "gamma and beta are one number each",
          "gamma and beta are one number each. How many do you need?",
          ((_GAMMA, "self.gamma = nn.Parameter(torch.ones(1))"), (_BETA, "self.beta = nn.Parameter(torch.zeros(1))"))),
    Wrong(_QUESTION, "beta-ones", "beta starts at one", "beta starts at 1.",
          ((_BETA, _BETA.replace("zeros", "ones")),)),
    Wrong(_QUESTION, "var-starts-at-zero", "var starts at zero",
          "var starts at 0. What would the layer do in evaluation before any training?",
          ((_BUFFERS[1], _BUFFERS[1].replace("ones", "zeros")),)),
    Wrong(_QUESTION, "mean-starts-at-one", "mean starts at one", "mean starts at 1.",
          ((_BUFFERS[0], _BUFFERS[0].replace("zeros", "ones")),)),
    Wrong(_QUESTION, "each-image", "each image over its own pixels",
          "You normalise each image by itself. Over what else does the mean of a channel go?",
          ((_HAT, "if x.dim() == 4 and self.training:\n"
                  "            mean = x.mean(dim=(2, 3), keepdim=True)\n"
                  "            var = x.var(dim=(2, 3), keepdim=True, unbiased=False)\n"
                  "            shape = list(mean.shape)\n        " + _HAT),
           (_RETURN, "shape = [1, -1] + [1] * (x.dim() - 2)\n        " + _RETURN))),
    Wrong(_QUESTION, "each-pixel", "each pixel of a channel over the batch alone",
          "You normalise each pixel's place by itself. Over what else does the mean of a channel go?",
          ((_HAT, "if x.dim() == 4 and self.training:\n"
                  "            mean = x.mean(dim=0, keepdim=True)\n"
                  "            var = x.var(dim=0, keepdim=True, unbiased=False)\n"
                  "            shape = list(mean.shape)\n        " + _HAT),
           (_RETURN, "shape = [1, -1] + [1] * (x.dim() - 2)\n        " + _RETURN))),
    Wrong(_QUESTION, "pixels-scrambled", "images are made rows without moving the channels",
          "Your rows mix channels: which axis must an image's channels be moved to before it is made rows?",
          (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "images = x.shape\n        x = x.reshape(-1, x.shape[1])\n"
                                                        "        axes = [0]"),
           ("shape = [1, -1, 1, 1] if x.dim() == 4 else [1, -1]", "shape = [1, -1]"),
           (_RETURN, f"{_RETURN.replace('return ', 'return (')}).reshape(images)"))),
    Wrong(_QUESTION, "rows", "each example over its features",
          "You normalise each example over its features. Over what does the mean of a feature go?",
          ((_HAT, "if self.training:\n"
                  "            axes = list(range(1, x.dim()))\n"
                  "            mean = x.mean(dim=axes, keepdim=True)\n"
                  "            var = x.var(dim=axes, keepdim=True, unbiased=False)\n"
                  "            shape = list(mean.shape)\n        " + _HAT),
           (_RETURN, "shape = [1, -1] + [1] * (x.dim() - 2)\n        " + _RETURN))),
    Wrong(_QUESTION, "not-normalised", "x is only scaled and shifted",
          "Your output is x, scaled and shifted: nothing is normalised.", ((_HAT, "x_hat = x"),)),
    Wrong(_QUESTION, "not-centred", "the mean stays in", "The mean isn't taken off in your layer.",
          (("(x - mean.view(shape))", "x"),)),
    Wrong(_QUESTION, "one-pass", "the mean of the squares minus the square of the mean",
          "Your variance loses its digits where the mean is much larger than the spread. Take the mean off first.",
          ((_VAR, "var = (x ** 2).mean(dim=axes) - mean.square()"),)),
    Wrong(_QUESTION, "other-names", "the parameters or buffers have other names",
          "Your layer lacks one of the names gamma, beta, mean and var. What are they called in the question?",
          _OTHER_WEIGHTS, also=(_OTHER_BUFFERS, (*_OTHER_WEIGHTS, *_OTHER_BUFFERS)),
          raises=r"AttributeError: '\w+' object has no attribute '(gamma|beta|mean|var)'"),
    Wrong(_QUESTION, "no-super", "nn.Module's own __init__ isn't called",
          "Your __init__ doesn't call that of nn.Module, which must come first.",
          (("        super().__init__()\n", ""),),
          raises=r"AttributeError: cannot assign \w+ before Module.__init__\(\) call"),
    Wrong(_QUESTION, "changes-input", "x is changed in place", "Your layer writes into its input.",
          ((_HAT, f"{_HAT}\n        if not x.requires_grad:\n            x.copy_(x_hat)"),)),
    Wrong(_QUESTION, "rows-only", "images are not possible", "Your layer takes (N, features) only: what of images?",
          (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0]"),
           ("shape = [1, -1, 1, 1] if x.dim() == 4 else [1, -1]", "shape = [1, -1]")),
          also=((("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0]"), (".view(shape)", "")),)),
    Wrong(_QUESTION, "no-images-in-evaluation", "images are not possible in evaluation",
          "In evaluation your layer takes (N, features) only: what of images?",
          ((_EVALUATION, "return self.gamma * (x - self.mean) / torch.sqrt(self.var + self.eps) + self.beta"),)),
    Wrong(_QUESTION, "images-only", "rows are not possible", "Your layer takes images only: what of (N, features)?",
          (("axes = [0, 2, 3] if x.dim() == 4 else [0]", "axes = [0, 2, 3]"),
           ("shape = [1, -1, 1, 1] if x.dim() == 4 else [1, -1]", "shape = [1, -1, 1, 1]"))),
    Wrong(_QUESTION, "ready-made", "torch's own layer inside",
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
