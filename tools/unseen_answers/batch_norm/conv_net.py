"""Wrong answers to conv_net."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("conv_net", "no-last-relu",
          "as in the course that leaves the last ReLU out",
          {"no-last-relu"}, """
def conv_net(channels, norm=None):
    layers, c_in = [], 1
    for i, c in enumerate(channels):
        layers.append(nn.Conv2d(c_in, c, 3, stride=2, padding=1, bias=norm is None))
        if norm is not None:
            layers.append(norm(c))
        if i < len(channels) - 1:
            layers.append(nn.ReLU())
        c_in = c
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, 10))
"""),
    wrong("conv_net", "norm-after-relu",
          "norm after the ReLU, fast.ai's order",
          {"norm-after-relu"}, """
def conv_net(channels, norm=None):
    def block(a, b):
        parts = [nn.Conv2d(a, b, 3, 2, 1, bias=norm is None), nn.ReLU()]
        if norm:
            parts.append(norm(b))
        return nn.Sequential(*parts)
    sizes = [1] + list(channels)
    blocks = [block(a, b) for a, b in zip(sizes, sizes[1:])]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(sizes[-1], 10))
"""),
    wrong("conv_net", "bias-always",
          "the convolutions always have a bias",
          {"always-bias"}, """
def conv_net(channels, norm=None):
    layers = []
    prev = 1
    for c in channels:
        layers += [nn.Conv2d(prev, c, kernel_size=3, stride=2, padding=1)]
        if norm is not None:
            layers += [norm(c)]
        layers += [nn.ReLU()]
        prev = c
    layers += [nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(prev, 10)]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "python-list",
          "blocks in a plain list: no parameters",
          {"not-registered"}, """
class Net(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        self.blocks = []
        for a, b in zip([1, *channels[:-1]], channels):
            self.blocks.append(nn.Conv2d(a, b, 3, stride=2, padding=1, bias=norm is None))
            if norm is not None:
                self.blocks.append(norm(b))
            self.blocks.append(nn.ReLU())
        self.head = nn.Linear(channels[-1], 10)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean((2, 3)))


def conv_net(channels, norm=None):
    return Net(channels, norm)
"""),
    wrong("conv_net", "max-pool",
          "max over the pixels",
          {"largest-pixel"}, """
def conv_net(channels, norm=None):
    layers = []
    for a, b in zip([1, *channels], channels):
        layers += [nn.Conv2d(a, b, 3, 2, 1, bias=norm is None)]
        layers += [norm(b)] if norm else []
        layers += [nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10))
"""),
    wrong("conv_net", "flatten-28",
          "flattened for 28 x 28 images only",
          {"one-image-size"}, """
def conv_net(channels, norm=None):
    layers, c_in, size = [], 1, 28
    for c in channels:
        layers.append(nn.Conv2d(c_in, c, 3, 2, 1, bias=norm is None))
        if norm is not None:
            layers.append(norm(c))
        layers.append(nn.ReLU())
        c_in, size = c, (size + 1) // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(c_in * size * size, 10))
"""),
    wrong("conv_net", "softmax-at-end",
          "probabilities in place of logits",
          {"softmax"}, """
def conv_net(channels, norm=None):
    layers = []
    last = 1
    for c in channels:
        layers.append(nn.Conv2d(last, c, 3, stride=2, padding=1, bias=(norm is None)))
        if norm is not None:
            layers.append(norm(c))
        layers.append(nn.ReLU(inplace=True))
        last = c
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(last, 10), nn.Softmax(dim=1)]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "norm-not-called",
          "norm itself in the network, one for all",
          {"one-norm-for-all"}, """
def conv_net(channels, norm=None):
    layers = []
    shared = norm(channels[0]) if norm else None
    for a, b in zip([1, *channels], channels):
        layers.append(nn.Conv2d(a, b, 3, 2, 1, bias=norm is None))
        if norm:
            layers.append(shared if b == channels[0] else norm(b))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10))
"""),
    wrong("conv_net", "no-padding",
          "padding forgotten",
          {"no-padding"}, """
