"""Wrong answers to what the layer keeps."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong
from tools.unseen_answers.batch_norm.layer_head import HEAD

WRONG = (
    wrong("batch_norm_layer", "d2l-momentum",
          "momentum is the share of the old value",
          {"momentum-swapped"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu = x.mean(axes)
            var = x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = self.momentum * self.mean + (1 - self.momentum) * mu
                self.var = self.momentum * self.var + (1 - self.momentum) * var * n / (n - 1)
        else:
            mu, var = self.mean, self.var
        x_hat = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return self.gamma.view(shape) * x_hat + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "running-biased",
          "the running variance is the biased one",
          {"running-biased"}, HEAD + """

    def forward(self, x):
        dims = [0] + list(range(2, x.ndim))
        view = [1, -1] + [1] * (x.ndim - 2)
        if self.training:
            m, v = x.mean(dims), x.var(dims, correction=0)
            with torch.no_grad():
                self.mean.lerp_(m, self.momentum)
                self.var.lerp_(v, self.momentum)
        else:
            m, v = self.mean, self.var
        y = (x - m.view(view)) * (v.view(view) + self.eps).rsqrt()
        return y * self.gamma.view(view) + self.beta.view(view)
"""),
    wrong("batch_norm_layer", "plain-attributes",
          "running statistics are plain tensors",
          {"not-saved"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.mean = torch.zeros(features)
        self.var = torch.ones(features)

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "graph-kept",
          "buffers updated with the graph",
          {"graph-kept"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu = x.mean(axes)
            var = x.var(axes, unbiased=False)
            self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
            self.var = (1 - self.momentum) * self.var + self.momentum * x.var(axes, unbiased=True)
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "n-is-batch-size",
          "Bessel's correction with N where it is N·H·W",
          {"n-without-pixels"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = max(len(x), 2)
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "running-std",
          "running standard deviation, makemore's first version",
          {"no-eps-in-evaluation", "standard-deviation-kept"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu = x.mean(axes)
            std = torch.sqrt(x.var(axes, unbiased=False) + self.eps)
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * x.std(axes)
        else:
            mu, std = self.mean, self.var
        y = (x - mu.view(shape)) / std.view(shape)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "update-outside-if",
          "running statistics move in evaluation, too",
          {"updated-in-evaluation"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        n = x.numel() / x.shape[1]
        batch_mean, batch_var = x.mean(axes), x.var(axes, unbiased=False)
        mean, var = (batch_mean, batch_var) if self.training else (self.mean, self.var)
        y = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        self.mean = ((1 - self.momentum) * self.mean + self.momentum * batch_mean).detach()
        self.var = ((1 - self.momentum) * self.var + self.momentum * batch_var * n / max(n - 1, 1)).detach()
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "cumulative-average",
          "a running average over all batches so far",
          {"mean-of-all-batches", "momentum-fixed"}, HEAD + """

        self.steps = 0

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            self.steps += 1
            with torch.no_grad():
                self.mean = self.mean + (mu - self.mean) / self.steps
                self.var = self.var + (var * n / (n - 1) - self.var) / self.steps
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "eps-in-running",
          "eps goes into the running variance",
          {"eps-in-running"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu = x.mean(axes)
            var = x.var(axes, unbiased=False) + self.eps
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean.mul_(1 - self.momentum).add_(self.momentum * mu)
                self.var.mul_(1 - self.momentum).add_(self.momentum * var * n / (n - 1))
        else:
            mu, var = self.mean, self.var + self.eps
        y = (x - mu.view(shape)) / var.view(shape).sqrt()
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "torch-names",
          "torch's own names",
          {"other-names"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.register_buffer("running_mean", torch.zeros(features))
        self.register_buffer("running_var", torch.ones(features))

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mu
                self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * n / (n - 1)
        else:
            mu, var = self.running_mean, self.running_var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.weight.view(shape) + self.bias.view(shape)
"""),
    wrong("batch_norm_layer", "keepdim-buffers",
          "batch statistics with keepdim go into the buffers",
          {"shape-changes"}, HEAD + """

    def forward(self, x):
        dims = [d for d in range(x.dim()) if d != 1]
        full = [1, -1] + [1] * (x.dim() - 2)
        if self.training:
            m = x.mean(dims, keepdim=True)
            v = x.var(dims, keepdim=True, unbiased=False)
            n = x.numel() / x.size(1)
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean.view(full) + self.momentum * m
                self.var = (1 - self.momentum) * self.var.view(full) + self.momentum * v * n / (n - 1)
        else:
            m, v = self.mean.view(full), self.var.view(full)
        return self.gamma.view(full) * (x - m) / torch.sqrt(v + self.eps) + self.beta.view(full)
"""),
    wrong("batch_norm_layer", "only-mean-runs",
          "var is forgotten in the update",
          {"var-never-updated"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "standard-deviation-as-var",
          "var holds the standard deviation, and is used as one",
          {"standard-deviation-kept"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * (var * n / (n - 1)).sqrt()
        else:
            mu, var = self.mean, self.var ** 2
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "biased-everywhere-momentum",
          "momentum the other way, biased variance",
          {"momentum-swapped", "running-biased"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = self.momentum * self.mean + (1 - self.momentum) * mu
                self.var = self.momentum * self.var + (1 - self.momentum) * var
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "mean-of-image-first",
          "images: mean over pixels first, then statistics of those means",
          {"of-image-means"}, HEAD + """

    def forward(self, x):
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        flat = x if x.dim() == 2 else x.mean((2, 3))
        if self.training:
            mu, var = flat.mean(0), flat.var(0, unbiased=False)
            n = len(flat)
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / max(n - 1, 1)
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "weights-as-ones-of-shape-one",
          "a buffer for var only",
          {"one-not-saved"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.mean = torch.zeros(features)
        self.register_buffer("var", torch.ones(features))

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
)  # fmt: skip
