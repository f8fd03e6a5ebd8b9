"""Wrong answers to what the layer returns."""

from __future__ import annotations

from tools.unseen_answers.answers import wrong
from tools.unseen_answers.batch_norm.layer_head import HEAD

WRONG = (
    wrong("batch_norm_layer", "fastai-update-stats",
          "the unbiased variance is used for both",
          {"unbiased-normalise"}, HEAD + """

    def update_stats(self, x):
        dims = (0, 2, 3) if x.dim() == 4 else (0,)
        m = x.mean(dims, keepdim=True)
        v = x.var(dims, keepdim=True)
        self.mean.lerp_(m.detach().flatten(), self.momentum)
        self.var.lerp_(v.detach().flatten(), self.momentum)
        return m, v

    def forward(self, x):
        shape = (1, -1, 1, 1) if x.dim() == 4 else (1, -1)
        if self.training:
            m, v = self.update_stats(x)
        else:
            m, v = self.mean.view(shape), self.var.view(shape)
        x = (x - m) / (v + self.eps).sqrt()
        return x * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "always-batch",
          "self.training is never asked",
          {"batch-in-evaluation"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        mu = x.mean(axes)
        var = ((x - mu.view(shape)) ** 2).mean(axes)
        n = x.numel() // x.shape[1]
        if self.training:
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)
        x_hat = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return self.gamma.view(shape) * x_hat + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "per-pixel-4d",
          "4-D input is flattened into features*H*W means by broadcasting",
          {"each-pixel"}, HEAD + """

    def forward(self, x):
        if self.training:
            mu = x.mean(0)
            var = x.var(0, unbiased=False)
            n = x.shape[0]
            if x.dim() == 4:
                m, v = mu.mean((1, 2)), var.mean((1, 2))
            else:
                m, v = mu, var
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * m
                self.var = (1 - self.momentum) * self.var + self.momentum * v * n / (n - 1)
        elif x.dim() == 4:
            mu, var = self.mean[:, None, None], self.var[:, None, None]
        else:
            mu, var = self.mean, self.var
        x_hat = (x - mu) / torch.sqrt(var + self.eps)
        if x.dim() == 4:
            return x_hat * self.gamma[:, None, None] + self.beta[:, None, None]
        return x_hat * self.gamma + self.beta
"""),
    wrong("batch_norm_layer", "running-used-in-training",
          "normalises with the running statistics in training, too",
          {"running-in-training"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * x.mean(axes)
                self.var = (1 - self.momentum) * self.var + self.momentum * x.var(axes)
        y = (x - self.mean.view(shape)) / torch.sqrt(self.var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "gamma-zero-init",
          "gamma starts at random",
          {"random-start"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.randn(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
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
    wrong("batch_norm_layer", "detached-batch-stats",
          "batch statistics detached for the buffers, and so for the output",
          {"mean-detached", "statistics-detached", "variance-detached"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes).detach(), x.var(axes, unbiased=False).detach()
            n = x.numel() / x.shape[1]
            self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
            self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)
        else:
            mu, var = self.mean, self.var
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "only-2d",
          "uses batch_norm of question 2 on 4-D input as it is",
          {"rows-only"}, HEAD + """

    def forward(self, x):
        if not self.training:
            return self.gamma * (x - self.mean) / torch.sqrt(self.var + self.eps) + self.beta
        with torch.no_grad():
            self.mean = (1 - self.momentum) * self.mean + self.momentum * x.mean(0)
            self.var = (1 - self.momentum) * self.var + self.momentum * x.var(0)
        return batch_norm(x, self.gamma, self.beta, self.eps)
"""),
    wrong("batch_norm_layer", "self-train",
          "if self.train, which is a method and always true",
          {"batch-in-evaluation", "mode-never-asked", "updated-in-evaluation"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.train:
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
    wrong("batch_norm_layer", "keras-defaults",
          "Keras' defaults, in its own way: eps 1e-3",
          {"other-default-eps"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-3):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = nn.Parameter(torch.ones(features))
        self.beta = nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
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
    wrong("batch_norm_layer", "plain-gamma",
          "tensors that require gradients, but no parameters",
          {"not-learnt"}, """
class BatchNorm(nn.Module):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma = torch.ones(features, requires_grad=True)
        self.beta = torch.zeros(features, requires_grad=True)
        self.register_buffer("mean", torch.zeros(features))
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
    wrong("batch_norm_layer", "grad-enabled",
          "d2l's older way: is_grad_enabled decides",
          {"asks-for-grad-mode"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if torch.is_grad_enabled():
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
    wrong("batch_norm_layer", "eval-broadcast",
          "in evaluation, images aren't thought of",
          {"no-images-in-evaluation"}, HEAD + """

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
            return self.gamma * (x - self.mean) / torch.sqrt(self.var + self.eps) + self.beta
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "no-return-in-eval",
          "the return stands inside the if",
          {"nothing-in-evaluation"}, HEAD + """

    def forward(self, x):
        axes = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mu, var = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[1]
            with torch.no_grad():
                self.mean = (1 - self.momentum) * self.mean + self.momentum * mu
                self.var = (1 - self.momentum) * self.var + self.momentum * var * n / (n - 1)
            y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
            return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "eval-uses-unbiased-batch",
          "in evaluation the batch's statistics, unbiased",
          {"batch-in-evaluation"}, HEAD + """

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
            mu, var = x.mean(axes), x.var(axes)
        y = (x - mu.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return y * self.gamma.view(shape) + self.beta.view(shape)
"""),
    wrong("batch_norm_layer", "beta-gamma-order",
          "(x̂ + β)·γ",
          {"shifted-first"}, HEAD + """

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
        return (y + self.beta.view(shape)) * self.gamma.view(shape)
"""),
)  # fmt: skip