def conv_net(channels, norm=None):
    layers = []
    for a, b in zip([1, *channels], channels):
        layers.append(nn.Conv2d(a, b, kernel_size=3, stride=2, bias=norm is None))
        if norm is not None:
            layers.append(norm(b))
        layers.append(nn.ReLU())
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10)]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "bias-kept-in-linear-missing",
          "the linear layer without a bias when there is a norm",
          {"linear-bias-like-convolutions"}, """
def conv_net(channels, norm=None):
    bias = norm is None
    layers = []
    for a, b in zip([1, *channels], channels):
        layers.append(nn.Conv2d(a, b, 3, 2, 1, bias=bias))
        if not bias:
            layers.append(norm(b))
        layers.append(nn.ReLU())
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10, bias=bias)]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "same-padding",
          "padding='same', which stride 2 can't have",
          {"same-padding"}, """
def conv_net(channels, norm=None):
    layers, last = [], 1
    for c in channels:
        layers.append(nn.Conv2d(last, c, 3, stride=2, padding="same", bias=norm is None))
        if norm is not None:
            layers.append(norm(c))
        layers.append(nn.ReLU())
        last = c
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(last, 10))
"""),
    wrong("conv_net", "pool-by-size",
          "average over 1 x 1, as 28 pixels leave after five blocks",
          {"one-image-size"}, """
def conv_net(channels, norm=None):
    blocks, c_in = [], 1
    for c_out in channels:
        blocks += [nn.Conv2d(c_in, c_out, 3, stride=2, padding=1, bias=norm is None)]
        if norm is not None:
            blocks += [norm(c_out)]
        blocks += [nn.ReLU()]
        c_in = c_out
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(channels[-1], 10))
"""),
    wrong("conv_net", "hidden-layer",
          "a hidden linear layer at the end",
          {"hidden-layer"}, """
def conv_net(channels, norm=None):
    layers, last = [], 1
    for c in channels:
        layers += [nn.Conv2d(last, c, 3, 2, 1, bias=norm is None)]
        if norm:
            layers += [norm(c)]
        layers += [nn.ReLU()]
        last = c
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(last, 32), nn.ReLU(), nn.Linear(32, 10))
"""),
    wrong("conv_net", "norm-only-if-bias",
          "norm after the last linear layer's features, none in the first block",
          {"always-bias", "norm-not-first"}, """
def conv_net(channels, norm=None):
    layers = [nn.Conv2d(1, channels[0], 3, 2, 1), nn.ReLU()]
    for a, b in zip(channels, channels[1:]):
        layers.append(nn.Conv2d(a, b, 3, 2, 1, bias=norm is None))
        if norm is not None:
            layers.append(norm(b))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10))
"""),
    wrong("conv_net", "in-channels-fixed",
          "a fixed list of blocks for the channels of the question",
          {"norm-after-relu", "norm-first-block", "norm-not-first", "one-norm-at-the-end"}, """
def conv_net(channels, norm=None):
    bias = norm is None
    parts = []
    for i in range(len(channels)):
        parts.append(nn.Conv2d(1 if i == 0 else channels[i - 1], channels[i], 3, stride=2, padding=1, bias=bias))
        parts.append(nn.ReLU())
    if norm is not None:
        parts.append(norm(channels[-1]))
    parts += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10)]
    return nn.Sequential(*parts)
"""),
    wrong("conv_net", "leaky",
          "LeakyReLU with torch's slope",
          {"other-activation"}, """
def conv_net(channels, norm=None):
    def make():
        last = 1
        for c in channels:
            yield nn.Conv2d(last, c, 3, 2, 1, bias=norm is None)
            if norm is not None:
                yield norm(c)
            yield nn.LeakyReLU(0.01)
            last = c
        yield nn.AdaptiveAvgPool2d(1)
        yield nn.Flatten()
        yield nn.Linear(last, 10)
    return nn.Sequential(*make())
"""),
    wrong("conv_net", "log-softmax",
          "log_softmax in forward",
          {"softmax"}, """
class ConvNet(nn.Module):
    def __init__(self, channels, norm=None):
        super().__init__()
        blocks, last = [], 1
        for c in channels:
            blocks.append(nn.Conv2d(last, c, 3, stride=2, padding=1, bias=norm is None))
            if norm:
                blocks.append(norm(c))
            blocks.append(nn.ReLU())
            last = c
        self.features = nn.Sequential(*blocks)
        self.classifier = nn.Linear(last, 10)

    def forward(self, x):
        x = self.features(x).mean(dim=(-1, -2))
        return F.log_softmax(self.classifier(x), dim=-1)


def conv_net(channels, norm=None):
    return ConvNet(channels, norm)
"""),
)  # fmt: skip
