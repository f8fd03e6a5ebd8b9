"""Named wrong answers to conv_net and evaluate. The simplest and most common come first."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Misconception as Wrong
from autograder.judge.diagnosis.registry import Symptom

_CONV = "layers.append(nn.Conv2d(before, c, 3, stride=2, padding=1, bias=norm is None))"
_NORM = "        if norm is not None:\n            layers.append(norm(c))\n"
_RELU = "        layers.append(nn.ReLU())\n"
_HEAD = "layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 10)]"


def _own_start(how: str) -> str:
    loop = f"    for w in network.parameters():\n        nn.init.{how}\n    return network"
    return f"network = nn.Sequential(*layers)\n{loop}"


CONV_NET = (
    Wrong("conv_net", "no-last-relu", "no ReLU after the last block",
          "The ReLU after the last block is missing.",
          ((_RELU, "        layers.append(nn.ReLU())\n        last = len(layers) - 1\n"),
           (_HEAD, f"del layers[last]\n    {_HEAD}"))),
    Wrong("conv_net", "no-relu", "no ReLU at all", "There is no ReLU in your network: then all of it is linear.",
          ((_RELU, ""),)),
    Wrong("conv_net", "norm-after-relu", "the norm comes after the ReLU",
          "Your norm comes after the ReLU. What is the order in a block?",
          ((_NORM + _RELU, _RELU + _NORM),)),
    Wrong("conv_net", "always-bias", "the convolutions have a bias with a norm, too",
          "With a norm, your convolutions still have a bias.", (("bias=norm is None", "bias=True"),),
          also=(((", bias=norm is None", ""),),)),
    Wrong("conv_net", "never-bias", "the convolutions never have a bias",
          "Without a norm, your convolutions have no bias.", (("bias=norm is None", "bias=False"),)),
    Wrong("conv_net", "bias-inverted", "the convolutions have a bias with a norm, and none without",
          "Your convolutions have a bias just where they should have none.",
          (("bias=norm is None", "bias=norm is not None"),)),
    Wrong("conv_net", "norm-ignored", "norm is not used", "norm isn't called.", ((_NORM, ""),)),
    Wrong("conv_net", "norm-first-block", "the norm is in the first block only",
          "Your norm is not in all blocks.", (("if norm is not None:", "if norm is not None and before == 1:"),)),
    Wrong("conv_net", "norm-not-last", "no norm in the last block", "The last block has no norm.",
          (("for c in channels:", "for i, c in enumerate(channels):"),
           ("if norm is not None:", "if norm is not None and i < len(channels) - 1:"))),
    Wrong("conv_net", "norm-not-first", "no norm in the first block", "The first block has no norm.",
          (("if norm is not None:", "if norm is not None and before != 1:"),),
          also=((("if norm is not None:", "if norm is not None and before != 1:"),
                 ("bias=norm is None", "bias=norm is None or before == 1")),)),
    Wrong("conv_net", "block-missing", "one channel has no block",
          "Your network has fewer blocks than there are channels.",
          (("for c in channels:", "for c in channels[:-1]:"),),
          also=((("for c in channels:", "for c in channels[1:]:"),),)),
    Wrong("conv_net", "norm-before-convolution", "the norm comes before the convolution",
          "Your norm comes before the convolution, and is made for what goes into it.",
          ((_NORM, ""), (f"        {_CONV}\n", _NORM.replace("norm(c)", "norm(before)") + f"        {_CONV}\n"))),
    Wrong("conv_net", "one-norm-for-all", "one and the same layer in blocks with as many channels",
          "You use one and the same norm in several blocks. Each block has its own.",
          (("    layers = []\n", "    layers = []\n    made = {}\n"),
           (_NORM, "        if norm is not None:\n            if c not in made:\n                made[c] = norm(c)\n"
                   "            layers.append(made[c])\n"))),
    Wrong("conv_net", "not-registered", "the layers stand in a plain list, and are no part of the network",
          "Your network's parameters are not all there: layers in a plain list are no part of a module.",
          (("    layers = []\n", "    class Network(nn.Module):\n        def __init__(self, blocks, head):\n"
                                 "            super().__init__()\n            self.blocks, self.head = blocks, head\n\n"
                                 "        def forward(self, x):\n            for block in self.blocks:\n"
                                 "                x = block(x)\n            return self.head(x)\n\n    layers = []\n"),
           ("return nn.Sequential(*layers)", "return Network(layers[:-1], layers[-1])")),
          symptom=Symptom.UNSTEADY, written_with=r"self\.\w+\s*=\s*(\[|list\()|Network\("),
    Wrong("conv_net", "norm-on-logits", "a norm on the logits, too", "norm is called once more than there are blocks.",
          (("return nn.Sequential(*layers)", "if norm is not None:\n        layers += [nn.Unflatten(1, (10, 1, 1)), "
                                             "norm(10), nn.Flatten()]\n    return nn.Sequential(*layers)"),)),
    Wrong("conv_net", "stride-one", "stride 1", "Your convolutions don't halve the image: check the stride.",
          (("stride=2, ", ""),),
          also=((("stride=2, ", ""), (_RELU, _RELU + "        layers.append(nn.MaxPool2d(2, ceil_mode=True))\n")),
                (("stride=2, ", ""), (_RELU, _RELU + "        layers.append(nn.AvgPool2d(2, ceil_mode=True))\n")))),
    Wrong("conv_net", "stride-one-somewhere", "one block has stride 1",
          "One of your blocks doesn't halve the image: check its stride.",
          (("stride=2,", "stride=1 if before == 1 else 2,"),),
          also=((("for c in channels:", "for i, c in enumerate(channels):"),
                 ("stride=2,", "stride=1 if i == len(channels) - 1 else 2,")),)),
    Wrong("conv_net", "no-padding", "no padding", "Your images get smaller than half: check the padding.",
          (("padding=1, ", ""),)),
    Wrong("conv_net", "same-padding", 'padding is "same"',
          'Padding "same" can\'t be had with a stride. How much is it here?',
          (("padding=1", 'padding="same"'),), raises=r"ValueError: padding='same' is not supported for strided"),
    Wrong("conv_net", "pooled-twice", "a pooling layer beside the stride",
          "Your blocks make the image smaller twice: by the stride, and by pooling.",
          ((_RELU, _RELU + "        layers.append(nn.MaxPool2d(2, ceil_mode=True))\n"),),
          also=(((_RELU, _RELU + "        layers.append(nn.MaxPool2d(2))\n"),),
                ((_RELU, _RELU + "        layers.append(nn.AvgPool2d(2, ceil_mode=True))\n"),))),
    Wrong("conv_net", "padding-two", "padding 2", "There is too much padding around your images.",
          (("padding=1", "padding=2"),)),
    Wrong("conv_net", "kernel-five", "5×5 convolutions", "Your convolutions have another size than 3 × 3.",
          (("before, c, 3, stride=2, padding=1", "before, c, 5, stride=2, padding=2"),),
          also=tuple((("before, c, 3, stride=2, padding=1", f"before, c, {size}"),) for size in
                     ("1, stride=2, padding=0", "2, stride=2", "4, stride=2, padding=1", "7, stride=2, padding=3"))),
    Wrong("conv_net", "largest-pixel", "the largest of the remaining pixels",
          "You take the largest of the remaining pixels. The question asks for their mean.",
          (("nn.AdaptiveAvgPool2d(1)", "nn.AdaptiveMaxPool2d(1)"),)),
    Wrong("conv_net", "sum-of-pixels", "the sum of the remaining pixels",
          "You add up the remaining pixels. The question asks for their mean.",
          (("    layers = []\n", "    class Total(nn.Module):\n        def forward(self, x):\n"
                                "            return x.sum(dim=(2, 3), keepdim=True)\n\n    layers = []\n"),
           ("nn.AdaptiveAvgPool2d(1)", "Total()"))),
    Wrong("conv_net", "no-pooling", "the remaining pixels are not averaged",
          "The linear layer gets all remaining pixels: the network then fits one image size only.",
          (("nn.AdaptiveAvgPool2d(1), ", ""), ("nn.Linear(before, 10)", "nn.LazyLinear(10)"))),
    Wrong("conv_net", "one-image-size", "the linear layer is made for one size of images",
          "Your linear layer is made for one size of images. What makes the network fit any size?",
          (("nn.AdaptiveAvgPool2d(1), ", ""), ("nn.Linear(before, 10)", "nn.Linear(before * size * size, 10)"),
           ("before = 1\n", "before, size = 1, 28\n"), ("before = c\n", "before, size = c, (size + 1) // 2\n")),
          also=((("nn.AdaptiveAvgPool2d(1), ", ""),),)),
    Wrong("conv_net", "hidden-layer", "another linear layer before the last one",
          "Your network has more linear layers than one.",
          (("nn.Linear(before, 10)", "nn.Linear(before, K), nn.ReLU(), nn.Linear(K, 10)"),),
          also=((("nn.Linear(before, 10)", "nn.Linear(before, K), nn.Linear(K, 10)"),),), numbers=(128, 64, 32, 100)),
    Wrong("conv_net", "other-classes", "another number of logits than 10", "How many logits does your network return?",
          (("nn.Linear(before, 10)", "nn.Linear(before, K)"),), numbers=(1, 2, 11, 100)),
    Wrong("conv_net", "linear-bias-like-convolutions", "the linear layer has a bias only without a norm",
          "With a norm, your linear layer has no bias. Which layers don't need one?",
          (("nn.Linear(before, 10)", "nn.Linear(before, 10, bias=norm is None)"),)),
    Wrong("conv_net", "linear-without-bias", "the linear layer has no bias", "Your linear layer has no bias.",
          (("nn.Linear(before, 10)", "nn.Linear(before, 10, bias=False)"),)),
    Wrong("conv_net", "softmax", "a softmax at the end",
          "Your network returns probabilities. Which layer is its last one?",
          (("nn.Linear(before, 10)]", "nn.Linear(before, 10), nn.Softmax(dim=1)]"),),
          also=((("nn.Linear(before, 10)]", "nn.Linear(before, 10), nn.LogSoftmax(dim=1)]"),),)),
    Wrong("conv_net", "relu-on-logits", "a ReLU on the logits", "None of your logits is negative: what comes last?",
          (("nn.Linear(before, 10)]", "nn.Linear(before, 10), nn.ReLU()]"),)),
    Wrong("conv_net", "other-activation", "another activation than ReLU",
          "Your activation is not ReLU.", (("nn.ReLU()", "nn.Sigmoid()"),),
          also=tuple((("nn.ReLU()", f"nn.{other}"),) for other in
                     ("LeakyReLU()", "LeakyReLU(0.1)", "LeakyReLU(0.2)", "Tanh()", "GELU()", "ELU()", "SiLU()"))),
    Wrong("conv_net", "one-network", "the same network at each call",
          "Two calls give the same network.", code="""
