"""Wrong answers that no formula explains: what is seen of all calls is said then, and where to look.

They come last: what they say is true of named ones, too.
"""

from __future__ import annotations

from autograder.judge.diagnosis import looks

from .looks_again import OTHER_CALLS
from .wrong_layer_edits import EVALUATION, HAT, QUESTION, RETURN, RUNNING_MEAN, RUNNING_VAR, VAR, running

_TRAINING = r"BatchNorm (normalised|scaled True|layer_backward True|doubled|input_after True).*"
_IN_USE = r"BatchNorm (evaluated|left_alone|scaled False|layer_backward False|input_after False).*"
_OUTPUT, _RUNNING = r"BatchNorm normalised.*", r"BatchNorm running (mean|var).*"
_TEST_WRONG, _TRAIN_WRONG = looks.OnlyPartWrong(1, right=(0,)), looks.OnlyPartWrong(0, right=(1,))
_DX = looks.OnlyPartWrong(0, right=(1, 2))
_DGAMMA, _DBETA = looks.OnlyPartWrong(1, right=(0, 2)), looks.OnlyPartWrong(2, right=(0, 1))
_VARIANCE = looks.WrongOnlyIn(r"BatchNorm running var.*", (_OUTPUT, r"BatchNorm running mean.*"))
_MEAN = looks.WrongOnlyIn(r"BatchNorm running mean.*", (_OUTPUT, r"BatchNorm running var.*"))
_STATISTICS = looks.WrongOnlyIn(_RUNNING, (_OUTPUT,), told=(r"BatchNorm running mean.*", r"BatchNorm running var.*"))
_USE = looks.WrongOnlyIn(_IN_USE, (_OUTPUT, _RUNNING), told=(r"BatchNorm evaluated.*",))
_IMAGES = looks.WrongOnlyIn(r".* images.*", (r"BatchNorm normalised(?! images).*",))
_GRADIENT = looks.WrongOnlyIn(r"BatchNorm layer_backward.*", (_OUTPUT, r"BatchNorm evaluated.*"))
_OUTPUT_WRONG = looks.WrongOnlyIn(_TRAINING, (_RUNNING, r"BatchNorm evaluated.*"), told=(_OUTPUT,))
_CALLS = looks.WrongOnlyIn(r"conv_net made", (r"conv_net logits.*",))
_LOSS, _ACCURACY = looks.OnlyPartWrong(0, right=(1,)), looks.OnlyPartWrong(1, right=(0,))
_CALL = "layers.append(norm(c))"
_HAT = "(x - mean) / torch.sqrt(var + eps)"
_seen = OTHER_CALLS.entry

