"""Right answers to conv_net and evaluate, that look unusual."""

from __future__ import annotations

from tools.unseen_answers.answers import right

RIGHT = (
    right("conv_net", "own-class", "a class with a ModuleList and F.relu", """
class ConvNet(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        self.fc = nn.Linear(channels[-1], 10)
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        before = 1
        for c in channels:
            self.convs.append(nn.Conv2d(before, c, 3, stride=2, padding=1, bias=norm is None))
            self.norms.append(nn.Identity() if norm is None else norm(c))
            before = c

    def forward(self, x):
        for conv, norm in zip(self.convs, self.norms):
            x = F.relu(norm(conv(x)), inplace=True)
        return self.fc(torch.mean(x, dim=[-2, -1]))


def conv_net(channels, norm=None):
    return ConvNet(channels, norm)
"""),
    right("conv_net", "fastai-blocks", "nested Sequentials, one a block", """
def conv_net(channels, norm=None):
    def conv(ni, nf):
        block = [nn.Conv2d(ni, nf, stride=2, kernel_size=3, padding=3 // 2, bias=not norm)]
        if norm:
            block.append(norm(nf))
        block.append(nn.ReLU())
        return nn.Sequential(*block)

    nfs = [1] + list(channels)
    return nn.Sequential(*[conv(nfs[i], nfs[i + 1]) for i in range(len(nfs) - 1)],
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Linear(nfs[-1], 10))
"""),
    right("conv_net", "add-module", "modules by name, flat mean", """
def conv_net(channels, norm=None):
    class Mean(nn.Module):
        def forward(self, x):
            return x.flatten(2).mean(-1)

    net = nn.Sequential()
    last = 1
    for i, c in enumerate(channels):
        net.add_module(f"conv{i}", nn.Conv2d(last, c, (3, 3), (2, 2), (1, 1), bias=True if norm is None else False))
        if norm is not None:
            net.add_module(f"norm{i}", norm(c))
        net.add_module(f"relu{i}", nn.ReLU(True))
        last = c
    net.add_module("mean", Mean())
    net.add_module("linear", nn.Linear(last, 10))
    return net
"""),
    right("conv_net", "functional-clamp", "clamp for ReLU, recursion for blocks", """
class _Block(nn.Module):
    def __init__(self, c_in, c_out, norm):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, 2, 1, bias=norm is None)
        self.norm = norm(c_out) if norm is not None else None

    def forward(self, x):
        x = self.conv(x)
        if self.norm is not None:
            x = self.norm(x)
        return x.clamp(min=0)


def conv_net(channels, norm=None):
    net, c_in = nn.Sequential(), 1
    for c in list(channels):
        net.append(_Block(c_in, c, norm))
        c_in = c
    return net.append(nn.AdaptiveAvgPool2d((1, 1))).append(nn.Flatten()).append(nn.Linear(c_in, 10))
"""),
    right("evaluate", "concat", "all logits and labels in one go, losses by loss_func of all", """
@torch.no_grad()
def evaluate(model, loss_func, loader):
    was = model.training
    model.eval()
    logits, labels = zip(*[(model(X), y) for X, y in loader])
    model.train(was)
    logits, labels = torch.cat(logits), torch.cat(labels)
    return loss_func(logits, labels), (logits.argmax(1) == labels).double().mean()
"""),
    right("evaluate", "modes-by-module", "the mode of each module is put back; try/finally", """
def evaluate(model, loss_func, loader):
    modes = {module: module.training for module in model.modules()}
    for module in model.modules():
        module.training = False
    try:
        sums = np.zeros(3)
        with torch.inference_mode():
            for X, y in loader:
                out = model(X)
                n = y.numel()
                sums += [n * loss_func(out, y).item(), torch.eq(out.max(1)[1], y).sum().item(), n]
    finally:
        for module, mode in modes.items():
            module.training = mode
    return sums[0] / sums[2], sums[1] / sums[2]
"""),
    right("evaluate", "weighted-tensors", "tensors of means and sizes, weighted", """
def evaluate(model, loss_func, loader):
    training = model.training
    model = model.eval()
    losses, accs, sizes = [], [], []
    with torch.no_grad():
        for X, y in loader:
            z = model(X)
            losses.append(loss_func(z, y))
            accs.append((z.argmax(dim=-1) == y).float().mean())
            sizes.append(len(X))
    model.train(training)
    w = torch.tensor(sizes, dtype=torch.float64)
    w = w / w.sum()
    return (torch.stack(losses) * w).sum().item(), (torch.stack(accs) * w).sum().item()
"""),
    right("evaluate", "grad-mode-restored", "set_grad_enabled with the old mode put back; a running mean", """
def evaluate(model, loss_func, loader):
    grad, mode = torch.is_grad_enabled(), model.training
    torch.set_grad_enabled(False)
    model.train(False)
    loss, acc, seen = 0.0, 0.0, 0
    for xb, yb in loader:
        pred = model(xb)
        n = xb.shape[0]
        seen += n
        loss += (loss_func(pred, yb).item() - loss) * n / seen
        acc += ((pred.argmax(1) == yb).sum().item() / n - acc) * n / seen
    model.train(mode)
    torch.set_grad_enabled(grad)
    return loss, acc
"""),
    right("conv_net", "ordered-dict", "an OrderedDict of blocks", """
from collections import OrderedDict


def conv_net(channels, norm=None):
    parts = OrderedDict()
    c_in = 1
    for i, c in enumerate(channels, start=1):
        block = [nn.Conv2d(c_in, c, kernel_size=3, stride=2, padding=1, bias=(norm is None))]
        if norm is not None:
            block.append(norm(c))
        parts[f"block{i}"] = nn.Sequential(*block, nn.ReLU())
        c_in = c
    parts["pool"] = nn.AdaptiveAvgPool2d(output_size=1)
    parts["flat"] = nn.Flatten()
    parts["head"] = nn.Linear(in_features=c_in, out_features=10)
    return nn.Sequential(parts)
"""),
    right("conv_net", "lazy-free-functional", "functional pooling, maximum with zero", """
class Blocks(nn.Module):
    def __init__(self, channels, norm):
        super().__init__()
        before = [1, *channels][:-1]
        self.stack = nn.ModuleList()
        for a, b in zip(before, channels):
            self.stack.append(nn.Conv2d(a, b, 3, 2, 1, bias=norm is None))
            self.stack.append(norm(b) if norm is not None else nn.Identity())
        self.out = nn.Linear(channels[-1], 10)

    def forward(self, x):
        for i, layer in enumerate(self.stack):
            x = layer(x)
            if i % 2:
                x = torch.maximum(x, torch.zeros_like(x))
        return self.out(F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1))


conv_net = lambda channels, norm=None: Blocks(list(channels), norm)
"""),
    right("evaluate", "lists-then-weights", "lists of pairs, one sum at the end", """
def evaluate(model, loss_func, loader):
    before = model.training
    model.eval()
    with torch.inference_mode():
        outs = [(model(X), y) for X, y in loader]
        rows = [(loss_func(z, y).item(), (z.argmax(1) == y).sum().item(), len(y)) for z, y in outs]
    model.train(before)
    n = sum(size for *_, size in rows)
    return sum(l * size for l, _, size in rows) / n, sum(hits for _, hits, _ in rows) / n
"""),
    right("evaluate", "numpy-counts", "predictions in NumPy", """
@torch.no_grad()
def evaluate(model, loss_func, loader):
    mode = model.training
    model.train(mode=False)
    losses, right, sizes = [], [], []
    for images, labels in loader:
        scores = model(images)
        losses.append(float(loss_func(scores, labels)))
        right.append(int(np.sum(np.argmax(scores.numpy(), axis=1) == labels.numpy())))
        sizes.append(len(labels))
    model.train(mode=mode)
    return np.average(losses, weights=sizes), np.sum(right) / np.sum(sizes)
"""),
)  # fmt: skip