from torch import nn

networks = {}

def conv_net(channels, norm=None):
    key = (tuple(channels), norm)
    if key not in networks:
        layers = []
        before = 1
        for c in channels:
            layers.append(nn.Conv2d(before, c, 3, stride=2, padding=1, bias=norm is None))
            if norm is not None:
                layers.append(norm(c))
            layers.append(nn.ReLU())
            before = c
        networks[key] = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 10))
    return networks[key]
"""),
    Wrong("conv_net", "own-start", "starting weights of its own",
          "Your network doesn't start from the weights that torch's layers have.",
          (("return nn.Sequential(*layers)", _own_start("constant_(w, 0.01)")),),
          also=((("return nn.Sequential(*layers)", _own_start("normal_(w)")),),)),
)  # fmt: skip

_LOSS = "loss += loss_func(logits, y).item() * len(y)"
_RIGHT = "right += (logits.argmax(dim=1) == y).sum().item()"
_RETURN = "return loss / count, right / count"

EVALUATE = (
    Wrong("evaluate", "mean-of-means", "the means of the batches' means",
          "You average the batches' means. What if the last batch is smaller?",
          ((_LOSS, "loss += loss_func(logits, y).item()"),
           (_RIGHT, "right += (logits.argmax(dim=1) == y).float().mean().item()"), ("count += len(y)", "count += 1"))),
    Wrong("evaluate", "loss-mean-of-means", "the loss is the mean of the batches' means",
          "Your loss averages the batches' means. What if the last batch is smaller?",
          ((_LOSS, "loss += loss_func(logits, y).item()\n            batches = locals().get('batches', 0) + 1"),
           (_RETURN, "return loss / batches, right / count"))),
    Wrong("evaluate", "accuracy-mean-of-means", "the accuracy is the mean of the batches' accuracies",
          "Your accuracy averages the batches' accuracies. What if the last batch is smaller?",
          ((_RIGHT, "right += (logits.argmax(dim=1) == y).float().mean().item()\n"
                    "            batches = locals().get('batches', 0) + 1"),
           (_RETURN, "return loss / count, right / batches"))),
    Wrong("evaluate", "loss-not-weighted", "the sum of the batches' means over the number of examples",
          "Your loss is too small: loss_func already is a mean over the batch.",
          ((_LOSS, "loss += loss_func(logits, y).item()"),)),
    Wrong("evaluate", "never-eval", "the model stays in training mode",
          "The model is in training mode while you measure it.", (("    model.eval()\n", ""),)),
    Wrong("evaluate", "train-afterwards", "the model is in training mode afterwards, whatever it was before",
          "Afterwards the model is in training mode, whatever it was before.",
          (("model.train(was_training)", "model.train()"),)),
    Wrong("evaluate", "eval-left-on", "the model stays in evaluation mode",
          "Afterwards the model is in evaluation mode, whatever it was before.",
          (("    model.train(was_training)\n", ""),)),
    Wrong("evaluate", "modes-swapped", "in training mode while it measures, in evaluation mode afterwards",
          "The model is in training mode while you measure it, and in evaluation mode afterwards.",
          (("model.eval()", "model.train()"), ("model.train(was_training)", "model.eval()"))),
    Wrong("evaluate", "one-part-restored", "only the model's own mode is put back, not that of its parts",
          "Afterwards parts of the model are in another mode than before.",
          (("model.train(was_training)", "model.training = was_training"),)),
    Wrong("evaluate", "graph", "a graph is recorded", "A graph is recorded while you measure.",
          (("with torch.no_grad():", "if True:"),)),
    Wrong("evaluate", "not-divided", "the sums over all examples",
          "You return sums: what are loss and accuracy means over?",
          ((_RETURN, "return loss, right"),)),
    Wrong("evaluate", "loss-not-divided", "the loss is a sum over all examples",
          "Your loss is a sum over all examples. A mean is wanted.", ((_RETURN, "return loss, right / count"),)),
    Wrong("evaluate", "accuracy-not-divided", "the number of right ones",
          "Your accuracy is the number of right ones. A fraction is wanted.",
          ((_RETURN, "return loss / count, right"),)),
    Wrong("evaluate", "percent", "the accuracy in per cent", "Your accuracy is in per cent. A fraction is wanted.",
          ((_RETURN, "return loss / count, 100 * right / count"),)),
    Wrong("evaluate", "error-rate", "the fraction of wrong ones", "You return the fraction of wrong ones.",
          ((_RETURN, "return loss / count, 1 - right / count"),)),
    Wrong("evaluate", "means-added-up", "the sums of the batches' means",
          "You add up the batches' means. What are loss and accuracy means over?",
          ((_LOSS, "loss += loss_func(logits, y).item()"),
           (_RIGHT, "right += (logits.argmax(dim=1) == y).float().mean().item()"), (_RETURN, "return loss, right"))),
    Wrong("evaluate", "loss-means-added-up", "the loss is the sum of the batches' means",
          "Your loss is the sum of the batches' means. A mean over all examples is wanted.",
          ((_LOSS, "loss += loss_func(logits, y).item()"), (_RETURN, "return loss, right / count"))),
    Wrong("evaluate", "divided-by-batches", "divided by the number of batches",
          "You divide by the number of batches.", (("count += len(y)", "count += 1"),)),
    Wrong("evaluate", "last-batch", "the last batch alone", "You return loss and accuracy of the last batch alone.",
          (("loss +=", "loss ="), ("right +=", "right ="), ("count +=", "count ="))),
    Wrong("evaluate", "accuracy-last-batch", "the last batch's accuracy",
          "Your accuracy is that of the last batch alone.",
          ((_RIGHT, "right = (logits.argmax(dim=1) == y).float().mean().item()"),
           (_RETURN, "return loss / count, right"))),
    Wrong("evaluate", "loss-last-batch", "the last batch's loss", "Your loss is that of the last batch alone.",
          ((_LOSS, "loss = loss_func(logits, y).item()"), (_RETURN, "return loss, right / count"))),
    Wrong("evaluate", "first-batch", "the first batch alone", "You return loss and accuracy of the first batch alone.",
          (("count += len(y)", "count += len(y)\n            break"),),
          also=((("            count += len(y)\n", f"            count += len(y)\n            {_RETURN}\n"),),)),
    Wrong("evaluate", "first-batch-size", "all batches count as many as the first one",
          "You take all batches to be of one size.",
          ((_LOSS, "size = locals().get('size', len(y))\n            loss += loss_func(logits, y).item() * size"),
           ("count += len(y)", "count += size")),
          also=(((_LOSS, "loss += loss_func(logits, y).item()\n            size = locals().get('size', len(y))"),
                 ("count += len(y)", "count += 1"), (_RETURN, "return loss / count, right / (count * size)")),
                ((_LOSS, "loss += loss_func(logits, y).item()"),
                 ("count += len(y)", "count += 1"), (_RETURN, "return loss / count, right / (count * len(y))")))),
    Wrong("evaluate", "smallest-logit", "the prediction is the smallest logit",
          "Your prediction is the smallest logit.", (("logits.argmax(dim=1)", "logits.argmin(dim=1)"),)),
    Wrong("evaluate", "accuracy-rounded", "the accuracy is rounded", "Your accuracy is rounded.",
          ((_RETURN, "return loss / count, round(right / count, K)"),), numbers=(1, 2, 0),
          written_with=r"round|format|:\.\d|//|int\("),
    Wrong("evaluate", "softmax-before-loss", "a softmax between model and loss",
          "loss_func gets something else than the model's logits: what do you make of them?",
          (("loss_func(logits, y)", "loss_func(logits.softmax(dim=1), y)"),),
          also=((("loss_func(logits, y)", "loss_func(logits.sigmoid(), y)"),),)),
    Wrong("evaluate", "argmax-over-all", "one prediction for a batch: the place of its largest number",
          "You look for one largest number in the whole batch. Each example has its own.",
          (("logits.argmax(dim=1)", "logits.argmax()"),)),
    Wrong("evaluate", "dictionary", "returns a dictionary",
          "You return a dictionary. The question asks for two numbers, one after the other.",
          ((_RETURN, "return {'loss': loss / count, 'accuracy': right / count}"),)),
    Wrong("evaluate", "argmax-over-batch", "the prediction is the largest over the batch",
          "You look for the largest number in each column. Where are an example's logits?",
          (("(logits.argmax(dim=1) == y)", "(logits.argmax(dim=0)[:1] == y)"),)),
    Wrong("evaluate", "swapped", "the accuracy first", "You return the two in another order.",
          ((_RETURN, "return right / count, loss / count"),)),
    Wrong("evaluate", "one-number", "loss or accuracy alone", "You return one number. The question asks for two.",
          ((_RETURN, "return right / count"),), also=(((_RETURN, "return loss / count"),),)),
    Wrong("evaluate", "gradients-cleared", "the gradients are cleared", "Your function clears the model's gradients.",
          (("model.eval()", "model.eval()\n    model.zero_grad()"),)),
    Wrong("evaluate", "grad-mode-left-off", "gradients are not recorded afterwards",
          "Afterwards no gradients are recorded any more, anywhere.",
          (("with torch.no_grad():", "torch.set_grad_enabled(False)\n    if True:"),)),
    Wrong("evaluate", "frozen", "the parameters don't require gradients afterwards",
          "Afterwards the model's parameters require no gradient.",
          (("model.eval()", "model.eval()\n    for p in model.parameters():\n        p.requires_grad_(False)"),)),
    Wrong("evaluate", "needs-length", "the loader must have a length",
          "Your function asks the loader for its length, which it may not have.",
          (("return loss / count", "len(loader)\n    return loss / count"),)),
    Wrong("evaluate", "needs-dataset", "the loader must have a dataset",
          "Your function asks the loader for its dataset. It may be any iterable: count the examples yourself.",
          ((_RETURN, "return loss / len(loader.dataset), right / len(loader.dataset)"),),
          raises=r"AttributeError: .*has no attribute 'dataset'"),
    Wrong("evaluate", "two-passes", "goes through the loader twice", "You go through the loader more than once.",
          (("return loss / count", "for _ in loader:\n        pass\n    return loss / count"),)),
)  # fmt: skip