SEEN = (
    _seen("standardise", "test-wrong", "the training part is right, the test part isn't",
          "Your training images are right, your test images aren't. With which numbers are these treated?",
          (("(test - mean) / std", "(test - test.median()) / std"),), _TEST_WRONG),
    _seen("standardise", "train-wrong", "the test part is right, the training part isn't",
          "Your test images are right, your training images aren't. Compare what you do to the two.",
          (("(train - mean) / std", "((train - mean) / std).clamp(max=1)"),), _TRAIN_WRONG),
    _seen("batch_norm", "other-spread", "centred as it should be, with another spread",
          "The columns of your y are centred where they should be, but have another spread. What is x − μ divided by?",
          (("torch.sqrt(var + eps)", "torch.sqrt(var + eps).clamp(min=0.7)"),), looks.OtherSpread()),
    _seen("batch_norm", "gradient-wrong", "the values are right, the gradient isn't",
          "The values of your batch_norm are right, its gradient isn't. Where is a number out of autograd's sight, or "
          "a slope infinite on the way, as a root's is at 0?",
          ((_HAT, _HAT.replace("(x - mean)", "((x + x.detach()) / 2 - mean)")),),
          looks.WrongOnlyIn(r"batch_norm backward", (r"batch_norm",))),
    _seen("batch_norm_grad", "dx-wrong", "dgamma and dbeta are right, dx isn't",
          "Your dgamma and dbeta are right, your dx isn't. Go through its derivation way by way: x acts on the loss "
          "directly, through the mean, and through the variance.",
          (("- x_hat * (dx_hat", "- x_hat.abs() * (dx_hat"),), _DX),
    _seen("batch_norm_grad", "dgamma-wrong", "dx and dbeta are right, dgamma isn't",
          "Your dx and dbeta are right, your dgamma isn't. What is y's derivative with respect to gamma?",
          (("dgamma = (dy * x_hat)", "dgamma = (dy * x_hat.abs())"),), _DGAMMA),
    _seen("batch_norm_grad", "dbeta-wrong", "dx and dgamma are right, dbeta isn't",
          "Your dx and dgamma are right, your dbeta isn't. What is y's derivative with respect to beta?",
          (("dbeta = dy.sum", "dbeta = dy.abs().sum"),), _DBETA),
    _seen(QUESTION, "var-wrong", "outputs and mean are right, var isn't",
          "What your layer returns is right, and so is mean. var isn't: which variance goes into it, of how many "
          "values, and with which share?",
          ((RUNNING_VAR, RUNNING_VAR.replace("* var * n", "* var.clamp(max=1.1) * n")),), _VARIANCE),
    _seen(QUESTION, "mean-wrong", "outputs and var are right, mean isn't",
          "What your layer returns is right, and so is var. mean isn't: what goes into it, and with which share?",
          ((RUNNING_MEAN, RUNNING_MEAN + ".abs()"),), _MEAN),
    _seen(QUESTION, "statistics-wrong", "outputs are right, mean and var aren't",
          "What your layer returns is right. mean and var aren't after a batch in training: what is kept of the old "
          "ones, and what is added?",
          running("(1 - self.momentum) * self.mean + self.momentum * (self.mean + mean) / 2",
                  "(1 - self.momentum) * self.var + self.momentum * (self.var + var * n / (n - 1)) / 2"),
          _STATISTICS),
    _seen(QUESTION, "evaluation-wrong", "all is right in training, and not in evaluation",
          "In training your layer is right. In evaluation it isn't: what is x normalised with there?",
          ((EVALUATION, "mean, var = self.mean, self.var.clamp(min=1)"),), _USE),
    _seen(QUESTION, "training-wrong", "mean, var and evaluation are right, what comes out in training isn't",
          "mean and var are right, and so is your layer in evaluation. What it returns in training isn't: compare the "
          "two branches.",
          ((VAR, VAR + "\n            kept = var"), (RUNNING_VAR, RUNNING_VAR.replace("* var * n", "* kept * n")),
           ("        else:", "            var = var.clamp(min=0.5)\n        else:")), _OUTPUT_WRONG),
    _seen(QUESTION, "images-wrong", "right for (N, features), wrong for images",
          "Your layer is right for (N, features), and wrong for images. Over which axes does a channel's mean go, and "
          "along which do its numbers lie?",
          ((HAT, HAT + "\n        if x.dim() == 4:\n            x_hat = x_hat.flip(0)"),), _IMAGES),
    _seen(QUESTION, "gradient-wrong", "all values are right, gradients aren't",
          "Your layer's numbers are right, its gradients aren't: something on the way is out of autograd's sight.",
          ((RETURN, RETURN.replace("x_hat", "(x_hat + x_hat.detach()) / 2")),), _GRADIENT),
    _seen("conv_net", "norm-calls", "the network is right, norm is called in another way",
          "Your network is right, but norm is called more often than there are blocks, or with other numbers.",
          ((_CALL, f"{_CALL} if isinstance(norm(c), nn.Module) else None"),), _CALLS),
    _seen("evaluate", "loss-wrong", "the accuracy is right, the loss isn't",
          "Your accuracy is right, your loss isn't. Is it loss_func's, and how much does each example count in it?",
          (("* len(y)", "* max(2, len(y))"),), _LOSS),
    _seen("evaluate", "accuracy-wrong", "the loss is right, the accuracy isn't",
          "Your loss is right, your accuracy isn't. Which examples are right, and of how many is it the share?",
          (("== y).sum()", "== y).sum().clamp(max=1)"),), _ACCURACY),
)  # fmt: skip
