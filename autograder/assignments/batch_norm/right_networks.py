"""Right answers to the convnet and to evaluate; the first of each is the canonical one."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right

NETWORKS = (
    Right("conv_net", "sequential", "a list of layers in nn.Sequential", """
from torch import nn

def conv_net(channels, norm=None):
    layers = []
    before = 1
    for c in channels:
        layers.append(nn.Conv2d(before, c, 3, stride=2, padding=1, bias=norm is None))
        if norm is not None:
            layers.append(norm(c))
        layers.append(nn.ReLU())
        before = c
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 10)]
    return nn.Sequential(*layers)
"""),
    Right("conv_net", "own-class", "an own class, with F.relu and a mean over the pixels", """
class ConvNet(torch.nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        ins = [1] + list(channels[:-1])
        self.convs = torch.nn.ModuleList(
            torch.nn.Conv2d(a, b, 3, 2, 1, bias=norm is None) for a, b in zip(ins, channels)
        )
        self.norms = torch.nn.ModuleList(norm(c) if norm else torch.nn.Identity() for c in channels)
        self.head = torch.nn.Linear(channels[-1], 10)

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = F.relu(norm(conv(x)))
        return self.head(x.mean(dim=(2, 3)))

def conv_net(channels, norm=None):
    return ConvNet(channels, norm)
"""),
    Right("conv_net", "blocks", "a function for a block, in-place ReLU", """
from torch import nn

def block(a, b, norm):
    conv = nn.Conv2d(a, b, kernel_size=3, stride=2, padding=1, bias=not norm)
    return nn.Sequential(conv, *([norm(b)] if norm else []), nn.ReLU(inplace=True))

def conv_net(channels, norm=None):
    sizes = [1, *channels]
    body = [block(a, b, norm) for a, b in zip(sizes[:-1], sizes[1:])]
    return nn.Sequential(*body, nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(start_dim=1), nn.Linear(sizes[-1], 10))
"""),
    Right("conv_net", "head-first", "the linear layer is made first", """
from torch import nn

class Net(nn.Module):
    def __init__(self, channels, norm=None):
        super().__init__()
        self.linear = nn.Linear(channels[-1], 10)
        previous = 1
        for number, c in enumerate(channels):
            if norm is not None:
                self.add_module(f"norm{number}", norm(c))
            self.add_module(f"conv{number}", nn.Conv2d(previous, c, 3, stride=2, padding=1, bias=norm is None))
            previous = c
        self.depth, self.has_norm = len(channels), norm is not None

    def forward(self, x):
        for number in range(self.depth):
            x = getattr(self, f"conv{number}")(x)
            if self.has_norm:
                x = getattr(self, f"norm{number}")(x)
            x = x.clamp(min=0)
        return self.linear(x.flatten(2).mean(-1))

conv_net = Net
"""),
    Right("conv_net", "padded-by-hand", "zeros around the image first, then a convolution without padding", """
from torch import nn

def conv_net(channels, norm=None):
    net = nn.Sequential()
    for i, c in enumerate(channels):
        net.append(nn.ZeroPad2d(1))
        net.append(nn.Conv2d(1 if i == 0 else channels[i - 1], c, (3, 3), stride=(2, 2), bias=norm is None))
        if norm is not None:
            net.append(norm(c))
        net.append(nn.ReLU())
    net.append(nn.AdaptiveAvgPool2d(1))
    net.append(nn.Flatten())
    net.append(nn.Linear(channels[-1], 10))
    return net
"""),
    Right("evaluate", "weighted", "sums over batches, each weighted with its size", """
def evaluate(model, loss_func, loader):
    was_training = model.training
    model.eval()
    loss, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            loss += loss_func(logits, y).item() * len(y)
            right += (logits.argmax(dim=1) == y).sum().item()
            count += len(y)
    model.train(was_training)
    return loss / count, right / count
"""),
    Right("evaluate", "all-at-once", "all logits first", """
def evaluate(model, loss_func, loader):
    mode = model.training
    model.eval()
    with torch.no_grad():
        found = [(model(X), y) for X, y in loader]
    model.train(mode)
    logits, labels = (torch.cat(parts) for parts in zip(*found))
    return loss_func(logits, labels), (logits.argmax(-1) == labels).float().mean()
"""),
    Right("evaluate", "decorated", "no_grad as a decorator, lists of sums", """
@torch.no_grad()
def evaluate(model, loss_func, loader):
    training = model.training
    model.train(False)
    losses, hits, sizes = [], [], []
    for X, y in loader:
        z = model(X)
        losses.append(float(loss_func(z, y)) * len(X))
        hits.append(float((z.max(1)[1] == y).float().sum()))
        sizes.append(len(X))
    model.train(training)
    return sum(losses) / sum(sizes), sum(hits) / sum(sizes)
"""),
    Right("evaluate", "try-finally", "the mode comes back whatever happens", """
def evaluate(model, loss_func, loader):
    before = model.training
    model.eval()
    try:
        n, total, correct = 0, torch.zeros(()), torch.zeros(())
        with torch.inference_mode():
            for X, y in loader:
                out = model(X)
                total = total + loss_func(out, y) * y.shape[0]
                correct = correct + torch.eq(out.argmax(1), y).sum()
                n += y.shape[0]
        return total / n, correct / n
    finally:
        if before:
            model.train()
"""),
    Right("evaluate", "measured-on-a-copy", "a copy of the model in evaluation mode", """
import copy

def evaluate(model, loss_func, loader):
    own = copy.deepcopy(model).eval()
    loss, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = own(X)
            loss += loss_func(logits, y).item() * len(y)
            right += (logits.argmax(1) == y).sum().item()
            count += len(y)
    return loss / count, right / count
"""),
    Right("evaluate", "modes-of-all-parts", "notes the mode of each part", """
def evaluate(model, loss_func, loader):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    per_example = []
    hits = []
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            per_example += [loss_func(logits, y)] * len(y)
            hits += (logits.argmax(1) == y).tolist()
    for module, mode in modes.items():
        module.training = mode
    return torch.stack(per_example).mean().item(), sum(hits) / len(hits)
"""),
)  # fmt: skip
