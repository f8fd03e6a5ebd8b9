"""Named wrong answers to conv_net. The simplest and most common come first."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Misconception as Wrong

_CONV = "layers.append(nn.Conv2d(before, c, 3, stride=2, padding=1, bias=norm is None))"
_NORM = "        if norm is not None:\n            layers.append(norm(c))\n"
_RELU = "        layers.append(nn.ReLU())\n"
_HEAD = "layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 10)]"


def _own_start(how: str) -> str:
    loop = f"    for w in network.parameters():\n        nn.init.{how}\n    return network"
    return f"network = nn.Sequential(*layers)\n{loop}"


def _convolution(size: str) -> str:
    return f"layers += [nn.Conv2d(before, 10, {size}), nn.AdaptiveAvgPool2d(1), nn.Flatten()]"


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
    Wrong("conv_net", "norm-ignored", "norm is not used", "norm isn't called.", ((_NORM, ""),),
          also=((("layers.append(norm(c))", "layers.append(nn.BatchNorm2d(c))"),),)),
    Wrong("conv_net", "norm-of-inputs", "the norm is made for the channels that go into the convolution",
          "Your norm is made for another number of channels than come to it. What goes into it?",
          (("norm(c)", "norm(before)"),)),
    Wrong("conv_net", "function-for-layer", "norm itself, or another function, in a layer's place",
          "You put something among the layers that is no layer: a function must be called there, or belongs elsewhere.",
          (("layers.append(norm(c))", "layers.append(norm)"),), also=((("nn.ReLU()", "F.relu"),),),
          raises=r"TypeError: .* is not a Module subclass"),
    Wrong("conv_net", "channels-dont-fit", "a convolution takes another number of channels than come to it",
          "One of your convolutions takes another number of channels than come to it.",
          (("        before = c\n", ""), ("nn.Linear(before, 10)", "nn.Linear(channels[-1], 10)")),
          raises=r"RuntimeError: Given groups=1, weight of size .* channels, but got \d+ channels"),
    Wrong("conv_net", "convolution-for-linear", "a convolution makes the logits",
          "A convolution makes your logits. Which layer should, and of what?",
          ((_HEAD, _convolution("3, stride=2, padding=1")),),
          also=tuple(((_HEAD, _convolution(size)),) for size in ("1", "3, padding=1"))),
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
    Wrong("conv_net", "one-norm-at-the-end", "one norm after all blocks",
          "You use one norm, after all blocks. Each block has its own.",
          ((_NORM, ""), (_HEAD, f"layers += [] if norm is None else [norm(before)]\n    {_HEAD}"))),
    Wrong("conv_net", "norm-before-convolution", "the norm comes before the convolution",
          "Your norm comes before the convolution, and is made for what goes into it.",
          ((_NORM, ""), (f"        {_CONV}\n", _NORM.replace("norm(c)", "norm(before)") + f"        {_CONV}\n"))),
    Wrong("conv_net", "one-norm-for-all", "one and the same layer in blocks with as many channels",
          "You use one and the same norm in several blocks. Each block has its own.",
          (("    layers = []\n", "    layers = []\n    made = {}\n"),
           (_NORM, "        if norm is not None:\n            if c not in made:\n                made[c] = norm(c)\n"
                   "            layers.append(made[c])\n")),
          also=((("    layers = []\n", "    layers = []\n    made = {c: norm(c) for c in channels if norm}\n"),
                 ("norm(c))", "made[c])")),)),
    Wrong("conv_net", "not-registered", "the layers stand in a plain list, and are no part of the network",
          "Your network's parameters are not all there: layers in a plain list are no part of a module.",
          (("    layers = []\n", "    class Network(nn.Module):\n        def __init__(self, blocks, head):\n"
                                 "            super().__init__()\n            self.blocks, self.head = blocks, head\n\n"
                                 "        def forward(self, x):\n            for block in self.blocks:\n"
                                 "                x = block(x)\n            return self.head(x)\n\n    layers = []\n"),
           ("return nn.Sequential(*layers)", "return Network(layers[:-1], layers[-1])")),
          written_with=r"self\.\w+(\s*,\s*self\.\w+)*\s*=\s*(\[|list\()|Network\("),
    Wrong("conv_net", "norms-not-registered", "what norm returns stands in a plain list, and is no part of the network",
          "The layers that norm makes are no part of your network: parameters() and eval() don't know them. Where do "
          "you keep them?",
          (("    layers = []\n", "    class Hidden(nn.Module):\n        def __init__(self, layer):\n"
                                 "            super().__init__()\n            self.kept = [layer]\n\n"
                                 "        def forward(self, x):\n            return self.kept[0](x)\n\n"
                                 "    layers = []\n"),
           ("layers.append(norm(c))", "layers.append(Hidden(norm(c)))"))),
    Wrong("conv_net", "list-only", "channels may not be a tuple",
          "channels may be a list or a tuple. What do you do with it that goes with one of them only?",
          (("    before = 1\n", "    before = 1\n    [1] + channels\n"),),
          raises=r"TypeError: can only concatenate (list|tuple) \(not \"(list|tuple)\"\) to (list|tuple)"),
    Wrong("conv_net", "linear-inputs-fixed", "the linear layer's inputs are a number in the code",
          "Your linear layer takes a fixed number of inputs. How many come out of the last block?",
          (("nn.Linear(before, 10)", "nn.Linear(K, 10)"),), numbers=(64, 32, 128),
          written_with=r"(?s)\A((?!Linear\().)*Linear\(\s*(in_features\s*=\s*)?\d+\s*,"),
    Wrong("conv_net", "layers-kept", "a list of layers as a default value, which all networks share",
          "What is in your list of layers at the second call? A default value is made once.",
          (("norm=None):", "norm=None, layers=[]):"), ("    layers = []\n", "")),
          raises=r"RuntimeError: Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d, but got input of size",
          written_with=r"def \w+\([^)]*=\s*(\[\]|list\(\))"),
    Wrong("conv_net", "batch-squeezed", "squeeze takes away the axis of the batch as well",
          "Your output of a single image lacks the batch's axis. Which axes does squeeze take away?",
          (("    layers = []\n", "    class Squeeze(nn.Module):\n        def forward(self, x):\n"
                                "            return x.squeeze()\n\n    layers = []\n"),
           ("nn.Flatten()", "Squeeze()")), written_with="squeeze"),
    Wrong("conv_net", "changes-channels", "the list of channels is changed in place",
          "Your function changes the list of channels that it is given.",
          (("    before = 1\n", "    before = 1\n    channels.insert(0, 1)\n"),
           ("for c in channels:", "for c in channels[1:]:"))),
    Wrong("conv_net", "norm-on-logits", "a norm on the logits, too", "norm is called once more than there are blocks.",
          (("return nn.Sequential(*layers)", "if norm is not None:\n        layers += [nn.Unflatten(1, (10, 1, 1)), "
                                             "norm(10), nn.Flatten()]\n    return nn.Sequential(*layers)"),)),
    Wrong("conv_net", "stride-one", "stride 1", "Your convolutions don't halve the image: check the stride.",
          (("stride=2, ", ""),),
          also=((("stride=2, ", ""), (_RELU, _RELU + "        layers.append(nn.MaxPool2d(2, ceil_mode=True))\n")),
                (("stride=2, ", ""), (_RELU, _RELU + "        layers.append(nn.MaxPool2d(2))\n")),
                (("stride=2, ", ""), (_RELU, _RELU + "        layers.append(nn.AvgPool2d(2))\n")),
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
          "Your network doesn't start from the weights and biases that torch's layers have.",
          (("return nn.Sequential(*layers)", _own_start("constant_(w, 0.01)")),),
          also=tuple((("return nn.Sequential(*layers)", _own_start(how)),) for how in
                     ("normal_(w)", "kaiming_normal_(w) if w.dim() > 1 else w", "zeros_(w) if w.dim() == 1 else w",
                      "zeros_(w) if w.dim() == 1 and norm is None else w"))),
)  # fmt: skip
