"""Right answers to the layer; the first is the canonical one."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer as Right

LAYERS = (
    Right("batch_norm_layer", "views", "statistics over all axes but the second, viewed to fit", """
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
        axes = [0, 2, 3] if x.dim() == 4 else [0]
        shape = [1, -1, 1, 1] if x.dim() == 4 else [1, -1]
        if self.training:
            mean = x.mean(dim=axes)
            var = x.var(dim=axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mean
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)
        else:
            mean, var = self.mean, self.var
        x_hat = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return self.gamma.view(shape) * x_hat + self.beta.view(shape)
"""),
    Right("batch_norm_layer", "images-as-rows", "images are made rows, and made images again", """
class BatchNorm(torch.nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.features, self.momentum, self.eps = features, momentum, eps
        self.gamma = torch.nn.Parameter(torch.ones(features))
        self.beta = torch.nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        if x.dim() == 4:
            n, c, h, w = x.shape
            y = self.forward(x.permute(0, 2, 3, 1).reshape(-1, c))
            return y.reshape(n, h, w, c).permute(0, 3, 1, 2)
        if not self.training:
            return self.gamma * (x - self.mean) / (self.var + self.eps).sqrt() + self.beta
        mean = x.mean(0)
        centred = x - mean
        var = (centred ** 2).mean(0)
        self.mean = (1 - self.momentum) * self.mean + self.momentum * mean.detach()
        self.var = (1 - self.momentum) * self.var + self.momentum * x.detach().var(0)
        return self.gamma * centred / (var + self.eps).sqrt() + self.beta
"""),
    Right("batch_norm_layer", "in-place", "buffers changed in place, with four axes each", """
from torch import nn

class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        size = (1, features, 1, 1)
        self.gamma, self.beta = nn.Parameter(torch.ones(size)), nn.Parameter(torch.zeros(size))
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("var", torch.ones(size))
        self.momentum = momentum
        self.eps = eps

    def forward(self, x):
        x4 = x if x.dim() == 4 else x[:, :, None, None]
        mean, var = self.mean, self.var
        if self.training:
            var, mean = torch.var_mean(x4, dim=(0, 2, 3), correction=0, keepdim=True)
            n = x4.numel() // x4.size(1)
            self.mean.lerp_(mean.detach(), self.momentum)
            self.var.lerp_(var.detach() * (n / (n - 1)), self.momentum)
        y = self.gamma * (x4 - mean) * torch.rsqrt(var + self.eps) + self.beta
        return y.view_as(x)
"""),
    Right("batch_norm_layer", "own-function", "with the function batch_norm", """
def batch_norm(x, gamma, beta, eps=1e-5):
    mean = x.mean(dim=0)
    var = ((x - mean) ** 2).mean(dim=0)
    return gamma * (x - mean) / torch.sqrt(var + eps) + beta

class BatchNorm(torch.nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = torch.nn.Parameter(torch.ones(features))
        self.beta = torch.nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        rows = x.movedim(1, -1).reshape(-1, x.shape[1])
        if self.training:
            with torch.no_grad():
                self.mean += self.momentum * (rows.mean(0) - self.mean)
                self.var += self.momentum * (rows.var(0) - self.var)
            y = batch_norm(rows, self.gamma, self.beta, self.eps)
        else:
            y = self.gamma * (rows - self.mean) / torch.sqrt(self.var + self.eps) + self.beta
        return y.reshape(x.movedim(1, -1).shape).movedim(-1, 1)
"""),
    Right("batch_norm_layer", "counts-batches", "a further buffer counts the batches; numbers are kept by copy_", """
from torch import nn

class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        for name, value in (("gamma", 1.0), ("beta", 0.0)):
            setattr(self, name, nn.Parameter(torch.full((features,), value)))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))
        self.register_buffer("batches", torch.tensor(0))

    def statistics(self, x):
        axes = [axis for axis in range(x.ndim) if axis != 1]
        mean = x.mean(axes, keepdim=True)
        return mean, (x - mean).pow(2).mean(axes, keepdim=True)

    def update(self, mean, var, n):
        self.batches += 1
        self.mean.copy_((1 - self.momentum) * self.mean + self.momentum * mean.flatten())
        self.var.copy_((1 - self.momentum) * self.var + self.momentum * var.flatten() * n / (n - 1))

    def forward(self, x):
        shape = [1, x.shape[1]] + [1] * (x.ndim - 2)
        if self.training:
            mean, var = self.statistics(x)
            with torch.no_grad():
                self.update(mean, var, x.numel() / x.shape[1])
        else:
            mean, var = self.mean.view(shape), self.var.view(shape)
        return (x - mean) / (var + self.eps).sqrt() * self.gamma.view(shape) + self.beta.view(shape)
"""),
    Right("batch_norm_layer", "einsum", "einsum for the sums", """
class BatchNorm(torch.nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = torch.nn.Parameter(torch.ones(features))
        self.beta = torch.nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        n = x.numel() // x.shape[1]
        wide = (slice(None),) + (None,) * (x.ndim - 2)
        if self.training:
            mean = torch.einsum("nc...->c", x) / n
            centred = x - mean[wide]
            squares = torch.einsum("nc...,nc...->c", centred, centred)
            with torch.no_grad():
                self.mean = self.mean * (1 - self.momentum) + mean * self.momentum
                self.var = self.var * (1 - self.momentum) + squares / (n - 1) * self.momentum
            var = squares / n
        else:
            centred, var = x - self.mean[wide], self.var
        return centred * (self.gamma / torch.sqrt(var + self.eps))[wide] + self.beta[wide]
"""),
)  # fmt: skip
