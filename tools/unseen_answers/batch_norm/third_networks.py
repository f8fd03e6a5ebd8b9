"""Wrong answers of a third set, those whose hints were not all true or missing at first: networks."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong

WRONG = (
    wrong("conv_net", "one-norm", "the same norm object in blocks of the same width: norm called once per width",
          {"one-norm-for-all"}, """
def conv_net(channels, norm=None):
    layers, c_in = [], 1
    norms = {c: norm(c) for c in channels} if norm else {}
    for c in channels:
        layers.append(nn.Conv2d(c_in, c, 3, stride=2, padding=1, bias=norm is None))
        if norm is not None:
            layers.append(norms[c])
        layers.append(nn.ReLU())
        c_in = c
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, 10)]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "in-channels-one", "every convolution takes one channel", {"channels-dont-fit"}, """
def conv_net(channels, norm=None):
    layers = []
    for c in channels:
        layers.append(nn.Conv2d(1, c, 3, stride=2, padding=1, bias=norm is None))
        if norm is not None:
            layers.append(norm(c))
        layers.append(nn.ReLU())
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10)]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "no-linear", "the last convolution gives the ten logits", {"convolution-for-linear"}, """
def conv_net(channels, norm=None):
    layers, c_in = [], 1
    for c in channels:
        layers.append(nn.Conv2d(c_in, c, 3, stride=2, padding=1, bias=norm is None))
        if norm is not None:
            layers.append(norm(c))
        layers.append(nn.ReLU())
        c_in = c
    layers += [nn.Conv2d(c_in, 10, 3, stride=2, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "norm-as-it-is", "norm is put in as given, not called with c", {"function-for-layer"}, """
def conv_net(channels, norm=None):
    layers, c_in = [], 1
    for c in channels:
        layers.append(nn.Conv2d(c_in, c, 3, stride=2, padding=1, bias=norm is None))
        if norm is not None:
            layers.append(norm)
        layers.append(nn.ReLU())
        c_in = c
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, 10)]
    return nn.Sequential(*layers)
"""),
    wrong("conv_net", "norm-ignored", "own choice: nn.BatchNorm2d whenever norm is given", {"norm-ignored"}, """
def conv_net(channels, norm=None):
    layers, c_in = [], 1
    for c in channels:
        layers.append(nn.Conv2d(c_in, c, 3, stride=2, padding=1, bias=norm is None))
        if norm is not None:
            layers.append(nn.BatchNorm2d(c))
        layers.append(nn.ReLU())
        c_in = c
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, 10)]
    return nn.Sequential(*layers)
"""),
    wrong("evaluate", "grad-switched-off", "switches recording on at the end, whatever it was before",
          {"grad-mode-switched-on"}, """
def evaluate(model, loss_func, loader):
    mode = model.training
    model.eval()
    torch.set_grad_enabled(False)
    loss, correct, count = 0.0, 0, 0
    for X, y in loader:
        logits = model(X)
        loss += loss_func(logits, y).item() * len(X)
        correct += (logits.argmax(dim=1) == y).sum().item()
        count += len(X)
    torch.set_grad_enabled(True)
    model.train(mode)
    return loss / count, correct / count
"""),
    wrong("evaluate", "over-len-loader", "sums divided by the number of batches",
          {"divided-by-batches", "loss-mean-of-means"}, """
def evaluate(model, loss_func, loader):
    mode = model.training
    model.eval()
    loss, correct, batches = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            loss += loss_func(logits, y).item()
            correct += (logits.argmax(dim=1) == y).sum().item()
            batches += 1
    model.train(mode)
    return loss / batches, correct / batches
"""),
    wrong("evaluate", "two-passes", "goes through the loader twice", {"two-passes"}, """
def evaluate(model, loss_func, loader):
    mode = model.training
    model.eval()
    with torch.no_grad():
        n = sum(len(y) for _, y in loader)
        loss = sum(loss_func(model(X), y).item() * len(y) for X, y in loader) / n
        acc = sum((model(X).argmax(1) == y).sum().item() for X, y in loader) / n
    model.train(mode)
    return loss, acc
"""),
    wrong("evaluate", "mode-inside-loop", "restores the mode inside the loop: only the first batch is in evaluation",
          {"eval-for-first-batch"}, """
def evaluate(model, loss_func, loader):
    mode = model.training
    model.eval()
    loss, right, n = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            out = model(X)
            loss += loss_func(out, y).item() * len(y)
            right += (out.argmax(1) == y).sum().item()
            n += len(y)
            model.train(mode)
    return loss / n, right / n
"""),
)  # fmt: skip
